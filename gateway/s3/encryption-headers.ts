import { decodeHeaderText } from '../http/header-text.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import {
  type CustomerKey,
  type EncryptionContext,
  type EncryptionRequest,
  kmsKeyArn,
  type StoredEncryption,
} from '../services/encryption/index.ts';
import {
  type KeyTransport,
  namesCustomerKey,
  parseTargetKey,
  SOURCE_KEY_HEADERS,
  TARGET_KEY_HEADERS,
} from './customer-key-headers.ts';
import { S3Error } from './errors.ts';

export { type KeyTransport, type KeyTransports, keyTransports, parseCopySourceKey } from './customer-key-headers.ts';

const ALGORITHM = 'x-amz-server-side-encryption';
const KMS_KEY = 'x-amz-server-side-encryption-aws-kms-key-id';
const CONTEXT = 'x-amz-server-side-encryption-context';
const BUCKET_KEY = 'x-amz-server-side-encryption-bucket-key-enabled';
/** What only a request that makes an object may say. */
const WRITE_HEADERS = [ALGORITHM, KMS_KEY, CONTEXT, BUCKET_KEY];
const TARGET_HEADERS = [...WRITE_HEADERS, ...TARGET_KEY_HEADERS];

/** What operations read that store an object or a part, or read one; also to refuse it. */
export const ENCRYPTION_HEADERS: ReadonlySet<string> = new Set(TARGET_HEADERS);
/** What those read that copy from another object. */
export const COPY_ENCRYPTION_HEADERS: ReadonlySet<string> = new Set([...TARGET_HEADERS, ...SOURCE_KEY_HEADERS]);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * How the writer of an object wants it encrypted: PutObject, CopyObject, CreateMultipartUpload, and PostObject by its
 * fields. Undefined: as the bucket has it by default.
 * @throws S3Error `InvalidArgument`, `InvalidEncryptionAlgorithmError`, `InvalidRequest`, `NotImplemented`
 */
export function parseEncryption(headers: RequestHeaders, transport: KeyTransport): EncryptionRequest | undefined {
  if (!namesAny(headers, TARGET_HEADERS)) return undefined;
  const algorithm = headerOf(headers, ALGORITHM);
  if (namesCustomerKey(headers)) refuseOtherMethods(headers);
  const customerKey = parseTargetKey(headers, transport);
  if (customerKey !== undefined) return { mode: 'SSE-C', ...customerKey };
  if (algorithm === 'aws:kms') return parseKms(headers);
  refuseKmsHeaders(headers);
  if (algorithm === undefined) return undefined;
  if (algorithm === 'AES256') return { mode: 'SSE-S3' };
  if (algorithm === 'aws:kms:dsse') throw new S3Error('NotImplemented', { detail: { Header: ALGORITHM } });
  throw invalid('The encryption method specified is not supported', ALGORITHM, algorithm);
}

/**
 * The customer's key of a request that makes no object: a read, or a part of an upload.
 * @throws S3Error `InvalidArgument` also for a header that asks for encryption: "you'll get an HTTP 400 Bad Request
 * error" (GetObject)
 */
export function parseCustomerKey(headers: RequestHeaders, transport: KeyTransport): CustomerKey | undefined {
  for (const header of WRITE_HEADERS) refuseHere(headers, header);
  return parseTargetKey(headers, transport);
}

/**
 * How CompleteMultipartUpload repeats the encryption of its upload. S3 takes no more than the customer's key there, but
 * minio-go sends all of it to whoever is not S3 itself.
 * @throws S3Error as `parseEncryption`
 */
export function parseRepeatedEncryption(
  headers: RequestHeaders,
  transport: KeyTransport,
): { readonly customerKey?: CustomerKey; readonly encryption?: Exclude<EncryptionRequest, CustomerKey> | undefined } {
  refuseHere(headers, BUCKET_KEY);
  const request = parseEncryption(headers, transport);
  return request?.mode === 'SSE-C' ? { customerKey: request } : { encryption: request };
}

function refuseHere(headers: RequestHeaders, header: string): void {
  const value = headerOf(headers, header);
  if (value !== undefined) throw invalid(`${header} header is not supported for this operation.`, header, value);
}

/**
 * Whether an S3 Bucket Key is wanted: "you can include the header [...] in your request, to override the bucket
 * setting", also where the bucket's default is what encrypts.
 * @throws S3Error `InvalidArgument`
 */
export function parseBucketKey(headers: RequestHeaders): boolean | undefined {
  const value = headerOf(headers, BUCKET_KEY);
  if (value === undefined) return undefined;
  const word = value.toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  throw invalid(`Value for ${BUCKET_KEY} header is invalid.`, BUCKET_KEY, value);
}

/** What GetObject, HeadObject, PostObject, UploadPart and UploadPartCopy tell of an encryption. */
export function encryptionHeaders(stored: StoredEncryption | undefined, region: string): Record<string, string> {
  if (stored?.mode !== 'SSE-C') return completedEncryptionHeaders(stored, region);
  return {
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    'x-amz-server-side-encryption-customer-key-MD5': stored.keyMd5,
  };
}

/** What PutObject, CopyObject and CreateMultipartUpload tell: the context, too. */
export function newEncryptionHeaders(stored: StoredEncryption | undefined, region: string): Record<string, string> {
  const headers = encryptionHeaders(stored, region);
  if (stored?.mode !== 'SSE-KMS' || stored.context === undefined) return headers;
  return { ...headers, [CONTEXT]: Buffer.from(JSON.stringify(stored.context)).toString('base64') };
}

/** What CompleteMultipartUpload tells: nothing of a customer's key, which it was not given. */
export function completedEncryptionHeaders(
  stored: StoredEncryption | undefined,
  region: string,
): Record<string, string> {
  if (stored === undefined || stored.mode === 'SSE-C') return {};
  if (stored.mode === 'SSE-S3') return { [ALGORITHM]: 'AES256' };
  return {
    [ALGORITHM]: 'aws:kms',
    [KMS_KEY]: kmsKeyArn(stored.keyId, region),
    ...(stored.bucketKey && { [BUCKET_KEY]: 'true' }),
  };
}

/** Nearly no request does: it costs one look at each name. */
function namesAny(headers: RequestHeaders, names: readonly string[]): boolean {
  for (const name of names) if (headers[name] !== undefined) return true;
  return false;
}

function parseKms(headers: RequestHeaders): EncryptionRequest {
  const keyId = headerOf(headers, KMS_KEY);
  const context = parseContext(headers);
  const bucketKey = parseBucketKey(headers);
  return {
    mode: 'SSE-KMS',
    ...(keyId !== undefined && { keyId: decodeHeaderText(keyId) }),
    ...(context !== undefined && { context }),
    ...(bucketKey !== undefined && { bucketKey }),
  };
}

/** "A Base64 encoded string of a UTF-8 encoded JSON, which contains the encryption context as key-value pairs." */
function parseContext(headers: RequestHeaders): EncryptionContext | undefined {
  const value = headerOf(headers, CONTEXT);
  if (value === undefined) return undefined;
  const context = readJson(value);
  if (isStringMap(context)) return context;
  const shape = 'shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map';
  throw invalid(`The header '${CONTEXT}' ${shape}`, CONTEXT, value);
}

function readJson(base64: string): unknown {
  try {
    return JSON.parse(utf8.decode(Buffer.from(base64, 'base64')));
  } catch {
    return undefined;
  }
}

function isStringMap(value: unknown): value is EncryptionContext {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string');
}

function refuseOtherMethods(headers: RequestHeaders): void {
  const other = [ALGORITHM, KMS_KEY].find((header) => headers[header] !== undefined);
  if (other === undefined) return;
  const message =
    'Server Side Encryption with Customer provided key is incompatible with the encryption method specified';
  throw invalid(message, other, headerOf(headers, other) ?? '');
}

/** A key or a context that nothing would be encrypted with must not pass for one that was used. */
function refuseKmsHeaders(headers: RequestHeaders): void {
  const header = [KMS_KEY, CONTEXT].find((name) => headers[name] !== undefined);
  if (header === undefined) return;
  const message = `Server Side Encryption with AWS KMS managed key requires HTTP header ${ALGORITHM} : aws:kms`;
  throw invalid(message, header, headerOf(headers, header) ?? '');
}

function invalid(message: string, name: string, value: string): S3Error {
  return new S3Error('InvalidArgument', { message, detail: { ArgumentName: name, ArgumentValue: value } });
}
