import { Failure } from '../failure.ts';
import { BUCKET_COLUMNS, type BucketRow } from '../queries/buckets.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { findFreeBucketName } from './drives.ts';
import { appendEvent } from './events.ts';

export interface EnsureDatabase {
  readonly accountId: string;
  /** What its bucket may be called: the first that no bucket is called is taken. */
  readonly names: readonly string[];
  readonly region: string;
  readonly at: string;
  readonly audit: AuditEntry;
}

/**
 * The bucket of an account's documents, made where it has none. It is the gateway that names it, so that no claim is asked.
 * Throws `NoSuchAccount`, `BucketAlreadyExists` when every name is taken.
 */
export async function ensureDatabase(tx: Tx, input: EnsureDatabase): Promise<BucketRow> {
  const existing = await tx.get<BucketRow>(
    `SELECT ${BUCKET_COLUMNS} FROM buckets WHERE id = (SELECT bucket_id FROM databases WHERE account_id = ?)`,
    input.accountId,
  );
  if (existing !== undefined) return existing;
  const account = await tx.get('SELECT id FROM accounts WHERE id = ?', input.accountId);
  if (account === undefined) throw new Failure('NoSuchAccount');
  const name = await findFreeBucketName(tx, input.names);
  const bucket = (await tx.get<BucketRow>(
    `INSERT INTO buckets (name, account_id, region, created_at, config_version, is_database)
     VALUES (?, ?, ?, ?, 0, 1) RETURNING ${BUCKET_COLUMNS}`,
    name,
    input.accountId,
    input.region,
    input.at,
  )) as BucketRow; // INSERT ... RETURNING yields its row
  await tx.run('INSERT INTO databases (account_id, bucket_id) VALUES (?, ?)', input.accountId, bucket.id);
  await appendEvent(tx, { at: input.at, type: 'bucket.created', accountId: input.accountId, bucket: name });
  await appendAudit(tx, input.audit);
  return bucket;
}
