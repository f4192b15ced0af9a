import { Failure } from '../failure.ts';
import type { Tx } from '../tx.ts';
import { releasePartSet } from './blobs.ts';
import { OBJECT_LOCK } from './bucket-configs.ts';
import { forgetDrive } from './drive-paths.ts';
import { appendEvent } from './events.ts';
import { forgetDatabase } from './forget-database.ts';
import { forgetBucketGrants } from './roles.ts';
import { addUsage } from './usage.ts';

export interface CreateBucket {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly at: string;
  /** Root is above claims. */
  readonly ignoreClaims: boolean;
  /** Versions of its objects can be locked: then it keeps versions from the beginning. */
  readonly objectLock?: boolean | undefined;
  /** JSON: the configuration of that name. */
  readonly tags?: string | undefined;
  readonly ownershipControls?: string | undefined;
  readonly acl?: string | undefined;
}

/**
 * Creates a bucket. Throws `BucketAlreadyOwnedByYou`, `BucketAlreadyExists`, and `PrefixClaimed` (detail `Prefix`) when
 * the name begins with a claimed prefix on which the account has no claim.
 */
export async function createBucket(tx: Tx, input: CreateBucket): Promise<void> {
  const existing = await tx.get<{ account_id: string }>('SELECT account_id FROM buckets WHERE name = ?', input.name);
  if (existing !== undefined) {
    const code = existing.account_id === input.accountId ? 'BucketAlreadyOwnedByYou' : 'BucketAlreadyExists';
    throw new Failure(code, undefined, { BucketName: input.name });
  }
  if (!input.ignoreClaims) await checkClaims(tx, input);
  const configs = initialConfigs(input);
  const { id } = (await tx.get<{ id: number }>(
    `INSERT INTO buckets (name, account_id, region, created_at, versioning, config_version)
     VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
    input.name,
    input.accountId,
    input.region,
    input.at,
    input.objectLock ? 'Enabled' : null,
    configs.length,
  )) as { id: number }; // INSERT ... RETURNING yields its row
  for (const [name, document] of configs) {
    await tx.run('INSERT INTO bucket_configs (bucket_id, name, document) VALUES (?, ?, ?)', id, name, document);
  }
  await appendEvent(tx, { at: input.at, type: 'bucket.created', accountId: input.accountId, bucket: input.name });
}

function initialConfigs({
  objectLock,
  tags,
  ownershipControls,
  acl,
}: CreateBucket): [name: string, document: string][] {
  const configs = { [OBJECT_LOCK]: objectLock ? '{}' : undefined, tags, ownershipControls, acl };
  return Object.entries(configs).filter((config): config is [string, string] => config[1] !== undefined);
}

/** A name needs a claim on every claimed prefix that it begins with; a name that no claim covers is free to all. */
async function checkClaims(tx: Tx, { name, accountId }: CreateBucket): Promise<void> {
  const prefixes = Array.from(name, (_, index) => name.slice(0, index + 1));
  const marks = prefixes.map(() => '?').join(', ');
  const foreign = await tx.get<{ prefix: string }>(
    `SELECT prefix FROM claims WHERE prefix IN (${marks})
     GROUP BY prefix HAVING MAX(CASE account_id WHEN ? THEN 1 ELSE 0 END) = 0 ORDER BY prefix LIMIT 1`,
    ...prefixes,
    accountId,
  );
  if (foreign === undefined) return;
  throw new Failure(
    'PrefixClaimed',
    `Bucket names beginning with '${foreign.prefix}' are claimed by another account.`,
    {
      Prefix: foreign.prefix,
    },
  );
}

export interface DeleteBucket {
  readonly bucketId: number;
  readonly accountId: string;
  readonly at: string;
}

/**
 * Deletes an empty bucket, the uploads begun in it and what it was configured to do. Throws `NoSuchBucket`;
 * `BucketNotEmpty`, also for delete markers alone.
 */
export async function deleteBucket(tx: Tx, input: DeleteBucket): Promise<void> {
  const bucket = await tx.get<DeletableBucket>(
    'SELECT id, name, account_id, versioning, is_drive, is_database FROM buckets WHERE id = ?',
    input.bucketId,
  );
  if (bucket === undefined) throw new Failure('NoSuchBucket');
  await requireEmpty(tx, bucket);
  const uploads = await tx.all<{ upload_id: string }>(
    'SELECT upload_id FROM uploads WHERE bucket_id = ?',
    input.bucketId,
  );
  let partBytes = 0;
  for (const { upload_id } of uploads) partBytes += await releasePartSet(tx, upload_id, Date.parse(input.at));
  await addUsage(tx, { accountId: bucket.account_id, objectCount: 0, logicalBytes: -partBytes });
  await tx.run('DELETE FROM uploads WHERE bucket_id = ?', input.bucketId);
  await tx.run('DELETE FROM bucket_configs WHERE bucket_id = ?', input.bucketId);
  await forgetBucketGrants(tx, input.bucketId);
  if (bucket.is_drive === 1) await forgetDrive(tx, input.bucketId);
  if (bucket.is_database === 1) await forgetDatabase(tx, input.bucketId);
  await tx.run('DELETE FROM buckets WHERE id = ?', input.bucketId);
  await appendEvent(tx, { at: input.at, type: 'bucket.deleted', accountId: input.accountId, bucket: bucket.name });
}

interface DeletableBucket {
  readonly id: number;
  readonly name: string;
  readonly account_id: string;
  readonly versioning: 'Enabled' | 'Suspended' | null;
  readonly is_drive: number;
  readonly is_database: number;
}

async function requireEmpty(tx: Tx, { id, name, versioning, is_drive }: DeletableBucket): Promise<void> {
  const kept =
    (await tx.get('SELECT key FROM objects WHERE bucket_id = ? LIMIT 1', id)) ??
    (await tx.get('SELECT key FROM versions WHERE bucket_id = ? LIMIT 1', id));
  if (kept === undefined) return;
  const message = versioning === null && is_drive === 0 ? undefined : VERSIONS_LEFT;
  throw new Failure('BucketNotEmpty', message, { BucketName: name });
}

const VERSIONS_LEFT = 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.';
