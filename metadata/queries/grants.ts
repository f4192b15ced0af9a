import type { Privilege } from '../dcl.ts';
import { Failure } from '../failure.ts';
import type { MaybePromise, Tx, Value } from '../tx.ts';

/** A grant of one privilege, with the names of all whom it is about. */
export interface GrantRow {
  readonly id: number;
  readonly bucket_id: number;
  readonly kind: 'bucket' | 'prefix' | 'object' | 'collection';
  /** Null: on a collection, as root could grant before there were any: it allows nothing. */
  readonly bucket: string | null;
  readonly path: string;
  readonly privilege: Privilege;
  /** 'user:<id>', 'role:<id>' or 'public'. */
  readonly grantee: string;
  readonly grantee_name: string | null;
  readonly grantor: string;
  readonly grantor_name: string | null;
  readonly with_option: 0 | 1;
  readonly created_at: string;
}

const COLUMNS = `g.id, g.bucket_id, g.kind, b.name AS bucket, g.path, g.privilege,
  g.grantee, COALESCE(ga.name, gr.name) AS grantee_name, g.grantor, COALESCE(oa.name, orr.name) AS grantor_name,
  g.with_option, g.created_at`;
const JOINS = `LEFT JOIN buckets b ON b.id = g.bucket_id
  LEFT JOIN accounts ga ON ga.id = substr(g.grantee, 6) LEFT JOIN roles gr ON gr.id = substr(g.grantee, 6)
  LEFT JOIN accounts oa ON oa.id = substr(g.grantor, 6) LEFT JOIN roles orr ON orr.id = substr(g.grantor, 6)`;

/** The roles of a holder, and the roles of those. Its placeholder is the holder. */
const ROLES_OF = `WITH RECURSIVE held (role_id) AS (
    SELECT role_id FROM role_members WHERE grantee = ?
    UNION SELECT m.role_id FROM role_members m JOIN held h ON m.grantee = 'role:' || h.role_id)`;

/** Everything that somebody is: itself first, then its roles, also through other roles. */
export async function listHolders(tx: Tx, self: string): Promise<string[]> {
  const roles = await tx.all<{ role_id: string }>(`${ROLES_OF} SELECT role_id FROM held ORDER BY role_id`, self);
  return [self, ...roles.map(({ role_id }) => `role:${role_id}`)];
}

/** What an account holds, also by its roles; null: what everybody does. */
export async function listGrantsHeld(tx: Tx, accountId: string | null): Promise<GrantRow[]> {
  const holders = accountId === null ? ['public'] : await listHolders(tx, `user:${accountId}`);
  const rows: GrantRow[] = [];
  for (const holder of holders) {
    const sql = `SELECT ${COLUMNS} FROM grants g ${JOINS} WHERE g.grantee = ? AND g.bucket_id > 0`;
    rows.push(...(await tx.all<GrantRow>(sql, holder)));
  }
  return rows;
}

/** A collection as somebody names it: by the bucket of its database, or without that. */
export interface NamedCollection {
  readonly bucket?: string | undefined;
  readonly name: string;
  /** Who names it; null: the operator. */
  readonly accountId: string | null;
  /** As `listHolders` tells them. */
  readonly holders: readonly string[];
  /** Whether all collections are there for who names it, whosever they are. */
  readonly seesAll: boolean;
}

/** Where a collection is. */
export interface CollectionPlaceRow {
  readonly bucket: string;
  readonly bucketId: number;
  readonly ownerId: string;
}

/** More would be no message any more. */
const MAX_MEANT = 6;

/**
 * The collection that is meant: without a bucket the account's own of that name, else the one that something is granted
 * of. Throws `NoSuchCollection`; `InvalidRequest` where it may be several.
 */
export async function findNamedCollection(tx: Tx, named: NamedCollection): Promise<CollectionPlaceRow> {
  const { bucket, accountId, holders, seesAll } = named;
  const own = await meantBy(tx, named, ['b.account_id = ?', [accountId ?? '']]);
  if (own.length > 0) return sole(named, own);
  if (seesAll) return sole(named, await meantBy(tx, named, ['1 = 1', []]));
  // What everybody has of it is enough to know of it, not to mean it.
  const grantees = bucket === undefined ? holders : [...holders, 'public'];
  const marks = grantees.map(() => '?').join(', ');
  const granted = `EXISTS (SELECT 1 FROM grants g WHERE g.bucket_id = b.id AND g.grantee IN (${marks})
    AND (g.kind <> 'collection' OR g.path = c.name))`;
  return sole(named, await meantBy(tx, named, [granted, grantees]));
}

function meantBy(
  tx: Tx,
  { bucket, name }: NamedCollection,
  [where, values]: readonly [string, readonly string[]],
): MaybePromise<CollectionPlaceRow[]> {
  return tx.all<CollectionPlaceRow>(
    `SELECT b.name AS bucket, b.id AS "bucketId", b.account_id AS "ownerId"
     FROM collections c JOIN buckets b ON b.id = c.bucket_id
     WHERE c.name = ? ${bucket === undefined ? '' : 'AND b.name = ?'} AND ${where} ORDER BY b.id LIMIT ?`,
    name,
    ...(bucket === undefined ? [] : [bucket]),
    ...values,
    MAX_MEANT,
  );
}

function sole({ name }: NamedCollection, found: readonly CollectionPlaceRow[]): CollectionPlaceRow {
  const [first, ...others] = found;
  if (first === undefined) throw new Failure('NoSuchCollection', `There is no collection '${name}'.`);
  if (others.length === 0) return first;
  const choice = found.map(({ bucket }) => `COLLECTION '${bucket}/${name}'`).join(' or ');
  throw new Failure('InvalidRequest', `There are several collections of that name: say ${choice}.`);
}

/** Which grants. */
export interface GrantFilter {
  /** Those that this account made, got or may change; undefined: all. */
  readonly seenBy?: string | undefined;
  readonly on?: { readonly bucketId: number; readonly kind: GrantRow['kind']; readonly path: string } | undefined;
  /** 'user:<id>', 'role:<id>' or 'public'. */
  readonly grantee?: string | undefined;
  /** Behind this one. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/** Grants in the order in which they were made. On a bucket: also those on what is in it. */
export async function listGrants(tx: Tx, { seenBy, on, grantee, after = 0, limit }: GrantFilter): Promise<GrantRow[]> {
  const found: [sql: string, values: readonly Value[]][] = [['g.id > ?', [after]]];
  if (seenBy !== undefined) found.push(await visibleTo(tx, seenBy));
  if (grantee !== undefined) found.push(['g.grantee = ?', [grantee]]);
  if (on !== undefined) found.push(['g.bucket_id = ?', [on.bucketId]]);
  if (on !== undefined && on.kind !== 'bucket') found.push(['g.kind = ? AND g.path = ?', [on.kind, on.path]]);
  return tx.all<GrantRow>(
    `SELECT ${COLUMNS} FROM grants g ${JOINS} WHERE ${found.map(([sql]) => sql).join(' AND ')} ORDER BY g.id LIMIT ?`,
    ...found.flatMap(([, values]) => values),
    limit,
  );
}

async function visibleTo(tx: Tx, accountId: string): Promise<[string, Value[]]> {
  const holders = await listHolders(tx, `user:${accountId}`);
  const marks = holders.map(() => '?').join(', ');
  const sql = `(g.grantee IN ('public', ${marks}) OR g.grantor IN (${marks})
    OR g.bucket_id IN (SELECT id FROM buckets WHERE account_id = ?))`;
  return [sql, [...holders, ...holders, accountId]];
}

/** A grant as far as others hang on it. */
export type GrantLinkRow = Pick<GrantRow, 'id' | 'kind' | 'path' | 'grantee' | 'grantor' | 'with_option'>;

/** All of the same privilege in the same bucket: there may be many. */
export function listGrantLinks(tx: Tx, bucketId: number, privilege: string): MaybePromise<GrantLinkRow[]> {
  return tx.all<GrantLinkRow>(`${LINK} ORDER BY id`, bucketId, privilege);
}

/** Those of them that have the grant option: nothing hangs on others. */
export function listGrantOptions(tx: Tx, bucketId: number, privilege: string): MaybePromise<GrantLinkRow[]> {
  return tx.all<GrantLinkRow>(`${LINK} AND with_option = 1`, bucketId, privilege);
}

const LINK = `SELECT id, kind, path, grantee, grantor, with_option FROM grants WHERE bucket_id = ? AND privilege = ?`;

export function findGrant(tx: Tx, id: number): MaybePromise<GrantRow | undefined> {
  return tx.get<GrantRow>(`SELECT ${COLUMNS} FROM grants g ${JOINS} WHERE g.id = ?`, id);
}

/** Of one privilege on one thing to somebody: once a grantor. */
export function listGrantsAt(
  tx: Tx,
  grantee: string,
  place: Pick<GrantRow, 'kind' | 'path' | 'privilege'> & { readonly bucketId: number },
): MaybePromise<GrantRow[]> {
  const where = 'g.grantee = ? AND g.bucket_id = ? AND g.kind = ? AND g.path = ? AND g.privilege = ?';
  const { bucketId, kind, path, privilege } = place;
  const sql = `SELECT ${COLUMNS} FROM grants g ${JOINS} WHERE ${where} ORDER BY g.id`;
  return tx.all<GrantRow>(sql, grantee, bucketId, kind, path, privilege);
}

/** Made by somebody. */
export function listGrantsBy(tx: Tx, grantor: string): MaybePromise<GrantRow[]> {
  return tx.all<GrantRow>(`SELECT ${COLUMNS} FROM grants g ${JOINS} WHERE g.grantor = ?`, grantor);
}

/** Made to somebody. */
export function listGrantsTo(tx: Tx, grantee: string): MaybePromise<GrantRow[]> {
  return tx.all<GrantRow>(`SELECT ${COLUMNS} FROM grants g ${JOINS} WHERE g.grantee = ?`, grantee);
}

/** Grows with every change of grants and of who is in a role. Asked with requests: the argument says nothing. */
export function findGrantsVersion(tx: Tx, _: ''): MaybePromise<{ readonly version: number } | undefined> {
  return tx.get<{ version: number }>('SELECT version FROM grants_version WHERE id = 1');
}
