import type { MaybePromise, Tx } from '../tx.ts';

/** A file or folder whose ownership is offered, with the names of both. */
export interface TransferRow {
  readonly id: string;
  readonly bucket_id: number;
  /** A file's key, or a folder's prefix, which ends with '/'. */
  readonly path: string;
  readonly sender_id: string;
  readonly sender: string;
  readonly recipient_id: string;
  readonly recipient: string;
  readonly note: string | null;
  readonly created_at: string;
  /** ISO time. */
  readonly expires_at: string;
}

const SELECT = `SELECT t.id, t.bucket_id, t.path, t.sender_id, s.name AS sender, t.recipient_id, r.name AS recipient,
    t.note, t.created_at, t.expires_at
  FROM transfers t JOIN accounts s ON s.id = t.sender_id JOIN accounts r ON r.id = t.recipient_id
    JOIN buckets b ON b.id = t.bucket_id`;

/** Its placeholder is the time: an offer that has ended, or whose sender owns the drive no more, is none. */
const OPEN = 't.expires_at > ? AND b.account_id = t.sender_id';
/** What a disabled account has offered waits until that is enabled. */
const FROM_ACTIVE = "s.status = 'active'";

/** Whose offers, and which. */
export interface TransferPage {
  readonly accountId: string;
  readonly side: 'sent' | 'received' | 'both';
  /** ISO time. What has ended by then is not told of. */
  readonly now: string;
  /** Behind the one of this id. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** The open offers of an account, in the order in which they were made. */
export function listTransfers(tx: Tx, page: TransferPage): MaybePromise<TransferRow[]> {
  const { accountId, side, now, after = '', limit } = page;
  const terms = { sent: ['t.sender_id = ?'], received: [RECEIVED], both: ['t.sender_id = ?', RECEIVED] }[side];
  return tx.all<TransferRow>(
    `${SELECT} WHERE (${terms.join(' OR ')}) AND t.id > ? AND ${OPEN} ORDER BY t.id LIMIT ?`,
    ...terms.map(() => accountId),
    after,
    now,
    limit,
  );
}

const RECEIVED = `(t.recipient_id = ? AND ${FROM_ACTIVE})`;

/** An open offer, as its recipient may take it. */
export interface WantedTransfer {
  readonly id: string;
  /** Its sender, or its recipient where the sender is not disabled: for others there is no such offer. */
  readonly partyId: string;
  /** ISO time. */
  readonly now: string;
}

export function findTransfer(tx: Tx, { id, partyId, now }: WantedTransfer): MaybePromise<TransferRow | undefined> {
  return tx.get<TransferRow>(
    `${SELECT} WHERE t.id = ? AND ${OPEN} AND (t.sender_id = ? OR ${RECEIVED})`,
    id,
    now,
    partyId,
    partyId,
  );
}
