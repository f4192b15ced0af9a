import { randomBytes } from 'node:crypto';
import {
  ChunkDecoder,
  type IncomingRequest,
  parseClaim,
  presignUrl,
  signRequest,
  verifyRequest,
} from '../../signer/index.ts';
import { encodeChunked, verifiedSeed } from '../signer/chunk-encoder.ts';
import { ACCESS_KEY, NOW, REGION, SECRET_KEY } from '../signer/vectors.ts';
import { microsecondsPerCall } from './microseconds.ts';

const REQUESTS = 20_000;
const CREDENTIALS = { accessKey: ACCESS_KEY, secretKey: SECRET_KEY };
const URL_TEXT = 'http://localhost:9000/bucket/photos/2026/january/image-0001.jpg';

/** What aws-cli and the SDKs send with a small PUT, besides what the signature adds. */
const HEADERS = {
  host: 'localhost:9000',
  'content-length': '1024',
  'content-type': 'application/octet-stream',
  'x-amz-checksum-crc32': 'AAAAAA==',
  'x-amz-sdk-checksum-algorithm': 'CRC32',
};

function verify(request: IncomingRequest): void {
  const claim = parseClaim(request);
  if (claim === undefined) throw new Error('the request is anonymous');
  verifyRequest({ request, claim, secretKey: SECRET_KEY, region: REGION, now: NOW });
}

function signedRequest(search: string): IncomingRequest {
  const url = new URL(URL_TEXT + search);
  const signing = { credentials: CREDENTIALS, region: REGION, payload: 'UNSIGNED-PAYLOAD', now: NOW };
  const added = signRequest({ ...signing, method: 'PUT', url, headers: HEADERS });
  return { method: 'PUT', target: url.pathname + url.search, headers: { ...HEADERS, ...added } };
}

function presignedRequest(): IncomingRequest {
  const signing = { credentials: CREDENTIALS, region: REGION, expiresInSeconds: 60, now: NOW };
  const { pathname, search } = presignUrl({ ...signing, method: 'GET', url: new URL(URL_TEXT) });
  return { method: 'GET', target: pathname + search, headers: { host: HEADERS.host } };
}

function chunkedMebibytesPerSecond(signed: boolean): number {
  const chunks = Array.from({ length: 256 }, () => randomBytes(65_536));
  const body = encodeChunked({ chunks, signed });
  const start = process.hrtime.bigint();
  const signature = signed ? { signature: verifiedSeed({ kind: 'chunked', signed, trailer: false }) } : {};
  const decoder = new ChunkDecoder({ decodedLength: 16 * 2 ** 20, trailer: false, declaredTrailers: [], ...signature });
  for (let at = 0; at < body.length; at += 65_536) decoder.push(body.subarray(at, at + 65_536));
  decoder.end();
  return 16 / (Number(process.hrtime.bigint() - start) / 1e9);
}

const cases: Readonly<Record<string, IncomingRequest>> = {
  'verify PUT, 8 signed headers': signedRequest(''),
  'verify PUT with a query': signedRequest('?partNumber=7&uploadId=0123456789abcdef'),
  'verify presigned GET': presignedRequest(),
};
for (const [name, request] of Object.entries(cases)) {
  console.log(`${name.padEnd(30)} ${microsecondsPerCall(REQUESTS, () => verify(request)).toFixed(1)} us`);
}
for (const signed of [true, false]) {
  const name = `decode ${signed ? 'signed' : 'unsigned'} chunks`;
  console.log(`${name.padEnd(30)} ${chunkedMebibytesPerSecond(signed).toFixed(0)} MiB/s`);
}
