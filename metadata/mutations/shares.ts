import { Failure } from '../failure.ts';
import { findShare, type ShareRow } from '../queries/shares.ts';
import type { Tx } from '../tx.ts';
import { type AuditEntry, appendAudit } from './audit.ts';
import { isThere } from './drive-paths.ts';
import { findParent, type ShareTerms } from './share-parents.ts';
import { forgetBelow, narrowBelow } from './share-upkeep.ts';

/** A file or folder of many is better shared by the folder that it is in. */
const MAX_SHARES = 1000;

export interface CreateShare extends ShareTerms {
  readonly id: string;
  readonly bucketId: number;
  /** A file's key or a folder's prefix. */
  readonly path: string;
  readonly granteeId: string;
  readonly grantorId: string;
  readonly note: string | null;
  /** ISO time. */
  readonly at: string;
  readonly audit: AuditEntry;
}

/** Which share there is now. */
export interface SharedPath {
  readonly id: string;
  /** Else it was there, and has been changed. */
  readonly isNew: boolean;
}

/**
 * Shares a path, or replaces what the same account gave of it to the same one. What is passed on ends with what it is
 * passed on from, if it is to end later. Throws `NoSuchKey` for a path where nothing is and to who has no part in it,
 * `NoSuchAccount`, `AccessDenied` for more than the grantor may give, `CircularGrant`, `InvalidRequest`.
 */
export async function createShare(tx: Tx, input: CreateShare): Promise<SharedPath> {
  const ownerId = await requirePlace(tx, input);
  await requireGrantee(tx, input, ownerId);
  const parent = input.grantorId === ownerId ? undefined : await findParent(tx, input);
  const existing = await findSame(tx, input);
  if (existing === undefined) await requireRoom(tx, input);
  const { mayWrite, mayShare, note } = input;
  const terms: WrittenTerms = {
    id: existing?.id ?? input.id,
    parentId: parent?.id ?? null,
    mayWrite,
    mayShare,
    note,
    expiresAt: input.expiresAt ?? parent?.expires_at ?? null,
  };
  await (existing === undefined ? insertShare(tx, input, terms) : writeTerms(tx, terms));
  await appendAudit(tx, existing === undefined ? input.audit : { ...input.audit, type: 'share.changed' });
  return { id: terms.id, isNew: existing === undefined };
}

function findSame(tx: Tx, { bucketId, path, granteeId, grantorId }: CreateShare) {
  return tx.get<{ id: string }>(
    'SELECT id FROM shares WHERE bucket_id = ? AND path = ? AND grantee_id = ? AND grantor_id = ?',
    bucketId,
    path,
    granteeId,
    grantorId,
  );
}

async function insertShare(tx: Tx, { bucketId, path, granteeId, grantorId, at }: CreateShare, terms: WrittenTerms) {
  await tx.run(
    `INSERT INTO shares (id, bucket_id, path, grantee_id, grantor_id, parent_id, may_write, may_share, note, created_at,
       expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    terms.id,
    bucketId,
    path,
    granteeId,
    grantorId,
    terms.parentId,
    flag(terms.mayWrite),
    flag(terms.mayShare),
    terms.note,
    at,
    terms.expiresAt,
  );
}

/** Resolves to whose drive it is. Throws `NoSuchKey`. */
async function requirePlace(tx: Tx, { bucketId, path }: CreateShare): Promise<string> {
  const drive = await tx.get<{ account_id: string }>(
    'SELECT account_id FROM buckets WHERE id = ? AND is_drive = 1',
    bucketId,
  );
  if (drive === undefined || !(await isThere(tx, { bucketId, path }))) throw nothingThere();
  return drive.account_id;
}

function nothingThere(): Failure {
  return new Failure('NoSuchKey', 'There is no such file or folder.');
}

/** Throws `NoSuchAccount`, also for one that is disabled; `InvalidRequest` for one that needs no share. */
async function requireGrantee(tx: Tx, { granteeId, grantorId }: CreateShare, ownerId: string): Promise<void> {
  const grantee = await tx.get("SELECT id FROM accounts WHERE id = ? AND status = 'active'", granteeId);
  if (grantee === undefined) throw new Failure('NoSuchAccount');
  if (granteeId === grantorId) throw invalid('Nobody shares with oneself.');
  if (granteeId === ownerId) throw invalid('It is theirs: nobody shares with the owner.');
}

function invalid(message: string): Failure {
  return new Failure('InvalidRequest', message, { Field: '/with' });
}

async function requireRoom(tx: Tx, { bucketId, path }: CreateShare): Promise<void> {
  const there = await tx.rows(
    'SELECT id FROM shares WHERE bucket_id = ? AND path = ? LIMIT ?',
    bucketId,
    path,
    MAX_SHARES,
  );
  if (there.length < MAX_SHARES) return;
  throw new Failure('InvalidRequest', `A file or folder is shared at most ${MAX_SHARES} times.`, { Field: '/path' });
}

function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

interface WrittenTerms extends ShareTerms {
  readonly id: string;
  readonly parentId: string | null;
  readonly note: string | null;
}

/** What was passed on is narrowed with it. */
async function writeTerms(tx: Tx, terms: WrittenTerms): Promise<void> {
  const { id, parentId, note, mayWrite, mayShare, expiresAt } = terms;
  await tx.run(
    'UPDATE shares SET parent_id = ?, may_write = ?, may_share = ?, note = ?, expires_at = ? WHERE id = ?',
    parentId,
    flag(mayWrite),
    flag(mayShare),
    note,
    expiresAt,
    id,
  );
  if (mayShare) await narrowBelow(tx, { id, mayWrite, expiresAt });
  else await forgetBelow(tx, id);
}

export interface ChangeShare {
  readonly id: string;
  /** Who changes it: its grantor, or the owner of the drive. */
  readonly byId: string;
  /** What is left out stays. */
  readonly mayWrite?: boolean | undefined;
  readonly mayShare?: boolean | undefined;
  readonly note?: string | null | undefined;
  /** ISO time; null: as late as may be. */
  readonly expiresAt?: string | null | undefined;
  readonly at: string;
  readonly audit: AuditEntry;
}

/**
 * Changes a share, within what its grantor may give. What was passed on is narrowed with it, and goes where it may not be
 * passed on any more. Throws `NoSuchShare`, `AccessDenied`.
 */
export async function changeShare(tx: Tx, input: ChangeShare): Promise<void> {
  const share = await findShare(tx, input.id);
  if (share === undefined || !isParty(share, input.byId)) throw new Failure('NoSuchShare');
  if (input.byId === share.grantee_id) throw new Failure('AccessDenied', 'Who was given it does not change it.');
  const terms = {
    mayWrite: input.mayWrite ?? share.may_write === 1,
    mayShare: input.mayShare ?? share.may_share === 1,
    expiresAt: input.expiresAt === undefined ? share.expires_at : input.expiresAt,
  };
  const parent = await findParentOf(tx, share, { terms, at: input.at });
  await writeTerms(tx, {
    id: share.id,
    parentId: parent?.id ?? null,
    note: input.note === undefined ? share.note : input.note,
    ...terms,
    expiresAt: terms.expiresAt ?? parent?.expires_at ?? null,
  });
  await appendAudit(tx, input.audit);
}

function isParty({ grantee_id, grantor_id, owner_id }: ShareRow, accountId: string): boolean {
  return accountId === grantee_id || accountId === grantor_id || accountId === owner_id;
}

/** Undefined: it is the owner's own. Throws `AccessDenied` for more than its grantor may give. */
async function findParentOf(
  tx: Tx,
  { bucket_id, path, grantee_id, grantor_id, owner_id }: ShareRow,
  { terms, at }: { readonly terms: ShareTerms; readonly at: string },
): Promise<ShareRow | undefined> {
  if (grantor_id === owner_id) return undefined;
  return findParent(tx, { bucketId: bucket_id, path, granteeId: grantee_id, grantorId: grantor_id, ...terms, at });
}

export interface RevokeShare {
  readonly id: string;
  /** Who ends it: who gave it, who was given it, or the owner of the drive. */
  readonly byId: string;
  readonly audit: AuditEntry;
}

/** Ends a share, with all that was passed on from it. Throws `NoSuchShare`, also to who has no part in it. */
export async function revokeShare(tx: Tx, { id, byId, audit }: RevokeShare): Promise<void> {
  const share = await findShare(tx, id);
  if (share === undefined || !isParty(share, byId)) throw new Failure('NoSuchShare');
  await tx.run('DELETE FROM shares WHERE id = ?', id);
  await appendAudit(tx, audit);
}
