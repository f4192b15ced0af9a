import { Failure } from '../failure.ts';
import { findTransfer } from '../queries/transfers.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { isThere, type PathInDrive } from './drive-paths.ts';

/** Who gives away what is theirs, and to whom. */
export interface Giving extends PathInDrive {
  readonly senderId: string;
  readonly recipientId: string;
}

export interface OfferTransfer extends Giving {
  readonly id: string;
  readonly note: string | null;
  /** ISO times. */
  readonly at: string;
  readonly expiresAt: string;
  readonly audit: AuditEntry;
}

/**
 * Offers a file or folder to another account. Throws `NoSuchKey` where nothing is that the sender owns, `NoSuchAccount`,
 * `InvalidRequest` for who cannot own it, `TransferExists` while the same path is offered to anybody.
 */
export async function offerTransfer(tx: Tx, input: OfferTransfer): Promise<void> {
  const { bucketId, path, senderId, recipientId } = input;
  await requireGiving(tx, input);
  await tx.run('DELETE FROM transfers WHERE bucket_id = ? AND path = ? AND expires_at <= ?', bucketId, path, input.at);
  const open = await tx.get('SELECT id FROM transfers WHERE bucket_id = ? AND path = ?', bucketId, path);
  if (open !== undefined) throw new Failure('TransferExists', 'It is offered already: withdraw that offer first.');
  await tx.run(
    `INSERT INTO transfers (id, bucket_id, path, sender_id, recipient_id, note, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    input.id,
    bucketId,
    path,
    senderId,
    recipientId,
    input.note,
    input.at,
    input.expiresAt,
  );
  await appendAudit(tx, input.audit);
}

/** Throws `NoSuchKey`, `NoSuchAccount`, `InvalidRequest` as `offerTransfer` does. */
export async function requireGiving(tx: Tx, { bucketId, path, senderId, recipientId }: Giving): Promise<void> {
  const drive = await tx.get(
    `SELECT b.id FROM buckets b JOIN accounts a ON a.id = b.account_id
     WHERE b.id = ? AND b.is_drive = 1 AND a.id = ? AND a.status = 'active'`,
    bucketId,
    senderId,
  );
  if (drive === undefined || !(await isThere(tx, { bucketId, path }))) {
    throw new Failure('NoSuchKey', 'There is no such file or folder.');
  }
  const recipient = await tx.get<{ role: string }>(
    "SELECT role FROM accounts WHERE id = ? AND status = 'active'",
    recipientId,
  );
  if (recipient === undefined) throw new Failure('NoSuchAccount');
  if (recipientId === senderId) throw invalid('It is yours: nobody hands over to oneself.');
  if (recipient.role === 'auditor') throw invalid('Auditors own no files.');
}

function invalid(message: string): Failure {
  return new Failure('InvalidRequest', message, { Field: '/to' });
}

export interface WithdrawTransfer {
  readonly id: string;
  /** Its sender, who withdraws it, or its recipient, who declines. */
  readonly byId: string;
  /** ISO time. */
  readonly at: string;
  readonly audit: AuditEntry;
}

/** Ends an offer. Throws `NoSuchTransfer`, also to who has no part in it. */
export async function withdrawTransfer(tx: Tx, { id, byId, at, audit }: WithdrawTransfer): Promise<void> {
  const offer = await findTransfer(tx, { id, partyId: byId, now: at });
  if (offer === undefined) throw new Failure('NoSuchTransfer');
  await tx.run('DELETE FROM transfers WHERE id = ?', id);
  const accountId = offer.sender_id === byId ? offer.recipient_id : offer.sender_id;
  await appendAudit(tx, { ...audit, accountId, detail: { path: offer.path } });
}
