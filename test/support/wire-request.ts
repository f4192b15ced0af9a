import { createHash, createHmac, type Hash } from 'node:crypto';
import type { Credentials } from './gateway.ts';
import { Wire, type WireReply } from './wire.ts';

/** A request of which nothing is tidied up on the way. */
export interface WireRequest {
  readonly method?: string;
  /** Percent-encoded as AWS's UriEncode does, the query sorted: what is sent is what is signed. */
  readonly target?: string;
  /** By lower-case name, octets as latin1. All are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent and not signed. */
  readonly unsignedHeaders?: Readonly<Record<string, string>>;
  /** A function makes it from the signature of the head, in a length that does not depend on that. */
  readonly body?: string | Uint8Array | ((seed: Seed) => Buffer);
  /** Undefined: anonymous. */
  readonly credentials?: Credentials | undefined;
  /** The value of x-amz-content-sha256; the digest of the body when left out. */
  readonly payload?: string;
  /** Sends no Content-Length. */
  readonly withoutLength?: boolean;
  readonly signing?: Signing;
}

/** What a signature says, where a test wants it to be wrong. */
export interface Signing {
  readonly now?: Date;
  readonly region?: string;
  readonly service?: string;
  /** Changes the finished Authorization header. */
  readonly forge?: (authorization: string) => string;
}

/** What the signatures of chunks continue. */
export interface Seed {
  readonly signature: string;
  readonly signingKey: Buffer;
  readonly timestamp: string;
  readonly scope: string;
}

/** A request as octets, ready to be sent. */
export interface PreparedRequest {
  readonly head: string;
  readonly body: Buffer;
}

const NO_SEED: Seed = { signature: '0'.repeat(64), signingKey: Buffer.alloc(32), timestamp: '', scope: '' };

export const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'latin1').digest();
const digest = (hash: Hash, data: string | Uint8Array) => hash.update(data).digest('hex');
export const sha256 = (data: string | Uint8Array): string => digest(createHash('sha256'), data);

/** "20130524T000000Z" */
export function amzDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** Every byte but the unreserved ones as `%XX`: UriEncode of "Signature Calculations for the Authorization Header". */
export function uriEncode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** A key as a path, its slashes kept. */
export function keyPath(bucket: string, key: string): string {
  return `/${bucket}/${uriEncode(key).replaceAll('%2F', '/')}`;
}

/** `?a=1&b=2`, encoded and in the order that signatures take. */
export function queryOf(parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.sort().join('&')}`;
}

/** Signs a request, written without the library that the gateway verifies with. */
export function prepare(url: string, request: WireRequest): PreparedRequest {
  const { method = 'GET', target = '/', body, unsignedHeaders = {} } = request;
  const sizeBytes = bodyOf(request, NO_SEED).byteLength;
  const length = body === undefined || request.withoutLength ? {} : { 'content-length': `${sizeBytes}` };
  const host = request.headers?.host ?? new URL(url).host;
  const headers: Record<string, string> = { host, ...length, ...request.headers };
  const seed = request.credentials === undefined ? undefined : authorize(request, headers);
  const lines = Object.entries({ ...headers, ...unsignedHeaders }).map(([name, value]) => `${name}: ${value}\r\n`);
  return { head: `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, body: bodyOf(request, seed ?? NO_SEED) };
}

function bodyOf({ body = '' }: WireRequest, seed: Seed): Buffer {
  return typeof body === 'function' ? body(seed) : Buffer.from(body);
}

/** Adds what a signature needs to the headers. */
function authorize(request: WireRequest, headers: Record<string, string>): Seed {
  const { method = 'GET', target = '/', credentials, signing = {} } = request;
  const { payload = sha256(bodyOf(request, NO_SEED)) } = request;
  const timestamp = headers['x-amz-date'] ?? amzDate(signing.now ?? new Date());
  const { region = 'us-east-1', service = 's3', forge = (authorization: string) => authorization } = signing;
  headers['x-amz-date'] = timestamp;
  headers['x-amz-content-sha256'] = payload;
  const names = Object.keys(headers)
    .filter((name) => !['connection', 'expect', 'transfer-encoding'].includes(name))
    .sort();
  const [path = '', query = ''] = target.split('?');
  const canonicalQuery = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .join('&');
  const fields = names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/[ \t]+/g, ' ')}\n`).join('');
  const canonical = [method, path, canonicalQuery, fields, names.join(';'), payload].join('\n');
  const scope = `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(Buffer.from(canonical, 'latin1'))}`;
  const signingKey = scope.split('/').reduce<Buffer | string>(hmac, `AWS4${credentials?.secretKey}`) as Buffer; // reduced
  const signature = hmac(signingKey, toSign).toString('hex');
  const credential = `Credential=${credentials?.accessKey}/${scope}`;
  headers.authorization = forge(
    `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  );
  return { signature, signingKey, timestamp, scope };
}

/** Sends a request on a connection of its own and resolves to the reply. */
export async function exchange(url: string, request: WireRequest): Promise<WireReply> {
  const wire = await Wire.open(url);
  try {
    const { head, body } = prepare(url, request);
    wire.send(head, body);
    return await wire.reply({ isHead: request.method === 'HEAD' });
  } finally {
    wire.close();
  }
}
