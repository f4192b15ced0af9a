import type { MaybePromise, Tx } from '../tx.ts';

/** A public link, without its token: of that a hash is kept, which nobody needs to see. */
export interface LinkRow {
  readonly id: string;
  readonly account_id: string;
  readonly bucket_id: number;
  readonly path: string;
  /** A name of it in the place of the token. */
  readonly alias: string | null;
  /** Of argon2id, as a PHC string; null: it needs none. Never leaves the services. */
  readonly password_hash: string | null;
  readonly note: string | null;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly max_downloads: number | null;
  readonly download_count: number;
  readonly view_count: number;
  readonly last_used_at: string | null;
}

/** Whether a link is good, or why not: what its owner has said goes before what time and use have done. */
export type LinkState = 'active' | 'revoked' | 'expired' | 'used-up';

const NAMES = [
  'id',
  'account_id',
  'bucket_id',
  'path',
  'alias',
  'password_hash',
  'note',
  'created_at',
  'expires_at',
  'revoked_at',
  'max_downloads',
  'download_count',
  'view_count',
  'last_used_at',
];
/** The columns of {@link LinkRow}. */
export const LINK_COLUMNS = NAMES.join(', ');
const COLUMNS = NAMES.map((name) => `l.${name}`).join(', ');

/** @param at ISO time */
export function linkState(link: LinkRow, at: string): LinkState {
  if (link.revoked_at !== null) return 'revoked';
  if (link.expires_at !== null && link.expires_at <= at) return 'expired';
  return link.max_downloads !== null && link.download_count >= link.max_downloads ? 'used-up' : 'active';
}

/** A link of an account; undefined for one of another's. */
export function findLink(
  tx: Tx,
  { id, accountId }: { readonly id: string; readonly accountId: string },
): MaybePromise<LinkRow | undefined> {
  return tx.get<LinkRow>(`SELECT ${LINK_COLUMNS} FROM links WHERE id = ? AND account_id = ?`, id, accountId);
}

export interface LinkPage {
  readonly accountId: string;
  /** Of what they are; undefined: of anything. */
  readonly path?: string | undefined;
  /** An id; undefined: the page is the first. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** A page of an account's links, the newest first. */
export function listLinks(tx: Tx, { accountId, path, before, limit }: LinkPage): MaybePromise<LinkRow[]> {
  return tx.all<LinkRow>(
    `SELECT ${LINK_COLUMNS} FROM links WHERE account_id = ? AND id < ? ${path === undefined ? '' : 'AND path = ?'}
     ORDER BY id DESC LIMIT ?`,
    accountId,
    before ?? '~', // behind every id
    ...(path === undefined ? [] : [path]),
    limit,
  );
}

/** The links of one file or folder, the oldest first. */
export function listLinksOfPath(
  tx: Tx,
  { bucketId, path, limit }: { readonly bucketId: number; readonly path: string; readonly limit: number },
): MaybePromise<LinkRow[]> {
  return tx.all<LinkRow>(
    `SELECT ${LINK_COLUMNS} FROM links WHERE bucket_id = ? AND path = ? ORDER BY id LIMIT ?`,
    bucketId,
    path,
    limit,
  );
}

/** How somebody who has a link calls it. */
export interface LinkName {
  /** The owner's. */
  readonly accountName: string;
  /** SHA-256, hex. */
  readonly tokenHash: string;
  readonly alias: string;
}

/** The link that somebody has, by its token or its alias: the same work for whatever it is called. */
export function findSharedLink(tx: Tx, { accountName, tokenHash, alias }: LinkName): MaybePromise<LinkRow | undefined> {
  return tx.get<LinkRow>(
    `SELECT ${COLUMNS} FROM links l JOIN accounts a ON a.id = l.account_id WHERE l.token_hash = ? AND a.name = ?
     UNION ALL
     SELECT ${COLUMNS} FROM accounts a JOIN links l ON l.account_id = a.id WHERE a.name = ? AND l.alias = ?
     LIMIT 1`,
    tokenHash,
    accountName,
    accountName,
    alias,
  );
}
