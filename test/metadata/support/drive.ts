import type { Metadata } from '../../../metadata/index.ts';
import type { BucketRow } from '../../../metadata/queries/buckets.ts';
import { AUDIT, NOON } from './fixture.ts';

/** The drive of an account, without any rules. */
export function addDrive(metadata: Metadata, accountId: string): Promise<BucketRow> {
  return metadata.mutations.ensureDrive({
    accountId,
    names: [`drive-${accountId}`],
    region: 'us-east-1',
    lifecycle: '{"rules":[],"minimumTransitionSize":"all_storage_classes_128K"}',
    trashDays: 30,
    at: NOON,
    audit: AUDIT,
  });
}

/** Puts an empty file into a drive, as its owner. */
export async function putFile(metadata: Metadata, { id, account_id }: BucketRow, key: string): Promise<void> {
  await metadata.mutations.commitObject({
    bucketId: id,
    key,
    accountId: account_id,
    at: NOON,
    payload: { kind: 'empty' },
    sizeBytes: 0,
    etag: 'etag',
    attributes: '{}',
  });
}
