import { parseChunkHeader } from './chunk-header.ts';
import { ChunkSignatures } from './chunk-signatures.ts';
import { LineReader } from './line-reader.ts';
import { incompleteBody } from './signature-error.ts';
import { TrailerReader } from './trailer-reader.ts';
import type { VerifiedSignature } from './verify-request.ts';

const HEADER_LIMIT_BYTES = 256;
const CRLF = '\r\n';

/** `decodedLength` is x-amz-decoded-content-length in bytes; `declaredTrailers` are the names in x-amz-trailer. */
export interface ChunkDecoderOptions {
  readonly decodedLength: number;
  /** The request's signature where the chunks are signed; without it they must not be. */
  readonly signature?: VerifiedSignature | undefined;
  readonly trailer: boolean;
  readonly declaredTrailers: readonly string[];
}

type State = 'header' | 'data' | 'separator' | 'trailer' | 'end';

/**
 * Decodes an aws-chunked body, pushed in pieces that break anywhere, and verifies its signatures as it comes. The data of
 * a chunk that spans several pushes is handed out before its signature has come: nothing may be kept of a body until
 * `end` has returned.
 *
 * Throws IncompleteBody (framing, lengths, truncation), MalformedTrailerError and SignatureDoesNotMatch; after an error
 * the decoder is of no further use.
 * Source: "Transferring Payload in Multiple Chunks" and "Including Trailing Headers", S3 API Reference.
 */
export class ChunkDecoder {
  readonly #lines = new LineReader(HEADER_LIMIT_BYTES, () => incompleteBody('A chunk header is too long.'));
  readonly #signatures: ChunkSignatures | undefined;
  readonly #trailer: TrailerReader | undefined;
  #state: State = 'header';
  #chunkBytesLeft = 0;
  #isChunkFresh = true;
  #bodyBytesLeft: number;
  #separator = '';

  constructor(options: ChunkDecoderOptions) {
    this.#bodyBytesLeft = options.decodedLength;
    this.#signatures = options.signature && new ChunkSignatures(options.signature);
    this.#trailer = options.trailer ? new TrailerReader(options.declaredTrailers, this.#signatures) : undefined;
  }

  /** Takes the next piece of the body and returns the data in it: views of `bytes`, no copies. */
  push(bytes: Buffer): Buffer[] {
    const slices: Buffer[] = [];
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#state === 'data') offset = this.#readData({ bytes, offset, slices });
      else if (this.#state === 'header') offset = this.#readHeader(bytes, offset);
      else if (this.#state === 'trailer') offset = this.#readTrailer(bytes, offset);
      else offset = this.#readSeparator(bytes, offset);
    }
    return slices;
  }

  /**
   * Ends the body and returns its trailer, by lower-case name. The CRLF after the terminal chunk may be missing, as it
   * proves nothing that the chunk itself does not.
   */
  end(): ReadonlyMap<string, string> {
    if (this.#state === 'trailer' && this.#trailer !== undefined) return this.#trailer.end();
    if (this.#state !== 'end') throw incompleteBody('The terminal chunk is missing.');
    return new Map();
  }

  #readHeader(bytes: Buffer, offset: number): number {
    const { line, next } = this.#lines.read(bytes, offset);
    if (line !== undefined) this.#beginChunk(line);
    return next;
  }

  #beginChunk(line: string): void {
    const { sizeBytes, signature } = parseChunkHeader(line, this.#signatures !== undefined);
    if (sizeBytes > this.#bodyBytesLeft) throw incompleteBody('The chunks exceed x-amz-decoded-content-length.');
    this.#signatures?.begin(signature);
    this.#chunkBytesLeft = sizeBytes;
    if (sizeBytes === 0) this.#endBody();
    else this.#state = 'data';
  }

  #endBody(): void {
    this.#signatures?.end();
    if (this.#bodyBytesLeft > 0) throw incompleteBody('The chunks fall short of x-amz-decoded-content-length.');
    this.#state = this.#trailer === undefined ? 'end' : 'trailer';
  }

  #readData(input: { readonly bytes: Buffer; readonly offset: number; readonly slices: Buffer[] }): number {
    const end = Math.min(input.bytes.length, input.offset + this.#chunkBytesLeft);
    const data = input.bytes.subarray(input.offset, end);
    this.#takeData(data);
    input.slices.push(data);
    return end;
  }

  #takeData(data: Buffer): void {
    const isFirst = this.#isChunkFresh;
    this.#chunkBytesLeft -= data.length;
    this.#bodyBytesLeft -= data.length;
    const isLast = this.#chunkBytesLeft === 0;
    this.#signatures?.update(data, isFirst && isLast);
    this.#isChunkFresh = isLast;
    if (!isLast) return;
    this.#signatures?.end();
    this.#state = 'separator';
  }

  /** CRLF between a chunk's data and the next header, and once after the terminal chunk of a body without trailer. */
  #readSeparator(bytes: Buffer, offset: number): number {
    this.#separator += String.fromCharCode(bytes[offset] ?? 0);
    if (!CRLF.startsWith(this.#separator)) throw incompleteBody('A chunk does not end where its header says.');
    if (this.#separator === CRLF && this.#state === 'separator') {
      this.#separator = '';
      this.#state = 'header';
    }
    return offset + 1;
  }

  #readTrailer(bytes: Buffer, offset: number): number {
    this.#trailer?.push(bytes.subarray(offset));
    return bytes.length;
  }
}
