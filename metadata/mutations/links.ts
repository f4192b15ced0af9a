import { Failure } from '../failure.ts';
import { findLink, LINK_COLUMNS, type LinkRow, linkState } from '../queries/links.ts';
import type { Tx, Value } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { isThere } from './drive-paths.ts';

/** What the owner of a link may say of it; null: nothing, or none. */
export interface LinkFacts {
  readonly alias: string | null;
  /** Of argon2id, as a PHC string. */
  readonly passwordHash: string | null;
  readonly note: string | null;
  /** ISO time. */
  readonly expiresAt: string | null;
  readonly maxDownloads: number | null;
}

export interface CreateLink extends LinkFacts {
  readonly id: string;
  readonly accountId: string;
  /** The drive of that account. */
  readonly bucketId: number;
  readonly path: string;
  /** SHA-256, hex. */
  readonly tokenHash: string;
  readonly at: string;
  readonly audit: AuditEntry;
}

/** Throws `NoSuchKey` where nothing is, or the drive is another's; `AliasTaken`. */
export async function createLink(tx: Tx, input: CreateLink): Promise<LinkRow> {
  const { accountId, bucketId, path, alias } = input;
  const drive = await tx.get('SELECT 1 FROM drives WHERE account_id = ? AND bucket_id = ?', accountId, bucketId);
  if (drive === undefined || !(await isThere(tx, { bucketId, path }))) {
    throw new Failure('NoSuchKey', 'There is no such file or folder.', { Field: '/path' });
  }
  await requireFreeAlias(tx, { id: input.id, accountId, alias });
  const row = await tx.get<LinkRow>(
    `INSERT INTO links (id, account_id, bucket_id, path, token_hash, alias, password_hash, note, created_at, expires_at,
       max_downloads)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${LINK_COLUMNS}`,
    input.id,
    accountId,
    bucketId,
    path,
    input.tokenHash,
    alias,
    input.passwordHash,
    input.note,
    input.at,
    input.expiresAt,
    input.maxDownloads,
  );
  await appendAudit(tx, input.audit);
  return row as LinkRow; // INSERT ... RETURNING yields its row
}

async function requireFreeAlias(
  tx: Tx,
  { id, accountId, alias }: { readonly id: string; readonly accountId: string; readonly alias: string | null },
): Promise<void> {
  if (alias === null) return;
  const holder = await tx.get<{ id: string }>(
    'SELECT id FROM links WHERE account_id = ? AND alias = ?',
    accountId,
    alias,
  );
  if (holder === undefined || holder.id === id) return;
  throw new Failure('AliasTaken', 'Another of your links has that alias.', { Field: '/alias' });
}

export interface ChangeLink {
  readonly id: string;
  readonly accountId: string;
  /** What is left out stays. */
  readonly facts: Partial<LinkFacts>;
  /** Of a new token: the one before is good for nothing any more. */
  readonly tokenHash?: string | undefined;
  /** False revokes it, true makes it good again. */
  readonly isActive?: boolean | undefined;
  readonly resetsCounts?: boolean | undefined;
  readonly at: string;
  readonly audit: AuditEntry;
}

/**
 * Throws `NoSuchLink`, `AliasTaken`; `InvalidRequest` where it is to be good again, and would be expired or used up all
 * the same.
 */
export async function changeLink(tx: Tx, input: ChangeLink): Promise<LinkRow> {
  const { id, accountId, facts, at } = input;
  const before = await findLink(tx, { id, accountId });
  if (before === undefined) throw new Failure('NoSuchLink');
  await requireFreeAlias(tx, { id, accountId, alias: facts.alias ?? null });
  const changes = changesOf(input, before);
  if (changes.length > 0) {
    await tx.run(
      `UPDATE links SET ${changes.map(([column]) => `${column} = ?`).join(', ')} WHERE id = ?`,
      ...changes.map(([, value]) => value),
      id,
    );
  }
  const after = (await findLink(tx, { id, accountId })) as LinkRow; // it is there, in this transaction
  if (input.isActive === true) requireActive(after, at);
  await appendAudit(tx, input.audit);
  return after;
}

function changesOf(
  { facts, tokenHash, isActive, resetsCounts, at }: ChangeLink,
  { revoked_at: revokedAt }: LinkRow,
): (readonly [column: string, value: Value])[] {
  const columns: (readonly [column: string, value: Value | undefined])[] = [
    ['alias', facts.alias],
    ['password_hash', facts.passwordHash],
    ['note', facts.note],
    ['expires_at', facts.expiresAt],
    ['max_downloads', facts.maxDownloads],
    ['token_hash', tokenHash],
    ['revoked_at', isActive === undefined ? undefined : isActive ? null : (revokedAt ?? at)],
    ['download_count', resetsCounts === true ? 0 : undefined],
    ['view_count', resetsCounts === true ? 0 : undefined],
  ];
  return columns.flatMap(([column, value]) => (value === undefined ? [] : [[column, value] as const]));
}

function requireActive(link: LinkRow, at: string): void {
  const state = linkState(link, at);
  if (state === 'expired') {
    throw new Failure('InvalidRequest', 'The link has expired: give it another expires_at.', { Field: '/expires_at' });
  }
  if (state === 'used-up') {
    const message = 'The downloads of the link are used up: allow more, or reset its counts.';
    throw new Failure('InvalidRequest', message, { Field: '/max_downloads' });
  }
}

/** Throws `NoSuchLink`. */
export async function deleteLink(
  tx: Tx,
  { id, accountId, audit }: { readonly id: string; readonly accountId: string; readonly audit: AuditEntry },
): Promise<void> {
  const removed = await tx.run('DELETE FROM links WHERE id = ? AND account_id = ?', id, accountId);
  if (removed === 0) throw new Failure('NoSuchLink');
  await appendAudit(tx, audit);
}

/** Somebody has looked at what a link leads to. A link that is gone meanwhile is nobody's error. */
export async function countLinkView(tx: Tx, { id, at }: { readonly id: string; readonly at: string }): Promise<void> {
  await tx.run('UPDATE links SET view_count = view_count + 1, last_used_at = ? WHERE id = ?', at, id);
}

/**
 * Takes one of a link's downloads, before the first byte: of those that race for the last one exactly one gets it. Throws
 * `LinkGone` where there is none, or the link is not good any more.
 */
export async function takeLinkDownload(
  tx: Tx,
  { id, at }: { readonly id: string; readonly at: string },
): Promise<void> {
  const taken = await tx.run(
    `UPDATE links SET download_count = download_count + 1, last_used_at = ?
     WHERE id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
       AND (max_downloads IS NULL OR download_count < max_downloads)`,
    at,
    id,
    at,
  );
  if (taken === 0) throw new Failure('LinkGone');
}
