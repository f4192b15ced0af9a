import { Failure } from '../failure.ts';
import { BUCKET_COLUMNS, type BucketRow } from '../queries/buckets.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { appendEvent } from './events.ts';

export interface EnsureDrive {
  readonly accountId: string;
  /** What its bucket may be called: the first that no bucket is called is taken. */
  readonly names: readonly string[];
  readonly region: string;
  /** JSON: the lifecycle rules that it begins with. */
  readonly lifecycle: string;
  readonly trashDays: number;
  readonly at: string;
  readonly audit: AuditEntry;
}

/**
 * The drive of an account, made where it has none. It is the gateway that names it, so that no claim is asked. Throws
 * `NoSuchAccount`, `BucketAlreadyExists` when every name is taken.
 */
export async function ensureDrive(tx: Tx, input: EnsureDrive): Promise<BucketRow> {
  const existing = await findDriveBucket(tx, input.accountId);
  if (existing !== undefined) return existing;
  const account = await tx.get('SELECT id FROM accounts WHERE id = ?', input.accountId);
  if (account === undefined) throw new Failure('NoSuchAccount');
  const name = await findFreeBucketName(tx, input.names);
  const bucket = (await tx.get<BucketRow>(
    `INSERT INTO buckets (name, account_id, region, created_at, config_version, is_drive)
     VALUES (?, ?, ?, ?, 1, 1) RETURNING ${BUCKET_COLUMNS}`,
    name,
    input.accountId,
    input.region,
    input.at,
  )) as BucketRow; // INSERT ... RETURNING yields its row
  await tx.run(
    "INSERT INTO bucket_configs (bucket_id, name, document) VALUES (?, 'lifecycle', ?)",
    bucket.id,
    input.lifecycle,
  );
  await tx.run(
    'INSERT INTO drives (account_id, bucket_id, trash_days) VALUES (?, ?, ?)',
    input.accountId,
    bucket.id,
    input.trashDays,
  );
  await appendEvent(tx, { at: input.at, type: 'bucket.created', accountId: input.accountId, bucket: name });
  await appendAudit(tx, input.audit);
  return bucket;
}

function findDriveBucket(tx: Tx, accountId: string) {
  return tx.get<BucketRow>(
    `SELECT ${BUCKET_COLUMNS} FROM buckets WHERE id = (SELECT bucket_id FROM drives WHERE account_id = ?)`,
    accountId,
  );
}

/** Throws `BucketAlreadyExists` when every name is taken. */
export async function findFreeBucketName(tx: Tx, names: readonly string[]): Promise<string> {
  for (const name of names) {
    if ((await tx.get('SELECT id FROM buckets WHERE name = ?', name)) === undefined) return name;
  }
  throw new Failure('BucketAlreadyExists', undefined, { BucketName: names[0] ?? '' });
}

export interface SetTrashDays {
  readonly accountId: string;
  /** Null: what is in the trash stays until somebody empties it. */
  readonly trashDays: number | null;
  readonly audit: AuditEntry;
}

/** Throws `NoSuchBucket` for an account that has no drive yet. */
export async function setTrashDays(tx: Tx, input: SetTrashDays): Promise<void> {
  const changed = await tx.run(
    'UPDATE drives SET trash_days = ? WHERE account_id = ?',
    input.trashDays,
    input.accountId,
  );
  if (changed === 0) throw new Failure('NoSuchBucket', 'The account has no drive.');
  await appendAudit(tx, input.audit);
}
