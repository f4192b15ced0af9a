import { type Grantee, type GrantTarget, nameWords, targetWords } from '../dcl.ts';
import { Failure } from '../failure.ts';
import type { GrantRow } from '../queries/grants.ts';
import { findNamedCollection, listHolders } from '../queries/grants.ts';
import type { RoleMemberRow } from '../queries/roles.ts';
import type { Tx } from '../tx.ts';
import type { AccountRole } from './accounts.ts';
import type { Place } from './grant-support.ts';

/** Who grants or revokes. */
export interface Grantor {
  /** Null: the operator. */
  readonly accountId: string | null;
  /** An admin, which acts as the owner of whatever it is about. */
  readonly isAdmin: boolean;
  readonly isAuditor: boolean;
  /** 'user:<id>' and the 'role:<id>' that it is in, also through others. */
  readonly holders: readonly string[];
}

/** As it is now: of two who take something from each other, one had lost it before. Throws `AccessDenied`. */
export async function requireGrantor(tx: Tx, accountId: string | null): Promise<Grantor> {
  if (accountId === null) return { accountId, isAdmin: true, isAuditor: false, holders: [] };
  const account = await tx.get<{ role: AccountRole; status: string }>(
    'SELECT role, status FROM accounts WHERE id = ?',
    accountId,
  );
  if (account?.status !== 'active') throw new Failure('AccessDenied', 'The account is not there any more.');
  const isAdmin = account.role === 'root' || account.role === 'admin';
  return {
    accountId,
    isAdmin,
    isAuditor: account.role === 'auditor',
    holders: await listHolders(tx, `user:${accountId}`),
  };
}

export function isOwner({ isAdmin, holders }: Grantor, owner: string): boolean {
  return isAdmin || holders[0] === owner;
}

/** What something is granted on, as it is stored. */
export interface FoundTarget extends Place {
  readonly bucketId: number;
  /** Who holds everything on it. */
  readonly owner: string;
}

/** Throws `NoSuchBucket`; for collections as `findNamedCollection`. */
export async function findTarget(tx: Tx, target: GrantTarget, asker: Grantor): Promise<FoundTarget> {
  const { kind } = target;
  if (kind === 'collection') return findCollectionTarget(tx, target, asker);
  const bucket = await tx.get<{ id: number; account_id: string }>(
    'SELECT id, account_id FROM buckets WHERE name = ?',
    target.bucket,
  );
  if (bucket === undefined) throw new Failure('NoSuchBucket', `There is no bucket named '${target.bucket}'.`);
  return { kind, path: kind === 'bucket' ? '' : target.path, bucketId: bucket.id, owner: `user:${bucket.account_id}` };
}

async function findCollectionTarget(
  tx: Tx,
  { bucket, path }: { readonly bucket?: string; readonly path: string },
  { accountId, holders, isAdmin, isAuditor }: Grantor,
): Promise<FoundTarget> {
  const seesAll = isAdmin || isAuditor;
  const found = await findNamedCollection(tx, { bucket, name: path, accountId, holders, seesAll });
  return { kind: 'collection', path, bucketId: found.bucketId, owner: `user:${found.ownerId}` };
}

export async function findRoot(tx: Tx): Promise<string> {
  const root = await tx.get<{ id: string }>("SELECT id FROM accounts WHERE role = 'root'");
  if (root === undefined) throw new Failure('NoSuchAccount', 'There is no root account yet.');
  return `user:${root.id}`;
}

/** Throws `NoSuchAccount`, `NoSuchRole`. */
export async function findHolder(tx: Tx, grantee: Grantee): Promise<string> {
  if (grantee.kind === 'public') return 'public';
  const { name } = grantee;
  if (grantee.kind === 'role') return `role:${(await requireRole(tx, name)).id}`;
  const account = await tx.get<{ id: string }>('SELECT id FROM accounts WHERE name = ?', name);
  if (account === undefined) throw new Failure('NoSuchAccount', `There is no account named '${name}'.`);
  return `user:${account.id}`;
}

/** Throws `NoSuchRole`. */
export async function requireRole(tx: Tx, name: string): Promise<{ readonly id: string; readonly owner: string }> {
  const role = await tx.get<{ id: string; owner_id: string }>('SELECT id, owner_id FROM roles WHERE name = ?', name);
  if (role === undefined) throw new Failure('NoSuchRole', `There is no role named '${name}'.`);
  return { id: role.id, owner: `user:${role.owner_id}` };
}

function holderWords(holder: string, name: string | null): string {
  return holder === 'public' ? 'PUBLIC' : `${holder.slice(0, 4).toUpperCase()} ${nameWords(name ?? holder.slice(5))}`;
}

/** What a grant is on, as a statement names it. */
export function targetOf({ kind, bucket, path }: Pick<GrantRow, 'kind' | 'bucket' | 'path'>): GrantTarget {
  return kind === 'bucket' ? { kind, bucket: bucket ?? '' } : { kind, bucket: bucket ?? '', path };
}

/** A grant in words. */
export function grantWords(row: GrantRow): string {
  const given = `${row.privilege} ON ${targetWords(targetOf(row))} TO ${holderWords(row.grantee, row.grantee_name)}`;
  return `${given} (granted by ${holderWords(row.grantor, row.grantor_name)})`;
}

export function memberWords(row: RoleMemberRow): string {
  const given = `${nameWords(row.role)} TO ${holderWords(row.grantee, row.grantee_name)}`;
  return `${given} (granted by ${holderWords(row.grantor, row.grantor_name)})`;
}

const MAX_NAMED = 20;

/** What is not done, for others hang on it. */
export function dependents(words: readonly string[]): Failure {
  const more = words.length > MAX_NAMED ? `; and ${words.length - MAX_NAMED} more` : '';
  const named = `${words.slice(0, MAX_NAMED).join('; ')}${more}`;
  return new Failure('GrantsDepend', `Others depend on it: ${named}. CASCADE revokes them as well.`);
}
