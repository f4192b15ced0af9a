import { type BucketRow, versioningOf } from '../../metadata/index.ts';
import { headerOf } from '../http/request-headers.ts';
import { type CustomerKey, requireCustomerKey } from '../services/encryption/index.ts';
import type { ObjectInfo } from '../services/object-info.ts';
import type { FoundObject, ObjectName } from '../services/objects.ts';
import { findBucket, requireAllowed, requireExpectedOwner } from './authorize.ts';
import { requireListing } from './conceal.ts';
import { checkCopySourceConditions } from './conditions.ts';
import { parseCopySourceKey } from './customer-key-headers.ts';
import { S3Error } from './errors.ts';
import { type ObjectKey, parseObjectKey } from './names.ts';
import type { ObjectCall } from './operation.ts';
import { decodePercent } from './percent-decoding.ts';
import { noSuchObject, requireVersionId } from './versions.ts';

/** What `x-amz-copy-source` names. */
export interface CopySourceName {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** The object that is to be copied, as it was when it was found. */
export interface CopySource {
  readonly bucket: BucketRow;
  readonly key: ObjectKey;
  /** The version that was asked for; left out: the current one. */
  readonly versionId: string | undefined;
  readonly info: ObjectInfo;
  readonly found: FoundObject;
  /** What it is encrypted with; nothing was sent where it needs nothing. */
  readonly customerKey: CustomerKey | undefined;
}

const HEADER = 'x-amz-copy-source';
const VERSION_MARK = '?versionId=';

/**
 * Finds the source of CopyObject or UploadPartCopy, for a caller who may read it and if its preconditions hold.
 * @throws S3Error `InvalidArgument`, `NoSuchVersion`, `NoSuchBucket`, `AccessDenied`, `NoSuchKey`, `PreconditionFailed`; as
 * `parseCopySourceKey` and `requireCustomerKey`
 */
export async function findCopySource(call: ObjectCall): Promise<CopySource> {
  const { request, services } = call;
  const { headers, keyTransport } = request;
  const customerKey = parseCopySourceKey(headers, keyTransport);
  const name = parseCopySource(headerOf(headers, HEADER) ?? '');
  const versionId = requireVersionId(name.versionId);
  const bucket = await findBucket(services, name.bucket);
  requireExpectedOwner(bucket, headerOf(headers, 'x-amz-source-expected-bucket-owner'));
  const key = parseObjectKey(name.key);
  const action = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  await requireAllowed(call, action, { kind: 'bucket', bucket, key, versionId });

  const found = await services.objects.find({ bucket, key, versionId });
  if (found === undefined) throw await noSource(call, { bucket, key, versionId });
  const { info } = found;
  requireCustomerKey(info.encryption, customerKey);
  if (checkCopySourceConditions(headers, info) === 'precondition-failed') throw new S3Error('PreconditionFailed');
  return { bucket, key, versionId, info, found, customerKey };
}

/** "If the source is a delete marker [...] 400 Bad Request", where it is named by its version id. */
async function noSource(call: ObjectCall, name: ObjectName): Promise<S3Error> {
  const error = await noSuchObject(call.services, name);
  await requireListing(error, { call, bucket: name.bucket });
  const { code, detail } = error;
  // Without the headers that tell of a delete marker: this reply is about the target.
  if (code !== 'MethodNotAllowed') return new S3Error(code, { detail });
  return new S3Error('InvalidRequest', {
    message: 'The source of a copy request may not specifically refer to a delete marker by version id.',
  });
}

/** "Version ID of the source object that was copied": from a bucket that has versions. */
export function sourceVersionHeader({ bucket, key, info }: CopySource): Record<string, string> {
  return versioningOf(bucket, key) === null ? {} : { 'x-amz-copy-source-version-id': info.versionId };
}

/**
 * Reads `x-amz-copy-source`: "the name of the source bucket and key of the source object, separated by a slash (/).
 * [...] The value must be URL-encoded" (CopyObject). A slash before the bucket is allowed, and a `+` is a space: S3
 * decodes this header as it decodes a query.
 * @throws S3Error `InvalidArgument`
 */
export function parseCopySource(header: string): CopySourceName {
  // The version comes off before decoding: an escaped question mark belongs to the key.
  const mark = header.lastIndexOf(VERSION_MARK);
  const path = decode(mark < 0 ? header : header.slice(0, mark), header);
  const versionId = mark < 0 ? undefined : decode(header.slice(mark + VERSION_MARK.length), header);
  const start = path.startsWith('/') ? 1 : 0;
  const slash = path.indexOf('/', start);
  if (slash <= start || slash === path.length - 1) {
    throw invalid('Copy Source must mention the source bucket and key: sourcebucket/sourcekey', header);
  }
  return { bucket: path.slice(start, slash), key: path.slice(slash + 1), versionId };
}

function decode(encoded: string, header: string): string {
  try {
    return decodePercent(encoded.replaceAll('+', ' '));
  } catch (cause) {
    throw invalid('Invalid copy source encoding.', header, cause);
  }
}

function invalid(message: string, header: string, cause?: unknown): S3Error {
  return new S3Error('InvalidArgument', { message, detail: { ArgumentName: HEADER, ArgumentValue: header }, cause });
}
