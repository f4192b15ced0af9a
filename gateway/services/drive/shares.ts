import { type AccountRow, Failure, type Metadata, type SharedPath, type ShareRow } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import { isAdmin } from '../access/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import { findNamedAccount, type NamedAccountParts } from './named-account.ts';
import { parsePath } from './paths.ts';

/** What a share allows: to see it, or to change it as well. */
export type SharePermission = 'read' | 'write';

export interface NewShare {
  readonly bucketId: number;
  /** Whose drive it is. */
  readonly ownerId: string;
  /** A file's key or a folder's prefix. */
  readonly path: string;
  /** The name of an account, or its e-mail. */
  readonly with: string;
  readonly permission: SharePermission;
  /** Whether it may be passed on. */
  readonly mayShare: boolean;
  readonly note: string | null;
  /** Null: as late as may be. */
  readonly expiresAt: Date | null;
}

/** What is left out stays. */
export interface ShareChanges {
  readonly permission?: SharePermission | undefined;
  readonly mayShare?: boolean | undefined;
  readonly note?: string | null | undefined;
  /** Null: as late as may be. */
  readonly expiresAt?: Date | null | undefined;
}

/** Who asks. */
export interface ShareAsker {
  readonly account: AccountRow;
  readonly actor: Actor;
}

export interface ShareListPage {
  /** Behind the one of this id. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** A file's key or a folder's prefix, in a drive. */
export interface SharePlace {
  readonly bucketId: number;
  readonly path: string;
}

export type SharesParts = NamedAccountParts;

/** More than anybody needs to know of one file. */
const MAX_SHOWN = 1000;

/** Files and folders shared with named accounts. What may be done by a share is for `SharesSource` to say. */
export class Shares {
  readonly #metadata: Metadata;
  readonly #parts: SharesParts;

  constructor(parts: SharesParts) {
    this.#metadata = parts.metadata;
    this.#parts = parts;
  }

  /**
   * Shares a path, or replaces what the asker gave of it to the same account. Admins act as the owner.
   * @throws Failure `NoSuchAccount`, `TooManyAttempts` of those; `NoSuchKey` also to who has no part in it;
   * `AccessDenied` for more than one may give; `CircularGrant`, `InvalidPath`, `InvalidRequest`, `InvalidArgument`
   */
  async create(share: NewShare, { account, actor }: ShareAsker): Promise<SharedPath> {
    const { bucketId, ownerId, permission, mayShare, note } = share;
    const path = parsePath(share.path);
    requireWriter(account);
    const expiresAt = requireFuture(share.expiresAt);
    const grantee = await findNamedAccount(this.#parts, { name: share.with, askerId: account.id, field: '/with' });
    const detail = { path, permission, may_share: mayShare ? 'yes' : 'no' };
    const audit = auditEntry(actor, 'share.created', { accountId: grantee.id, detail });
    return this.#metadata.mutations.createShare({
      id: newId(),
      bucketId,
      path,
      granteeId: grantee.id,
      grantorId: isAdmin(account) ? ownerId : account.id,
      mayWrite: permission === 'write',
      mayShare,
      note,
      expiresAt,
      at: audit.at,
      audit,
    });
  }

  /** @throws Failure `NoSuchShare`, also to who has no part in it */
  async get(id: string, { account }: Pick<ShareAsker, 'account'>): Promise<ShareRow> {
    const share = await this.#metadata.queries.findShare(id);
    if (share === undefined || !isAlive(share) || !maySee(share, account)) throw new Failure('NoSuchShare');
    return share;
  }

  /** For who gave it, and for the owner. @throws Failure `NoSuchShare`; `AccessDenied` for more than may be given */
  async change(id: string, changes: ShareChanges, { account, actor }: ShareAsker): Promise<void> {
    const share = await this.get(id, { account });
    requireWriter(account);
    const { permission, mayShare, note, expiresAt } = changes;
    const detail = { path: share.path, ...(permission === undefined ? {} : { permission }) };
    const audit = auditEntry(actor, 'share.changed', { accountId: share.grantee_id, detail });
    await this.#metadata.mutations.changeShare({
      id,
      byId: actsAs(account, share),
      mayWrite: permission === undefined ? undefined : permission === 'write',
      mayShare,
      note,
      expiresAt: expiresAt === undefined ? undefined : requireFuture(expiresAt),
      at: audit.at,
      audit,
    });
  }

  /** Ends a share, with all that was passed on from it; who was given it leaves it. @throws Failure `NoSuchShare` */
  async end(id: string, { account, actor }: ShareAsker): Promise<void> {
    const share = await this.get(id, { account });
    const audit = auditEntry(actor, 'share.revoked', { accountId: share.grantee_id, detail: { path: share.path } });
    await this.#metadata.mutations.revokeShare({ id, byId: actsAs(account, share), audit });
  }

  /** What an account was given and may use, in the order in which that was made. */
  async listReceived(granteeId: string, page: ShareListPage): Promise<ShareRow[]> {
    return this.#metadata.queries.listSharesTo({ granteeId, now: now(), ...page });
  }

  /** What an account gave, in that order. */
  async listGiven(grantorId: string, page: ShareListPage): Promise<ShareRow[]> {
    return this.#metadata.queries.listSharesBy({ grantorId, now: now(), ...page });
  }

  /** Who has a path, by shares of it and of the folders that it is in: all for the owner, what others gave or got. */
  async listAt(place: SharePlace, { owner, account }: { owner: string; account: AccountRow }, page: ShareListPage) {
    const seenBy = isAdmin(account) || account.role === 'auditor' || account.id === owner ? undefined : account.id;
    return this.#metadata.queries.listSharesAt({
      bucketId: place.bucketId,
      path: parsePath(place.path),
      seenBy,
      now: now(),
      ...page,
    });
  }

  /** Who has a path, by shares of it and of the folders that it is in, for its owner to see: at most 1,000 of them. */
  async ofPath(bucketId: number, path: string): Promise<ShareRow[]> {
    return this.#metadata.queries.listSharesAt({ bucketId, path, now: now(), limit: MAX_SHOWN });
  }

  /** By which an account reaches a path. */
  async held(granteeId: string, place: SharePlace): Promise<ShareRow[]> {
    return this.#metadata.queries.listSharesHeld({ ...place, granteeId, now: now() });
  }
}

/** @throws Failure `AccessDenied` */
function requireWriter({ role }: AccountRow): void {
  if (role === 'auditor') throw new Failure('AccessDenied', 'Auditors write nothing, whosever it is.');
}

function now(): string {
  return new Date().toISOString();
}

/** @throws Failure `InvalidArgument` */
function requireFuture(expiresAt: Date | null): string | null {
  if (expiresAt === null) return null;
  if (expiresAt.getTime() > Date.now()) return expiresAt.toISOString();
  throw new Failure('InvalidArgument', 'A share ends in the future.', { Field: '/expires_at' });
}

function isAlive({ expires_at }: ShareRow): boolean {
  return expires_at === null || expires_at > now();
}

function maySee({ grantee_id, grantor_id, owner_id }: ShareRow, account: AccountRow): boolean {
  return [grantee_id, grantor_id, owner_id].includes(account.id) || isAdmin(account) || account.role === 'auditor';
}

/** Admins do what the owner may, unless they have part in it themselves. */
function actsAs(account: AccountRow, { grantee_id, grantor_id, owner_id }: ShareRow): string {
  const isParty = account.id === grantee_id || account.id === grantor_id;
  return isAdmin(account) && !isParty ? owner_id : account.id;
}
