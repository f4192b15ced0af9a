import type { BlobReader, ByteRange } from '../../../../gateway/backends/index.ts';
import { encryptChunks } from '../../../../gateway/services/encryption/encrypt.ts';
import { cut } from '../../backends/suite.ts';

/** A fixed key: what is tested here depends on no key. */
export const DATA_KEY = Buffer.alloc(32, 7);

export async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** Stored bytes that were encrypted from pieces of these sizes, over and over. */
export function encrypted(plain: Buffer, sizes: readonly number[] = [plain.byteLength]): Promise<Buffer> {
  return collect(encryptChunks(DATA_KEY, cut(plain, sizes)));
}

/** Stored bytes as a backend has them, with an account of what was read and of what was given back. */
export class StoredBlob {
  readonly ranges: ByteRange[] = [];
  /** Pieces and readers that are out. */
  outstanding = 0;
  readonly #bytes: Buffer;
  readonly #pieceBytes: number;

  constructor(bytes: Buffer, pieceBytes: number) {
    this.#bytes = bytes;
    this.#pieceBytes = pieceBytes;
  }

  readonly read = async (range: ByteRange): Promise<BlobReader> => {
    this.ranges.push(range);
    this.outstanding += 1;
    const pieces = cut(this.#bytes.subarray(range.start, range.end + 1), [this.#pieceBytes]);
    return {
      next: async () => {
        const { value, done } = await pieces.next();
        if (done) return undefined;
        this.outstanding += 1;
        // A backend uses its buffers again.
        const bytes = Buffer.from(value);
        return {
          bytes,
          release: () => {
            bytes.fill(0xaa);
            this.outstanding -= 1;
          },
        };
      },
      close: async () => {
        this.outstanding -= 1;
      },
    };
  };
}
