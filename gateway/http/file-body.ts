import type { Readable } from 'node:stream';
import { Failure } from '../../metadata/index.ts';
import type { Body } from '../services/body.ts';
import type { FileLimits } from '../services/drive/files.ts';
import { bodyPieces, takeBody } from './body-pieces.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';

/** For what is of unknown length room is made in steps: a small disk need not have room for the largest file. */
const STEP_BYTES = 64 * 1024 ** 2;

/**
 * The body of a request that is a file: of the announced length, or of one that nobody knows yet.
 * @throws Failure `EntityTooLarge`; `IncompleteBody`, `RequestTimeout`
 */
export async function openFileBody(
  source: Readable,
  { headers, limits }: { readonly headers: RequestHeaders; readonly limits: FileLimits },
): Promise<Body> {
  const announced = headerOf(headers, 'content-length');
  if (announced === undefined) return heldBody(bodyPieces(source), { limits });
  const sizeBytes = Number(announced); // node has refused what is no number
  requireSize(sizeBytes, limits);
  return new AnnouncedBody(source, sizeBytes);
}

/** @throws Failure `EntityTooLarge` */
export function requireSize(sizeBytes: number, { maxFileBytes }: FileLimits): void {
  if (sizeBytes <= maxFileBytes) return;
  const detail = { ProposedSize: String(sizeBytes), MaxSizeAllowed: String(maxFileBytes) };
  throw new Failure('EntityTooLarge', `A file has at most ${maxFileBytes} bytes.`, detail);
}

/**
 * A body of pieces whose sum nobody knows, once it is clear whether it is a small one: that is then known exactly.
 * @throws Failure `EntityTooLarge`, and what the pieces throw
 */
export async function heldBody(
  pieces: AsyncIterable<Buffer>,
  { limits, mostBytes = STEP_BYTES }: { readonly limits: FileLimits; readonly mostBytes?: number | undefined },
): Promise<Body> {
  const source = pieces[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  let sizeBytes = 0;
  while (sizeBytes <= limits.heldBytes) {
    const { value: piece, done } = await source.next();
    if (done === true) return smallBody(Buffer.concat(held));
    held.push(piece);
    sizeBytes += piece.byteLength;
    requireSize(sizeBytes, limits);
  }
  return new GrowingBody({
    held,
    source,
    limits,
    sizeBytes: Math.max(sizeBytes, Math.min(mostBytes, limits.maxFileBytes)),
  });
}

function smallBody(bytes: Buffer): Body {
  return {
    sizeBytes: bytes.byteLength,
    bytes: async () => bytes,
    async *chunks() {
      yield bytes;
    },
  };
}

class AnnouncedBody implements Body {
  readonly sizeBytes: number;
  readonly #source: Readable;

  constructor(source: Readable, sizeBytes: number) {
    this.#source = source;
    this.sizeBytes = sizeBytes;
  }

  async bytes(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    await takeBody(this.#source, (piece) => pieces.push(piece));
    return this.#whole(Buffer.concat(pieces));
  }

  #whole(bytes: Buffer): Buffer {
    if (bytes.byteLength !== this.sizeBytes) throw new Failure('IncompleteBody');
    return bytes;
  }

  async *chunks(): AsyncIterable<Buffer> {
    let received = 0;
    for await (const piece of bodyPieces(this.#source)) {
      received += piece.byteLength;
      yield piece;
    }
    if (received !== this.sizeBytes) throw new Failure('IncompleteBody');
  }
}

interface GrowingBodyOptions {
  readonly held: readonly Buffer[];
  /** Of what follows. */
  readonly source: AsyncIterator<Buffer>;
  readonly limits: FileLimits;
  readonly sizeBytes: number;
}

/** A body of unknown length, too large to be held: `sizeBytes` is what room was made for to begin with. */
class GrowingBody implements Body {
  readonly sizeBytes: number;
  readonly #options: GrowingBodyOptions;

  constructor(options: GrowingBodyOptions) {
    this.sizeBytes = options.sizeBytes;
    this.#options = options;
  }

  async bytes(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.chunks()) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** @throws Failure `EntityTooLarge` as soon as it is, without waiting for the rest; `InsufficientStorage` */
  async *chunks(): AsyncIterable<Buffer> {
    const { held, source, limits } = this.#options;
    let received = 0;
    let granted = this.sizeBytes;
    yield* held;
    for (const piece of held) received += piece.byteLength;
    for (;;) {
      const { value: piece, done } = await source.next();
      if (done === true) return;
      received += piece.byteLength;
      requireSize(received, limits);
      if (received > granted) {
        limits.requireSpace(STEP_BYTES);
        granted += STEP_BYTES;
      }
      yield piece;
    }
  }
}
