import { hmac, type Seed, sha256, type WireRequest } from './wire-request.ts';

/** A body in the framing that AWS calls aws-chunked. */
export interface ChunkedInput {
  readonly chunks: readonly (string | Buffer)[];
  readonly signed: boolean;
  readonly trailers?: Readonly<Record<string, string>>;
  /** What x-amz-trailer announces; the names of the trailers when left out. */
  readonly announced?: string;
  /** What x-amz-decoded-content-length says; the truth when left out. */
  readonly decodedLength?: string;
  /** Spoils the body: for every chunk, the terminal one too, its header, data and CRLF; then the trailer's lines. */
  readonly alter?: (pieces: readonly Buffer[]) => readonly Buffer[];
}

const EMPTY_SHA256 = sha256('');
const CRLF = Buffer.from('\r\n');

/** The part of a request that an aws-chunked body decides. */
export function chunked(input: ChunkedInput): Pick<WireRequest, 'body' | 'headers' | 'payload'> {
  const { chunks, signed, trailers, announced } = input;
  const sizeBytes = chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
  const trailer = announced ?? (trailers === undefined ? undefined : Object.keys(trailers).join(','));
  return {
    body: (seed) => encode(input, seed),
    payload: `STREAMING-${signed ? 'AWS4-HMAC-SHA256' : 'UNSIGNED'}-PAYLOAD${trailer === undefined ? '' : '-TRAILER'}`,
    headers: {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': input.decodedLength ?? String(sizeBytes),
      ...(trailer === undefined ? {} : { 'x-amz-trailer': trailer }),
    },
  };
}

function encode({ chunks, signed, trailers, alter = (pieces) => pieces }: ChunkedInput, seed: Seed): Buffer {
  const { signingKey, timestamp, scope } = seed;
  let previous = seed.signature;
  const sign = (algorithm: string, rest: string) => {
    previous = hmac(signingKey, `${algorithm}\n${timestamp}\n${scope}\n${previous}\n${rest}`).toString('hex');
    return previous;
  };
  const pieces: Buffer[] = [];
  for (const chunk of [...chunks, '']) {
    const data = Buffer.from(chunk);
    const signature = signed
      ? `;chunk-signature=${sign('AWS4-HMAC-SHA256-PAYLOAD', `${EMPTY_SHA256}\n${sha256(data)}`)}`
      : '';
    pieces.push(Buffer.from(`${data.byteLength.toString(16)}${signature}\r\n`), data, CRLF);
  }
  if (trailers !== undefined) {
    // The lines of the trailer follow the header of the terminal chunk at once.
    pieces.splice(-2);
    const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}`);
    pieces.push(...lines.map((line) => Buffer.from(`${line}\r\n`)));
    const canonical = lines.map((line) => `${line}\n`).join('');
    if (signed) {
      pieces.push(Buffer.from(`x-amz-trailer-signature:${sign('AWS4-HMAC-SHA256-TRAILER', sha256(canonical))}\r\n`));
    }
    pieces.push(CRLF);
  }
  return Buffer.concat(alter(pieces));
}
