import type { Body } from './body.ts';
import { type Content, contentChunks } from './object-reader.ts';

/** What was read from the store as a body that can be stored again. */
export function copiedBody(content: Content): Body {
  const sizeBytes = content.kind === 'bytes' ? content.bytes.byteLength : content.sizeBytes;
  return {
    sizeBytes,
    async bytes() {
      const pieces: Buffer[] = [];
      for await (const piece of ownChunks(content)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    chunks: () => ownChunks(content),
  };
}

/** The reader takes its buffers back when it is asked for the next, and a backend may still be writing the one before. */
async function* ownChunks(content: Content): AsyncGenerator<Buffer> {
  for await (const piece of contentChunks(content)) yield Buffer.from(piece);
}
