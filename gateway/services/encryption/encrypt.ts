import { randomBytes } from 'node:crypto';
import { FRAME_BYTES, FrameCipher, type FramePlace, frameAt, SALT_BYTES } from './frames.ts';

/** Of more pieces than this, a frame is put together before it is sealed: that costs less than as many small calls. */
const MAX_PIECES = 8;

/**
 * Encrypts as the plaintext comes. Holds up to a frame back, because the last is sealed otherwise, and copies nothing
 * but small pieces. A chunk that it was given must not change until the next but one frame has been asked for; one that
 * it gave is not touched again. Nothing becomes nothing.
 */
export async function* encryptChunks(dataKey: Buffer, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pending = new PendingBytes();
  const blob = new BlobEncryption(dataKey);
  let index = 0;
  for await (const chunk of chunks) {
    pending.add(chunk);
    for (; pending.sizeBytes > FRAME_BYTES; index += 1) {
      yield* blob.seal(pending.take(FRAME_BYTES), { index, isLast: false });
    }
  }
  if (pending.sizeBytes > 0) yield* blob.seal(pending.take(pending.sizeBytes), { index, isLast: true });
}

/** Encrypts what is at hand as a whole. */
export function encryptBytes(dataKey: Buffer, plain: Buffer): Buffer {
  const blob = new BlobEncryption(dataKey);
  const sealed: Buffer[] = [];
  for (let at = 0; at < plain.byteLength; at += FRAME_BYTES) {
    sealed.push(...blob.seal([plain.subarray(at, at + FRAME_BYTES)], frameAt(at, plain.byteLength)));
  }
  return Buffer.concat(sealed);
}

/** A blob while it is encrypted, under a salt of its own. */
class BlobEncryption {
  readonly #salt = randomBytes(SALT_BYTES);
  readonly #cipher: FrameCipher;

  constructor(dataKey: Buffer) {
    this.#cipher = new FrameCipher(dataKey, this.#salt);
  }

  /** The stored bytes of a frame; of the first, with the salt before it. */
  seal(pieces: readonly Buffer[], place: FramePlace): Buffer[] {
    const cipher = this.#cipher.sealing(place);
    const sealed = (pieces.length > MAX_PIECES ? [Buffer.concat(pieces)] : pieces).map((piece) => cipher.update(piece));
    cipher.final();
    sealed.push(cipher.getAuthTag());
    return place.index === 0 ? [this.#salt, ...sealed] : sealed;
  }
}

/** Plaintext that waits until it is a frame. */
class PendingBytes {
  #chunks: Buffer[] = [];
  sizeBytes = 0;

  add(chunk: Buffer): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.push(chunk);
    this.sizeBytes += chunk.byteLength;
  }

  /** The oldest bytes: so many must be there. */
  take(sizeBytes: number): Buffer[] {
    const taken: Buffer[] = [];
    let missing = sizeBytes;
    for (const chunk of this.#chunks) {
      if (missing === 0) break;
      const piece = chunk.subarray(0, missing);
      taken.push(piece);
      missing -= piece.byteLength;
    }
    this.#drop(taken);
    return taken;
  }

  #drop(taken: readonly Buffer[]): void {
    const rest = this.#chunks[taken.length - 1]?.subarray(taken.at(-1)?.byteLength);
    this.#chunks.splice(0, taken.length, ...(rest !== undefined && rest.byteLength > 0 ? [rest] : []));
    for (const { byteLength } of taken) this.sizeBytes -= byteLength;
  }
}
