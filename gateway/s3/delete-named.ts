import { versioningOf, type WriteCondition } from '../../metadata/index.ts';
import { mayBypassGovernance } from './authorize.ts';
import { S3Error } from './errors.ts';
import type { ObjectKey } from './names.ts';
import type { BucketCall } from './operation.ts';

/** What DeleteObject, or an entry of DeleteObjects, names. */
export interface Deletion {
  readonly key: ObjectKey;
  readonly versionId: string | undefined;
  readonly condition: WriteCondition | undefined;
}

/** What came of it. */
export interface Deleted {
  /** The version that is gone, or the delete marker that was made; none in a bucket without versions. */
  readonly versionId?: string | undefined;
  /** Whether that version is, or was, a delete marker. */
  readonly isDeleteMarker: boolean;
}

/**
 * Deletes a version for good; without a version id what is current, which versions may outlive.
 * @throws S3Error `NotImplemented` for a condition on a version
 */
export async function deleteNamed({ key, versionId, condition }: Deletion, call: BucketCall): Promise<Deleted> {
  const { services, bucket, accountId } = call;
  if (versionId === undefined) {
    const { deleteMarkerId } = await services.objects.delete({ bucket, key, accountId, condition });
    return { versionId: deleteMarkerId, isDeleteMarker: deleteMarkerId !== undefined };
  }
  // "Conditional delete evaluations only apply to the current version of the object": S3 answers as follows.
  if (condition !== undefined) throw new S3Error('NotImplemented', { detail: { Header: 'If-Match' } });
  const bypassGovernance = await mayBypassGovernance(call, { key, versionId });
  const target = { bucket, key, versionId, accountId, bypassGovernance };
  const { isDeleteMarker } = await services.versions.delete(target);
  return { versionId: versioningOf(bucket, key) === null ? undefined : versionId, isDeleteMarker };
}

/** "Indicates whether the specified object version that was permanently deleted was (true) or was not [...]". */
export function deletionHeaders({ versionId, isDeleteMarker }: Deleted): Record<string, string> {
  const headers: Record<string, string> = {};
  if (isDeleteMarker) headers['x-amz-delete-marker'] = 'true';
  if (versionId !== undefined) headers['x-amz-version-id'] = versionId;
  return headers;
}
