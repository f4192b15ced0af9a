import { createHash, createHmac } from 'node:crypto';
import type { PayloadMode, VerifiedSignature } from '../../signer/index.ts';
import { ACCESS_KEY, EMPTY_SHA256, NOW, REGION, SECRET_KEY, TIMESTAMP } from './vectors.ts';

const SEED = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
const SCOPE = `20130524/${REGION}/s3/aws4_request`;

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

const SIGNING_KEY = [REGION, 's3', 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${SECRET_KEY}`, '20130524'));

/** A verified request that a signed body continues. */
export function verifiedSeed(payload: PayloadMode): VerifiedSignature {
  return {
    signingKey: SIGNING_KEY,
    seedSignature: SEED,
    host: 'localhost',
    claim: {
      kind: 'header',
      accessKey: ACCESS_KEY,
      scope: { date: '20130524', region: REGION, service: 's3' },
      signedHeaders: ['host'],
      signature: SEED,
      timestamp: TIMESTAMP,
      signedAt: NOW,
      payload,
      payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    },
  };
}

/** Signs chunks and trailers as the S3 API Reference says, written without the library under test. */
class ChunkSigner {
  #previous = SEED;

  chunk(data: Buffer): string {
    return this.#sign(
      `AWS4-HMAC-SHA256-PAYLOAD\n${TIMESTAMP}\n${SCOPE}\n${this.#previous}\n${EMPTY_SHA256}\n${sha256(data)}`,
    );
  }

  trailer(canonical: string): string {
    return this.#sign(`AWS4-HMAC-SHA256-TRAILER\n${TIMESTAMP}\n${SCOPE}\n${this.#previous}\n${sha256(canonical)}`);
  }

  #sign(text: string): string {
    this.#previous = hmac(SIGNING_KEY, text).toString('hex');
    return this.#previous;
  }
}

/** How a client ends the lines after the terminal chunk. */
export interface TrailerStyle {
  readonly afterField: string;
  readonly end: string;
}

export interface EncodeOptions {
  readonly chunks: readonly Buffer[];
  readonly signed: boolean;
  readonly trailers?: Readonly<Record<string, string>>;
  readonly style?: TrailerStyle;
}

const CRLF_STYLE: TrailerStyle = { afterField: '\r\n', end: '\r\n' };

/** An aws-chunked body. `chunks` must not be empty buffers: the terminal chunk is added. */
export function encodeChunked({ chunks, signed, trailers, style = CRLF_STYLE }: EncodeOptions): Buffer {
  const signer = new ChunkSigner();
  const header = (data: Buffer) =>
    `${data.length.toString(16)}${signed ? `;chunk-signature=${signer.chunk(data)}` : ''}\r\n`;
  const body = chunks.flatMap((data) => [Buffer.from(header(data)), data, Buffer.from('\r\n')]);
  body.push(Buffer.from(header(Buffer.alloc(0))));
  const fields = Object.entries(trailers ?? {});
  for (const [name, value] of fields) body.push(Buffer.from(`${name}:${value}${style.afterField}`));
  if (signed && trailers !== undefined) {
    const canonical = fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`);
    body.push(Buffer.from(`x-amz-trailer-signature:${signer.trailer(canonical.join(''))}\r\n`));
  }
  return Buffer.concat([...body, Buffer.from(style.end)]);
}
