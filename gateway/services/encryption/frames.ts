import {
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type DecipherGCM,
  type KeyObject,
} from 'node:crypto';
import type { ByteRange } from '../../backends/index.ts';
import { deriveKey } from './derive-key.ts';

/**
 * An encrypted blob is a random salt and then frames. A frame is 64 KiB of plaintext (the last: what is left) sealed with
 * AES-256-GCM, its tag behind it. The blob's key is derived from the object's data key and the salt; a frame's nonce is
 * its number and whether it is the last (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its
 * Nonce-Reuse Misuse-Resistance", the STREAM construction). So a frame opens at its place in its blob and nowhere else,
 * and a blob that was cut at the end of a frame does not pass for a whole one. Without plaintext there is no blob.
 */
export const FRAME_BYTES = 1 << 16;
export const SALT_BYTES = 32;
export const TAG_BYTES = 16;

const STORED_FRAME_BYTES = FRAME_BYTES + TAG_BYTES;
const CIPHER = 'aes-256-gcm';
const LABEL = 'gatehouse blob v1';
const NONCE_BYTES = 12;

/** Stored bytes that are not what was encrypted: damaged, cut off, or of another blob. */
export class CorruptBlob extends Error {
  constructor(problem: string, options?: ErrorOptions) {
    super(`An encrypted blob is corrupt: ${problem}.`, options);
    this.name = 'CorruptBlob';
  }
}

/** The place of a frame in its blob. */
export interface FramePlace {
  /** From 0. */
  readonly index: number;
  readonly isLast: boolean;
}

/** How many bytes are stored for so many of plaintext. */
export function encryptedSize(plainBytes: number): number {
  return plainBytes === 0 ? 0 : SALT_BYTES + plainBytes + Math.ceil(plainBytes / FRAME_BYTES) * TAG_BYTES;
}

/** How many bytes of plaintext so many stored ones are. @throws CorruptBlob when no plaintext has that size encrypted */
export function decryptedSize(storedBytes: number): number {
  if (storedBytes === 0) return 0;
  const frames = Math.ceil((storedBytes - SALT_BYTES) / STORED_FRAME_BYTES);
  const plainBytes = storedBytes - SALT_BYTES - frames * TAG_BYTES;
  if (frames > 0 && encryptedSize(plainBytes) === storedBytes) return plainBytes;
  throw new CorruptBlob(`it has ${storedBytes} bytes`);
}

/** The place and the plaintext size of the frame that a byte of the plaintext is in. */
export function frameAt(position: number, blobBytes: number): FramePlace & { readonly sizeBytes: number } {
  const index = Math.floor(position / FRAME_BYTES);
  const rest = blobBytes - index * FRAME_BYTES;
  return { index, isLast: rest <= FRAME_BYTES, sizeBytes: Math.min(rest, FRAME_BYTES) };
}

/** The stored bytes of the frames that a range of the plaintext touches; of the first frame, with the salt before it. */
export function storedRange({ start, end }: ByteRange, blobBytes: number): ByteRange {
  const first = Math.floor(start / FRAME_BYTES);
  const past = Math.floor(end / FRAME_BYTES) + 1;
  return {
    start: first === 0 ? 0 : SALT_BYTES + first * STORED_FRAME_BYTES,
    end: Math.min(SALT_BYTES + past * STORED_FRAME_BYTES, encryptedSize(blobBytes)) - 1,
  };
}

/** Seals and opens the frames of one blob. */
export class FrameCipher {
  readonly #key: KeyObject;

  constructor(dataKey: Buffer, salt: Buffer) {
    this.#key = createSecretKey(deriveKey(dataKey, { label: LABEL, salt }));
  }

  /** Each place is sealed once: two frames under one nonce would betray each other. */
  sealing(place: FramePlace): CipherGCM {
    return createCipheriv(CIPHER, this.#key, nonce(place), { authTagLength: TAG_BYTES });
  }

  /** What it gives out is not to be believed before {@link verifyFrame}. */
  opening(place: FramePlace): DecipherGCM {
    return createDecipheriv(CIPHER, this.#key, nonce(place), { authTagLength: TAG_BYTES });
  }
}

/** To be called behind the last byte of a frame. @throws CorruptBlob */
export function verifyFrame(decipher: DecipherGCM, tag: Buffer, { index }: FramePlace): void {
  try {
    decipher.setAuthTag(tag).final();
  } catch (cause) {
    throw new CorruptBlob(`frame ${index} does not open`, { cause });
  }
}

function nonce({ index, isLast }: FramePlace): Buffer {
  const bytes = Buffer.alloc(NONCE_BYTES);
  bytes.writeUIntBE(index, NONCE_BYTES - 7, 6);
  bytes.writeUInt8(isLast ? 1 : 0, NONCE_BYTES - 1);
  return bytes;
}
