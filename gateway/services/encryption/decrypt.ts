import { BufferPool } from '../../backends/buffer-pool.ts';
import type { BlobChunk, BlobReader, ByteRange } from '../../backends/index.ts';
import {
  decryptedSize,
  FRAME_BYTES,
  FrameCipher,
  frameAt,
  SALT_BYTES,
  storedRange,
  TAG_BYTES,
  verifyFrame,
} from './frames.ts';
import { StoredBytes } from './stored-bytes.ts';

/** A blob that `encryptChunks` made. */
export interface EncryptedBlob {
  readonly dataKey: Buffer;
  /** Of the plaintext. */
  readonly sizeBytes: number;
  /** Opens a range of the stored bytes. */
  read(stored: ByteRange): Promise<BlobReader>;
}

const LARGE = new BufferPool({ sizeBytes: 16 * FRAME_BYTES, maxKept: 32 });
const SMALL = new BufferPool({ sizeBytes: FRAME_BYTES, maxKept: 128 });
const SALT: ByteRange = { start: 0, end: SALT_BYTES - 1 };

/**
 * Opens a range of the plaintext, which must lie within the blob. Reads the frames that the range touches and the salt:
 * with one read where the range begins in the first frame, otherwise with a small one beside it. The reader fails with
 * {@link CorruptBlob} at a frame that does not open, before any of its bytes.
 */
export async function openEncrypted(blob: EncryptedBlob, range: ByteRange): Promise<BlobReader> {
  const frames = storedRange(range, blob.sizeBytes);
  const salt = frames.start === 0 ? undefined : readSalt(blob);
  // Its failure is met by the first `next`; until then it must not count as unhandled.
  salt?.catch(() => undefined);
  const stored = new StoredBytes(await blob.read(frames));
  return new DecryptingReader({ blob, range, stored, salt });
}

/** Decrypts a blob that is at hand as a whole. @throws CorruptBlob */
export function decryptBytes(dataKey: Buffer, stored: Buffer): Buffer {
  const sizeBytes = decryptedSize(stored.byteLength);
  const cipher = new FrameCipher(dataKey, stored.subarray(0, SALT_BYTES));
  const opened: Buffer[] = [];
  for (let at = 0, from = SALT_BYTES; at < sizeBytes; at += FRAME_BYTES) {
    const frame = frameAt(at, sizeBytes);
    const decipher = cipher.opening(frame);
    opened.push(decipher.update(stored.subarray(from, from + frame.sizeBytes)));
    from += frame.sizeBytes + TAG_BYTES;
    verifyFrame(decipher, stored.subarray(from - TAG_BYTES, from), frame);
  }
  return Buffer.concat(opened);
}

async function readSalt({ read }: EncryptedBlob): Promise<Buffer> {
  const stored = new StoredBytes(await read(SALT));
  try {
    return await stored.takeAll(SALT_BYTES);
  } finally {
    await stored.close();
  }
}

interface DecryptingReaderOptions {
  readonly blob: EncryptedBlob;
  readonly range: ByteRange;
  /** The frames that the range touches. */
  readonly stored: StoredBytes;
  /** Left out: it is the beginning of the stored bytes. */
  readonly salt: Promise<Buffer> | undefined;
}

/** Reads plaintext in pooled buffers of many frames. */
class DecryptingReader implements BlobReader {
  readonly #blob: EncryptedBlob;
  readonly #stored: StoredBytes;
  readonly #salt: Promise<Buffer> | undefined;
  readonly #end: number;
  readonly #pool: BufferPool;
  #position: number;
  #cipher: FrameCipher | undefined;

  constructor({ blob, range, stored, salt }: DecryptingReaderOptions) {
    this.#blob = blob;
    this.#stored = stored;
    this.#salt = salt;
    this.#position = range.start;
    this.#end = range.end + 1;
    this.#pool = this.#end - this.#position > SMALL.sizeBytes ? LARGE : SMALL;
  }

  async next(): Promise<BlobChunk | undefined> {
    if (this.#position === this.#end) return undefined;
    const buffer = this.#pool.take();
    try {
      const filled = await this.#fill(buffer);
      return { bytes: buffer.subarray(0, filled), release: () => this.#pool.give(buffer) };
    } catch (error) {
      this.#pool.give(buffer);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#stored.close();
  }

  /** Puts in as many frames as there is room for, and resolves to how many bytes of them were wanted. */
  async #fill(buffer: Buffer): Promise<number> {
    let filled = 0;
    while (this.#position < this.#end) {
      const wanted = Math.min(this.#end - this.#position, FRAME_BYTES - (this.#position % FRAME_BYTES));
      if (filled + wanted > buffer.byteLength) break;
      await this.#openFrame(buffer.subarray(filled, filled + wanted));
      filled += wanted;
      this.#position += wanted;
    }
    return filled;
  }

  /** Opens the frame at the position, and fills `wanted` with its bytes from there on. */
  async #openFrame(wanted: Buffer): Promise<void> {
    const frame = frameAt(this.#position, this.#blob.sizeBytes);
    this.#cipher ??= await this.#openBlob();
    const decipher = this.#cipher.opening(frame);
    const skipped = this.#position % FRAME_BYTES;
    for (let at = 0; at < frame.sizeBytes; ) {
      const plain = decipher.update(await this.#stored.take(frame.sizeBytes - at));
      plain.subarray(Math.max(skipped - at, 0)).copy(wanted, Math.max(at - skipped, 0));
      at += plain.byteLength;
    }
    verifyFrame(decipher, await this.#stored.takeAll(TAG_BYTES), frame);
  }

  async #openBlob(): Promise<FrameCipher> {
    return new FrameCipher(this.#blob.dataKey, await (this.#salt ?? this.#stored.takeAll(SALT_BYTES)));
  }
}
