import type { StoredRetention } from '../../metadata/index.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { ExpectedDigests } from '../services/digests.ts';
import type { ObjectLockConfiguration } from '../services/object-lock.ts';
import { missingLockConfiguration } from '../services/version-properties.ts';
import { S3Error } from './errors.ts';
import { hasDigest } from './integrity.ts';
import { parseIsoDate } from './iso-date.ts';
import { MAX_LOCK_BYTES, MODES } from './object-lock-documents.ts';
import type { BucketCall } from './operation.ts';
import { readDocument } from './request-body.ts';

const MODE = 'x-amz-object-lock-mode';
const UNTIL = 'x-amz-object-lock-retain-until-date';
const LEGAL_HOLD = 'x-amz-object-lock-legal-hold';

/** What the writer of a version says of its locks. */
export interface RequestedLock {
  readonly retention: StoredRetention | undefined;
  readonly legalHold: boolean | undefined;
}

/** Reads the lock headers of PutObject, PostObject, CopyObject and CreateMultipartUpload. @throws S3Error `InvalidArgument` */
export function parseLockHeaders(headers: RequestHeaders): RequestedLock {
  const until = parseUntil(headers);
  const legalHold = parseHold(headerOf(headers, LEGAL_HOLD));
  return { retention: until === undefined ? undefined : { mode: parseMode(headers), until }, legalHold };
}

function parseUntil(headers: RequestHeaders): string | undefined {
  const date = headerOf(headers, UNTIL);
  const mode = headerOf(headers, MODE);
  if (date === undefined && mode === undefined) return undefined;
  if (date === undefined || mode === undefined) {
    const missing = date === undefined ? UNTIL : MODE;
    throw invalid(missing, undefined, `${UNTIL} and ${MODE} must both be supplied`);
  }
  const until = parseIsoDate(date);
  if (until === undefined) throw invalid(UNTIL, date, 'The retain until date must be provided in ISO 8601 format');
  if (until > new Date().toISOString()) return until;
  throw invalid(UNTIL, date, 'The retain until date must be in the future!');
}

function parseMode(headers: RequestHeaders): StoredRetention['mode'] {
  const header = headerOf(headers, MODE);
  const mode = MODES.find((one) => one === header);
  if (mode !== undefined) return mode;
  throw invalid(MODE, header, 'Unknown wormMode directive.');
}

function parseHold(header: string | undefined): boolean | undefined {
  if (header === undefined) return undefined;
  if (header === 'ON' || header === 'OFF') return header === 'ON';
  throw invalid(LEGAL_HOLD, header, "Legal Hold must be either of 'ON' or 'OFF'");
}

function invalid(name: string, value: string | undefined, message: string): S3Error {
  const detail = value === undefined ? { ArgumentName: name } : { ArgumentName: name, ArgumentValue: value };
  return new S3Error('InvalidArgument', { message, detail });
}

/** What the bucket does with locks. @throws Failure `InvalidRequest` where it has none */
export async function requireObjectLock({ services, bucket }: BucketCall): Promise<ObjectLockConfiguration> {
  const { objectLock } = await services.configs.of(bucket);
  if (objectLock === undefined) throw missingLockConfiguration();
  return objectLock;
}

/**
 * The document of a request about locks: it must not be damaged on its way.
 * @throws S3Error `InvalidRequest` without a digest, `MalformedXML` without a document, and as `readDocument`
 */
export async function readLockDocument(call: BucketCall): Promise<Buffer> {
  const { headers } = call.request;
  if (headerOf(headers, 'content-length') === '0') throw new S3Error('MalformedXML');
  if (hasDigest(headers)) return readDocument(call, MAX_LOCK_BYTES);
  throw new S3Error('InvalidRequest', {
    message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
  });
}

/** An upload, and whether it asks for a lock of its own. */
export interface LockedUpload {
  readonly what: 'Object' | 'Part';
  readonly hasLock: boolean;
  readonly expected: ExpectedDigests;
}

/**
 * "The Content-MD5 or x-amz-sdk-checksum-algorithm header is required for any request to upload an object with a
 * retention period configured using Amazon S3 Object Lock", be it the bucket's default one. @throws S3Error `InvalidRequest`
 */
export async function requireUploadDigest(
  { services, bucket }: BucketCall,
  { what, hasLock, expected }: LockedUpload,
): Promise<void> {
  if (expected.md5 !== undefined || expected.checksum !== undefined) return;
  const { objectLock } = await services.configs.of(bucket);
  if (!hasLock && objectLock?.defaultRetention === undefined) return;
  throw new S3Error('InvalidRequest', {
    message: `Content-MD5 OR x-amz-checksum- HTTP header is required for Put ${what} requests with Object Lock parameters`,
  });
}
