import type { BucketRow } from '../../../metadata/index.ts';
import type { ObjectInfo } from '../../services/object-info.ts';
import type { Tags } from '../../services/tags.ts';
import type { ObjectCall } from '../operation.ts';
import { renderAbortion, renderExpiration } from './headers.ts';

/** The call's key in the call's bucket. */
type Place = Pick<ObjectCall, 'services' | 'bucket' | 'key'>;

/** What the expiration of an object depends on, beside its key. */
interface AgeingObject {
  readonly sizeBytes: number;
  readonly tags: Tags;
  /** ISO time. */
  readonly lastModified: string;
}

/** Whether to ask at all: a bucket that was never configured has no rules, and costs nothing. */
export function mayHaveRules(bucket: BucketRow): boolean {
  return bucket.config_version > 0;
}

/** "If the object expiration is configured [...], the response includes this header": `x-amz-expiration` of what is current. */
export async function expirationHeaders(place: Place, object: AgeingObject): Promise<Record<string, string>> {
  const { services, bucket, key } = place;
  return renderExpiration(await services.lifecycle.expirationOf(bucket, { ...object, key }));
}

/** Of an object that was read, under whatever name; none of a version that is not the current one. */
export function readExpirationHeaders(
  place: Place,
  info: ObjectInfo,
  { versionId }: { readonly versionId: string | undefined },
): Promise<Record<string, string>> {
  return versionId === undefined ? expirationHeaders(place, info) : versionExpirationHeaders(place, info);
}

/** Of a version by its id; none where it is not the current one, or no more. */
export async function versionExpirationHeaders(
  place: Place,
  { versionId }: { readonly versionId: string },
): Promise<Record<string, string>> {
  const current = await place.services.objects.stat({ bucket: place.bucket, key: place.key });
  return current?.versionId === versionId ? expirationHeaders(place, current) : {};
}

/** `x-amz-abort-date` and `x-amz-abort-rule-id` of an upload in parts. */
export async function abortionHeaders(
  { services, bucket, key }: Place,
  initiatedAt: string,
): Promise<Record<string, string>> {
  return renderAbortion(await services.lifecycle.abortionOf(bucket, { key, initiatedAt }));
}
