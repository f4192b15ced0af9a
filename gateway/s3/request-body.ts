import type { Readable } from 'node:stream';
import { Failure } from '../../metadata/index.ts';
import { ChunkDecoder } from '../../signer/index.ts';
import { bodyPieces, takeBody } from '../http/body-pieces.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { Body } from '../services/body.ts';
import { CHECKSUM_ALGORITHMS, CHECKSUM_BYTES, type ChecksumAlgorithm } from '../services/checksums.ts';
import { digestBytes, type ExpectedChecksum, type ExpectedDigests, verifyDigests } from '../services/digests.ts';
import { S3Error } from './errors.ts';
import type { Authenticated } from './operation.ts';
import type { S3Request } from './request.ts';

/** A body with what the client says of it. */
export interface ReceivedBody {
  readonly body: Body;
  readonly expected: ExpectedDigests;
}

/** "The maximum size of an object that can be uploaded in a single PUT operation is 5 GB", and of a part as well. */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;

const CHECKSUM_PREFIX = 'x-amz-checksum-';
const CHECKSUM_HEADERS = CHECKSUM_ALGORITHMS.map((algorithm) => ({
  algorithm,
  header: CHECKSUM_PREFIX + algorithm.toLowerCase(),
}));

/**
 * Opens the body of an upload, whatever its framing: plain or aws-chunked, signed or not, with or without a trailer.
 * Chunk and trailer signatures are verified as the bytes pass.
 * @throws S3Error `MissingContentLength`, `EntityTooLarge`, `InvalidDigest`, `InvalidRequest` for contradictory checksums
 */
export function openUpload(request: S3Request, { signature }: Authenticated): ReceivedBody {
  const { headers } = request;
  const mode = signature?.claim.payload ?? { kind: 'unsigned' };
  const isChunked = mode.kind === 'chunked';
  const sizeBytes = parseLength(headers, isChunked ? 'x-amz-decoded-content-length' : 'content-length');
  if (sizeBytes > MAX_BODY_BYTES) {
    throw new S3Error('EntityTooLarge', {
      detail: { ProposedSize: String(sizeBytes), MaxSizeAllowed: String(MAX_BODY_BYTES) },
    });
  }
  const trailer = isChunked && mode.trailer ? declaredTrailers(headers) : [];
  const decoder = isChunked
    ? new ChunkDecoder({
        decodedLength: sizeBytes,
        trailer: mode.trailer,
        declaredTrailers: trailer,
        ...(mode.signed && signature !== undefined ? { signature } : {}),
      })
    : undefined;
  const body = new RequestBody({ open: () => request.openBody(), sizeBytes, decoder });
  return {
    body,
    expected: {
      md5: parseContentMd5(headers),
      sha256: mode.kind === 'signed' ? Buffer.from(mode.sha256, 'hex') : undefined,
      checksum: expectedChecksum(headers, { trailer, trailers: () => body.trailers }),
    },
  };
}

/** The digest header of any request with a body. @throws S3Error `InvalidDigest` */
export function parseContentMd5(headers: RequestHeaders): Buffer | undefined {
  const header = headerOf(headers, 'content-md5');
  if (header === undefined) return undefined;
  const digest = Buffer.from(header, 'base64');
  if (digest.byteLength !== 16 || digest.toString('base64') !== header) throw new S3Error('InvalidDigest');
  return digest;
}

interface GivenChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
}

/** The one checksum that headers carry. @throws S3Error `InvalidRequest` for several, or one that cannot be */
export function parseChecksumHeader(headers: RequestHeaders): GivenChecksum | undefined {
  return parseChecksum(headers, isChecksumValue);
}

/** The same where it may be composite: then the number of parts may follow. */
export function parseObjectChecksum(headers: RequestHeaders): GivenChecksum | undefined {
  return parseChecksum(headers, (algorithm, value) => isChecksumValue(algorithm, value.replace(/-\d{1,5}$/, '')));
}

function parseChecksum(headers: RequestHeaders, isValue: typeof isChecksumValue): GivenChecksum | undefined {
  let found: GivenChecksum | undefined;
  for (const { algorithm, header } of CHECKSUM_HEADERS) {
    const value = headerOf(headers, header);
    if (value === undefined) continue;
    if (found !== undefined) throw multipleChecksums();
    if (!isValue(algorithm, value)) throw invalidHeader(header);
    found = { algorithm, value };
  }
  return found;
}

function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.byteLength === CHECKSUM_BYTES[algorithm] && bytes.toString('base64') === value;
}

function invalidHeader(header: string): S3Error {
  return new S3Error('InvalidRequest', { message: `Value for ${header} header is invalid.` });
}

function multipleChecksums(): S3Error {
  return new S3Error('InvalidRequest', {
    message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
  });
}

interface TrailerSource {
  readonly trailer: readonly string[];
  /** Known once the body has ended. */
  readonly trailers: () => ReadonlyMap<string, string>;
}

function expectedChecksum(headers: RequestHeaders, { trailer, trailers }: TrailerSource): ExpectedChecksum | undefined {
  const fromHeader = parseChecksumHeader(headers);
  const announced = CHECKSUM_HEADERS.filter(({ header }) => trailer.includes(header));
  const [fromTrailer] = announced;
  if (announced.length + (fromHeader === undefined ? 0 : 1) > 1) throw multipleChecksums();
  const algorithm = fromHeader?.algorithm ?? fromTrailer?.algorithm;
  requireAnnounced(headers, algorithm);
  if (fromHeader !== undefined) return { algorithm: fromHeader.algorithm, expected: () => fromHeader.value };
  if (fromTrailer === undefined) return undefined;
  return { algorithm: fromTrailer.algorithm, expected: () => trailerValue(fromTrailer, trailers()) };
}

/** What an SDK says that it sends must come. @throws S3Error `InvalidRequest` */
function requireAnnounced(headers: RequestHeaders, algorithm: ChecksumAlgorithm | undefined): void {
  const announced = headerOf(headers, 'x-amz-sdk-checksum-algorithm');
  if (announced === undefined || announced.toUpperCase() === algorithm) return;
  if (algorithm !== undefined) throw invalidHeader('x-amz-sdk-checksum-algorithm');
  throw new S3Error('InvalidRequest', {
    message:
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
  });
}

/** @throws Failure `InvalidRequest`: it is known only when the body has been staged, which is to be undone */
function trailerValue(
  { algorithm, header }: { readonly algorithm: ChecksumAlgorithm; readonly header: string },
  trailers: ReadonlyMap<string, string>,
): string {
  const value = trailers.get(header) ?? '';
  if (isChecksumValue(algorithm, value)) return value;
  throw new Failure('InvalidRequest', `Value for ${header} trailing header is invalid.`);
}

/** @throws S3Error `InvalidRequest` for a trailer that is not a checksum */
function declaredTrailers(headers: RequestHeaders): string[] {
  const names = (headerOf(headers, 'x-amz-trailer') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  for (const name of names) {
    if (!CHECKSUM_HEADERS.some(({ header }) => header === name)) {
      throw new S3Error('InvalidRequest', {
        message: 'The value specified in the x-amz-trailer header is not supported',
      });
    }
  }
  return names;
}

function parseLength(headers: RequestHeaders, name: string): number {
  const header = headerOf(headers, name);
  if (header === undefined) throw new S3Error('MissingContentLength');
  if (!/^\d{1,15}$/.test(header)) {
    throw new S3Error('InvalidArgument', { detail: { ArgumentName: name, ArgumentValue: header } });
  }
  return Number(header);
}

const NO_TRAILERS: ReadonlyMap<string, string> = new Map();

class RequestBody implements Body {
  readonly sizeBytes: number;
  /** Empty until the body has ended. */
  trailers = NO_TRAILERS;
  readonly #open: () => Readable;
  readonly #decoder: ChunkDecoder | undefined;

  constructor({
    open,
    sizeBytes,
    decoder,
  }: { open: () => Readable; sizeBytes: number; decoder: ChunkDecoder | undefined }) {
    this.sizeBytes = sizeBytes;
    this.#open = open;
    this.#decoder = decoder;
  }

  async bytes(): Promise<Buffer> {
    let whole: Buffer | undefined;
    let length = 0;
    // Decoded and gathered as it comes: the framing of a few bytes may be endless, and its pieces without number.
    await takeBody(this.#open(), (piece) => {
      for (const chunk of this.#decoder?.push(piece) ?? [piece]) {
        if (length + chunk.byteLength > this.sizeBytes) throw new Failure('IncompleteBody');
        whole ??= chunk.byteLength === this.sizeBytes ? chunk : Buffer.allocUnsafe(this.sizeBytes);
        if (whole !== chunk) chunk.copy(whole, length);
        length += chunk.byteLength;
      }
    });
    this.#end();
    this.#requireSize(length);
    return whole ?? Buffer.alloc(0);
  }

  async *chunks(): AsyncIterable<Buffer> {
    let received = 0;
    for await (const piece of bodyPieces(this.#open())) {
      for (const chunk of this.#decoder?.push(piece) ?? [piece]) {
        received += chunk.byteLength;
        yield chunk;
      }
    }
    this.#end();
    this.#requireSize(received);
  }

  #end(): void {
    if (this.#decoder !== undefined) this.trailers = this.#decoder.end();
  }

  #requireSize(received: number): void {
    if (received !== this.sizeBytes) throw new Failure('IncompleteBody');
  }
}

/**
 * A small body in memory: the XML of an operation, with whatever digests came along verified.
 * @throws S3Error `MaxMessageLengthExceeded` beyond the limit, `MissingRequestBodyError` for none; as `openUpload`
 */
export async function readDocument(
  { request, authenticated }: { readonly request: S3Request; readonly authenticated: Authenticated },
  limitBytes: number,
): Promise<Buffer> {
  const { body, expected } = openUpload(request, authenticated);
  if (body.sizeBytes > limitBytes) throw new S3Error('MaxMessageLengthExceeded');
  if (body.sizeBytes === 0) throw new S3Error('MissingRequestBodyError');
  const bytes = await body.bytes();
  verifyDigests(digestBytes(bytes, expected), expected);
  return bytes;
}
