import { type BucketRow, versioningOf } from '../../metadata/index.ts';
import { headerOf } from '../http/request-headers.ts';
import { type CustomerKey, requireCustomerKey } from '../services/encryption/index.ts';
import type { ObjectInfo } from '../services/object-info.ts';
import type { FoundObject, ObjectName } from '../services/objects.ts';
import { findBucket, requireAllowed, requireExpectedOwner } from './authorize.ts';
import { requireListing } from './conceal.ts';
import { checkCopySourceConditions } from './conditions.ts';
import { COPY_SOURCE, parseCopySource } from './copy-source-name.ts';
import { parseCopySourceKey } from './customer-key-headers.ts';
import { S3Error } from './errors.ts';
import { type ObjectKey, parseObjectKey } from './names.ts';
import type { ObjectCall } from './operation.ts';
import { noSuchObject, requireVersionId } from './versions.ts';

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

/**
 * Finds the source of CopyObject or UploadPartCopy, for a caller who may read it and if its preconditions hold.
 * @throws S3Error `InvalidArgument`, `NoSuchVersion`, `NoSuchBucket`, `AccessDenied`, `NoSuchKey`, `PreconditionFailed`; as
 * `parseCopySourceKey` and `requireCustomerKey`
 */
export async function findCopySource(call: ObjectCall): Promise<CopySource> {
  const { request, services } = call;
  const { headers, keyTransport } = request;
  const customerKey = parseCopySourceKey(headers, keyTransport);
  const name = parseCopySource(headerOf(headers, COPY_SOURCE) ?? '');
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
  await requireListing(error, { call, bucket: name.bucket, key: name.key });
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
