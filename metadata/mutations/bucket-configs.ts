import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { appendEvent } from './events.ts';

/** The name of the configuration that versions stay enabled for. */
export const OBJECT_LOCK = 'objectLock';

/** Which bucket is told what, by whom, when (ISO time). */
interface BucketChange {
  readonly bucketId: number;
  readonly accountId: string;
  readonly at: string;
}

export interface PutBucketConfig extends BucketChange {
  readonly name: string;
  /** JSON; left out, what there was is forgotten. */
  readonly document?: string | undefined;
}

/**
 * Replaces or forgets one of a bucket's configurations. Throws `NoSuchBucket`; `InvalidBucketState` for object lock
 * without versions to lock.
 */
export async function putBucketConfig(tx: Tx, input: PutBucketConfig): Promise<void> {
  const bucket = await requireBucket(tx, input.bucketId);
  if (input.name === OBJECT_LOCK && bucket.versioning !== 'Enabled') {
    throw new Failure(
      'InvalidBucketState',
      "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    );
  }
  if (input.document === undefined) {
    await tx.run('DELETE FROM bucket_configs WHERE bucket_id = ? AND name = ?', input.bucketId, input.name);
  } else {
    await tx.run(
      `INSERT INTO bucket_configs (bucket_id, name, document) VALUES (?, ?, ?)
       ON CONFLICT (bucket_id, name) DO UPDATE SET document = excluded.document`,
      input.bucketId,
      input.name,
      input.document,
    );
  }
  await tx.run('UPDATE buckets SET config_version = config_version + 1 WHERE id = ?', input.bucketId);
  await logChange(tx, input, bucket);
}

export interface SetVersioning extends BucketChange {
  readonly versioning: 'Enabled' | 'Suspended';
}

/** Throws `NoSuchBucket`; `InvalidBucketState` for suspending the versions that object lock stands on. */
export async function setVersioning(tx: Tx, input: SetVersioning): Promise<void> {
  const bucket = await requireBucket(tx, input.bucketId);
  if (input.versioning === 'Suspended') await requireUnlocked(tx, input.bucketId);
  await tx.run('UPDATE buckets SET versioning = ? WHERE id = ?', input.versioning, input.bucketId);
  await logChange(tx, input, bucket);
}

async function requireUnlocked(tx: Tx, bucketId: number): Promise<void> {
  const lock = await tx.get('SELECT name FROM bucket_configs WHERE bucket_id = ? AND name = ?', bucketId, OBJECT_LOCK);
  if (lock === undefined) return;
  throw new Failure(
    'InvalidBucketState',
    'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
  );
}

interface ConfiguredBucket {
  readonly name: string;
  readonly versioning: 'Enabled' | 'Suspended' | null;
}

async function requireBucket(tx: Tx, bucketId: number): Promise<ConfiguredBucket> {
  const bucket = await tx.get<ConfiguredBucket>('SELECT name, versioning FROM buckets WHERE id = ?', bucketId);
  if (bucket === undefined) throw new Failure('NoSuchBucket');
  return bucket;
}

async function logChange(tx: Tx, { at, accountId }: BucketChange, bucket: { readonly name: string }): Promise<void> {
  await appendEvent(tx, { at, type: 'bucket.configured', accountId, bucket: bucket.name });
}
