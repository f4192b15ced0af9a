import { createHash } from 'node:crypto';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { CustomerKey } from '../services/encryption/index.ts';
import { S3Error } from './errors.ts';

/** How a request came, and whether it may carry a customer's key that way. */
export interface KeyTransport {
  /** Whether the client's connection is encrypted. */
  readonly isSecure: boolean;
  readonly customerKeysOverHttp: 'allow' | 'forbid';
}

/** How the requests of one listener come: two values that all of them share. */
export interface KeyTransports {
  readonly http: KeyTransport;
  readonly https: KeyTransport;
}

/** What the errors about customers' keys name, whichever of their headers is at fault. */
const ARGUMENT = 'x-amz-server-side-encryption';
const TARGET: KeyHeaders = keyHeaders('x-amz-server-side-encryption-customer-');
const SOURCE: KeyHeaders = keyHeaders('x-amz-copy-source-server-side-encryption-customer-');
const REQUESTS = 'Requests specifying Server Side Encryption with Customer provided keys must';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const KEY_BYTES = 32;

/** The headers of {@link parseTargetKey}. */
export const TARGET_KEY_HEADERS: readonly string[] = Object.values(TARGET);
/** The headers of {@link parseCopySourceKey}. */
export const SOURCE_KEY_HEADERS: readonly string[] = Object.values(SOURCE);

/** @param customerKeysOverHttp whether customers' keys may come without TLS */
export function keyTransports(customerKeysOverHttp: KeyTransport['customerKeysOverHttp']): KeyTransports {
  return { http: { isSecure: false, customerKeysOverHttp }, https: { isSecure: true, customerKeysOverHttp } };
}

/** Whether a request has anything to say about a customer's key. */
export function namesCustomerKey(headers: RequestHeaders): boolean {
  return sentHeaders(headers, TARGET) !== undefined;
}

/**
 * The key that an object or a part is to be encrypted or read with ("Specifying server-side encryption with
 * customer-provided keys").
 * @throws S3Error `InvalidArgument`, `InvalidEncryptionAlgorithmError`; `InvalidRequest` where it may not come like this
 */
export function parseTargetKey(headers: RequestHeaders, transport: KeyTransport): CustomerKey | undefined {
  return parseKey(sentHeaders(headers, TARGET), transport);
}

/** The key that the source of a copy is encrypted with. Throws what {@link parseTargetKey} throws. */
export function parseCopySourceKey(headers: RequestHeaders, transport: KeyTransport): CustomerKey | undefined {
  return parseKey(sentHeaders(headers, SOURCE), transport);
}

/** Where a key is sent. */
interface KeyHeaders {
  readonly algorithm: string;
  readonly key: string;
  readonly keyMd5: string;
}

function keyHeaders(prefix: string): KeyHeaders {
  return { algorithm: `${prefix}algorithm`, key: `${prefix}key`, keyMd5: `${prefix}key-md5` };
}

interface SentHeaders {
  readonly algorithm: string | undefined;
  readonly key: string | undefined;
  readonly keyMd5: string | undefined;
}

function sentHeaders(headers: RequestHeaders, names: KeyHeaders): SentHeaders | undefined {
  const algorithm = headerOf(headers, names.algorithm);
  const key = headerOf(headers, names.key);
  const keyMd5 = headerOf(headers, names.keyMd5);
  return algorithm === undefined && key === undefined && keyMd5 === undefined ? undefined : { algorithm, key, keyMd5 };
}

function parseKey(sent: SentHeaders | undefined, transport: KeyTransport): CustomerKey | undefined {
  if (sent === undefined) return undefined;
  if (!transport.isSecure && transport.customerKeysOverHttp === 'forbid') {
    throw new S3Error('InvalidRequest', { message: `${REQUESTS} be made over a secure connection.` });
  }
  const { algorithm, key: encoded, keyMd5 } = sent;
  requireAes256(algorithm);
  if (!encoded) throw invalid(`${REQUESTS} provide an appropriate secret key.`);
  if (!keyMd5) throw invalid(`${REQUESTS} provide the client calculated MD5 of the secret key.`);
  const key = Buffer.from(BASE64.test(encoded) ? encoded : '', 'base64');
  // S3 looks at the digest before the length: the usual mistake, a key that was encoded twice or not at all, is told so.
  if (keyMd5 !== createHash('md5').update(key).digest('base64')) {
    throw invalid('The calculated MD5 hash of the key did not match the hash that was provided.');
  }
  if (key.byteLength !== KEY_BYTES) throw invalid('The secret key was invalid for the specified algorithm.');
  return { key, keyMd5 };
}

/** "The header value must be AES256." */
function requireAes256(algorithm: string | undefined): void {
  if (algorithm === 'AES256') return;
  if (!algorithm) throw invalid(`${REQUESTS} provide a valid encryption algorithm.`);
  throw new S3Error('InvalidEncryptionAlgorithmError', {
    message: 'The Encryption request you specified is not valid. Supported value: AES256.',
    detail: { ArgumentName: ARGUMENT, ArgumentValue: algorithm },
  });
}

/** Repeats nothing of what was sent: it may be a key. */
function invalid(message: string): S3Error {
  return new S3Error('InvalidArgument', { message, detail: { ArgumentName: ARGUMENT, ArgumentValue: 'null' } });
}
