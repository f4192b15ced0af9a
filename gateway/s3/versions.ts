import { type BucketRow, isVersionId, NULL_VERSION, versioningOf } from '../../metadata/index.ts';
import { formatHttpDate } from '../http/http-date.ts';
import type { Services } from '../services/index.ts';
import type { ObjectInfo } from '../services/object-info.ts';
import { STANDARD } from '../services/object-info.ts';
import type { ObjectName } from '../services/objects.ts';
import { S3Error } from './errors.ts';
import type { ObjectCall } from './operation.ts';
import type { Query } from './query.ts';

/** The version that a request names. @throws S3Error `InvalidArgument` for what cannot be the id of one */
export function parseVersionId(query: Query): string | undefined {
  return requireVersionId(query.get('versionId'));
}

/** @throws S3Error `InvalidArgument` */
export function requireVersionId(versionId: string | undefined): string | undefined {
  if (versionId === undefined || isVersionId(versionId)) return versionId;
  throw new S3Error('InvalidArgument', {
    message: versionId === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified',
    detail: { ArgumentName: 'versionId', ArgumentValue: versionId },
  });
}

/** `x-amz-version-id` of a version that was written: the null version is not named to its writer. */
export function writtenVersionHeader(versionId: string): Record<string, string> {
  return versionId === NULL_VERSION ? {} : { 'x-amz-version-id': versionId };
}

/** `x-amz-version-id` of a version that was there, where versions have names or its bucket was ever told to keep them. */
export function versionHeader(bucket: BucketRow, versionId: string | undefined): Record<string, string> {
  return versionId === undefined || !isNamed(bucket, versionId) ? {} : { 'x-amz-version-id': versionId };
}

/** Some folders of a drive keep versions while its bucket was never told to. */
function isNamed({ versioning }: BucketRow, versionId: string): boolean {
  return versioning !== null || versionId !== NULL_VERSION;
}

/** What GetObject and HeadObject tell of a version beside its contents. */
export function addVersionHeaders(
  headers: Record<string, string>,
  { bucket, info }: { readonly bucket: BucketRow; readonly info: ObjectInfo },
): void {
  if (isNamed(bucket, info.versionId)) headers['x-amz-version-id'] = info.versionId;
  if (info.tags.length > 0) headers['x-amz-tagging-count'] = String(info.tags.length);
  if (info.storageClass !== STANDARD) headers['x-amz-storage-class'] = info.storageClass;
  if (info.retention !== undefined) {
    headers['x-amz-object-lock-mode'] = info.retention.mode;
    headers['x-amz-object-lock-retain-until-date'] = info.retention.until;
  }
  if (info.legalHold !== undefined) headers['x-amz-object-lock-legal-hold'] = info.legalHold ? 'ON' : 'OFF';
}

/** What is known of a version that something is to be read of or said of. @throws S3Error as `noSuchObject` tells */
export async function requireVersion(call: ObjectCall, versionId: string | undefined): Promise<ObjectInfo> {
  const { services, request, bucket, key } = call;
  const info = await services.objects.stat({ bucket, key, versionId });
  if (info === undefined) throw await noSuchObject(services, { bucket, key, versionId }, request.method);
  return info;
}

/**
 * Why an object was not found. "If the current version of the object is a delete marker, Amazon S3 behaves as if the
 * object was deleted and includes x-amz-delete-marker: true in the response"; of a version that is one, "405 Method Not
 * Allowed" (GetObject).
 */
export async function noSuchObject({ versions }: Services, name: ObjectName, method: string = 'GET'): Promise<S3Error> {
  const { bucket, key, versionId } = name;
  const hasVersions = versioningOf(bucket, key) !== null;
  const marker = hasVersions ? await versions.findDeleteMarker(name) : undefined;
  if (marker === undefined) {
    if (versionId === undefined) return new S3Error('NoSuchKey', { detail: { Key: key } });
    return new S3Error('NoSuchVersion', { detail: { Key: key, VersionId: versionId } });
  }
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId };
  if (versionId === undefined) return new S3Error('NoSuchKey', { detail: { Key: key }, headers });
  return new S3Error('MethodNotAllowed', {
    detail: { Method: method, ResourceType: 'DeleteMarker' },
    headers: { ...headers, allow: 'DELETE', 'last-modified': formatHttpDate(marker.lastModified) },
  });
}
