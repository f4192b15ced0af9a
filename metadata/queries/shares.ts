import { foldersOf } from '../folders.ts';
import type { MaybePromise, Tx, Value } from '../tx.ts';

/** A file or folder that is shared with an account, with the names of all whom it is about. */
export interface ShareRow {
  readonly id: string;
  readonly bucket_id: number;
  /** A file's key, or a folder's prefix, which ends with '/'. */
  readonly path: string;
  readonly grantee_id: string;
  readonly grantee: string;
  readonly grantor_id: string;
  readonly grantor: string;
  /** Whose drive it is in. */
  readonly owner_id: string;
  readonly owner: string;
  /** The share that its grantor passes on; null: it is the owner's. */
  readonly parent_id: string | null;
  readonly may_write: 0 | 1;
  readonly may_share: 0 | 1;
  readonly note: string | null;
  readonly created_at: string;
  /** ISO time. */
  readonly expires_at: string | null;
}

const SELECT = `SELECT s.id, s.bucket_id, s.path, s.grantee_id, ge.name AS grantee, s.grantor_id, gr.name AS grantor,
    b.account_id AS owner_id, o.name AS owner, s.parent_id, s.may_write, s.may_share, s.note, s.created_at, s.expires_at
  FROM shares s JOIN buckets b ON b.id = s.bucket_id JOIN accounts o ON o.id = b.account_id
    JOIN accounts ge ON ge.id = s.grantee_id JOIN accounts gr ON gr.id = s.grantor_id`;

/** Its placeholder is the time. */
const UNEXPIRED = '(s.expires_at IS NULL OR s.expires_at > ?)';

/** Nobody who is disabled has passed it on, from its owner down to its grantor. */
const UPHELD = `o.status = 'active' AND NOT EXISTS (
    WITH RECURSIVE chain (grantor_id, parent_id) AS (
      SELECT s.grantor_id, s.parent_id
      UNION ALL SELECT p.grantor_id, p.parent_id FROM shares p JOIN chain c ON p.id = c.parent_id)
    SELECT 1 FROM chain c JOIN accounts a ON a.id = c.grantor_id WHERE a.status <> 'active')`;

/** What somebody was given of a place, and when. */
export interface HeldShares {
  readonly bucketId: number;
  /** A file's key or a folder's prefix. */
  readonly path: string;
  readonly granteeId: string;
  /** ISO time. */
  readonly now: string;
}

/** The shares by which an account reaches a path: of that itself, and of the folders that it is in. The oldest first. */
export async function listSharesHeld(tx: Tx, held: HeldShares): Promise<ShareRow[]> {
  const paths = padded([held.path, ...foldersOf(held.path)]);
  const rows = await tx.all<ShareRow>(
    `${SELECT} WHERE s.bucket_id = ? AND s.path IN (${marks(paths)}) AND s.grantee_id = ? AND ${UNEXPIRED} AND ${UPHELD}`,
    held.bucketId,
    ...paths,
    held.granteeId,
    held.now,
  );
  // Ordered there, SQLite would rather look at all that the account has than at the few paths.
  return rows.sort((left, right) => (left.id < right.id ? -1 : 1));
}

/** Undefined: there is nothing in that bucket that the account was given. */
export function findShareIn(tx: Tx, held: Omit<HeldShares, 'path'>): MaybePromise<ShareRow | undefined> {
  const { bucketId, granteeId, now } = held;
  return tx.get<ShareRow>(
    `${SELECT} WHERE s.grantee_id = ? AND s.bucket_id = ? AND ${UNEXPIRED} AND ${UPHELD} ORDER BY s.id LIMIT 1`,
    granteeId,
    bucketId,
    now,
  );
}

/** Also one that has expired. */
export function findShare(tx: Tx, id: string): MaybePromise<ShareRow | undefined> {
  return tx.get<ShareRow>(`${SELECT} WHERE s.id = ?`, id);
}

/** Which shares, in the order in which they were made. */
export interface SharePage {
  /** ISO time. What has expired by then is not told of. */
  readonly now: string;
  /** Behind the one of this id. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** What an account was given, and may use. */
export function listSharesTo(tx: Tx, { granteeId, ...page }: SharePage & { granteeId: string }) {
  return list(tx, page, [`s.grantee_id = ? AND ${UPHELD}`, [granteeId]]);
}

/** What an account gave. */
export function listSharesBy(tx: Tx, { grantorId, ...page }: SharePage & { grantorId: string }) {
  return list(tx, page, ['s.grantor_id = ?', [grantorId]]);
}

export interface SharesAt extends SharePage {
  readonly bucketId: number;
  /** A file's key or a folder's prefix. */
  readonly path: string;
  /** Those that this account gave or was given; undefined: all. */
  readonly seenBy?: string | undefined;
}

/** Who was given a path, or a folder that it is in. */
export function listSharesAt(tx: Tx, { bucketId, path, seenBy, ...page }: SharesAt) {
  const paths = padded([path, ...foldersOf(path)]);
  const seen = seenBy === undefined ? '' : 'AND (s.grantee_id = ? OR s.grantor_id = ?)';
  const values = seenBy === undefined ? [] : [seenBy, seenBy];
  const where = `s.bucket_id = ? AND s.path IN (${marks(paths)}) ${seen}`;
  return list(tx, page, [where, [bucketId, ...paths, ...values]]);
}

type Condition = readonly [sql: string, values: readonly Value[]];

function list(tx: Tx, { now, after = '', limit }: SharePage, [sql, values]: Condition): MaybePromise<ShareRow[]> {
  return tx.all<ShareRow>(
    `${SELECT} WHERE ${sql} AND s.id > ? AND ${UNEXPIRED} ORDER BY s.id LIMIT ?`,
    ...values,
    after,
    now,
    limit,
  );
}

/** As many as a power of two, so that there are few statements to be prepared. */
function padded(paths: readonly string[]): string[] {
  const length = 2 ** Math.ceil(Math.log2(paths.length));
  return Array.from({ length }, (_, index) => paths[Math.min(index, paths.length - 1)] as string); // never empty
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
