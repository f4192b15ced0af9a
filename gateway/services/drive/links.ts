import { randomBytes } from 'node:crypto';
import { type AuditType, Failure, type LinkRow, type Metadata } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { Passwords } from '../passwords/passwords.ts';
import { hashToken } from '../sessions/sessions.ts';
import type { Asker } from './asker.ts';
import type { DriveAccess } from './drive-access.ts';
import type { Drives } from './drives.ts';
import { type SaidOfLink, storedFacts } from './link-facts.ts';
import { isFolder, parsePath } from './paths.ts';

export interface LinksParts {
  readonly metadata: Metadata;
  readonly passwords: Passwords;
  readonly drives: Drives;
  readonly driveAccess: DriveAccess;
}

export interface NewLink extends SaidOfLink {
  /** The account that makes it, in whose drive it is. */
  readonly accountId: string;
  /** Of a file, or of a folder, which ends with '/'. */
  readonly path: string;
}

/** A link, and its token where that is new: shown this once, as it is kept hashed. */
export interface MadeLink {
  readonly link: LinkRow;
  readonly token: string | undefined;
}

export interface LinkChanges extends SaidOfLink {
  /** False revokes the link, true makes it good again. */
  readonly isActive?: boolean | undefined;
  readonly resetsCounts?: boolean | undefined;
  /** The token of before is good for nothing any more. */
  readonly renewsToken?: boolean | undefined;
}

const TOKEN_BYTES = 16;
/** Of one file, where it is told what is known of the file. */
const MAX_SHOWN = 100;

/** Links as their owners see them: a file or folder of one's drive, given to whoever has the link. */
export class Links {
  readonly #parts: LinksParts;

  constructor(parts: LinksParts) {
    this.#parts = parts;
  }

  /** @throws Failure `InvalidPath`, `NoSuchKey`, `AccessDenied`, `AliasTaken`, `InvalidArgument`, `WeakPassword`, `SlowDown` */
  async create({ accountId, path: text, ...said }: NewLink, asker: Asker): Promise<MadeLink> {
    const { metadata, passwords, drives, driveAccess } = this.#parts;
    const path = parsePath(text);
    const drive = await drives.find(accountId);
    if (drive === undefined) throw new Failure('NoSuchKey', 'There is no such file or folder.', { Field: '/path' });
    await driveAccess.require(asker, isFolder(path) ? 's3:ListBucket' : 's3:GetObject', { bucket: drive, path });
    const facts = await storedFacts(said, passwords);
    const [id, token] = [newId(), newToken()];
    const audit = auditOf(asker.actor, 'link.created', { accountId, id, facts: { path } });
    const link = await metadata.mutations.createLink({
      ...NOTHING_SAID,
      ...facts,
      id,
      accountId,
      bucketId: drive.id,
      path,
      tokenHash: hashToken(token),
      at: audit.at,
      audit,
    });
    return { link, token };
  }

  /** A page of an account's links, the newest first. */
  async list(page: {
    readonly accountId: string;
    readonly path?: string | undefined;
    readonly before: string | undefined;
    readonly limit: number;
  }): Promise<LinkRow[]> {
    return this.#parts.metadata.queries.listLinks(page);
  }

  /** The first links of a file or folder of a drive, for its owner. */
  async ofPath(place: { readonly bucketId: number; readonly path: string }): Promise<LinkRow[]> {
    return this.#parts.metadata.queries.listLinksOfPath({ ...place, limit: MAX_SHOWN });
  }

  /** @throws Failure `NoSuchLink`, also for one of another's */
  async get(name: { readonly id: string; readonly accountId: string }): Promise<LinkRow> {
    const link = await this.#parts.metadata.queries.findLink(name);
    if (link === undefined) throw new Failure('NoSuchLink');
    return link;
  }

  /** @throws Failure `NoSuchLink`, `AliasTaken`, `InvalidArgument`, `InvalidRequest`, `WeakPassword`, `SlowDown` */
  async change(
    { id, accountId, actor }: { readonly id: string; readonly accountId: string; readonly actor: Actor },
    changes: LinkChanges,
  ): Promise<MadeLink> {
    const { isActive, resetsCounts, renewsToken, ...said } = changes;
    // A password is not hashed for who has no such link.
    await this.get({ id, accountId });
    const facts = await storedFacts(said, this.#parts.passwords);
    const token = renewsToken === true ? newToken() : undefined;
    const audit = auditOf(actor, 'link.changed', { accountId, id, facts: wordsOf(changes) });
    const link = await this.#parts.metadata.mutations.changeLink({
      id,
      accountId,
      facts,
      isActive,
      resetsCounts,
      tokenHash: token === undefined ? undefined : hashToken(token),
      at: audit.at,
      audit,
    });
    return { link, token };
  }

  /** @throws Failure `NoSuchLink` */
  async remove({ id, accountId, actor }: { id: string; accountId: string; actor: Actor }): Promise<void> {
    const audit = auditOf(actor, 'link.deleted', { accountId, id, facts: {} });
    await this.#parts.metadata.mutations.deleteLink({ id, accountId, audit });
  }
}

const NOTHING_SAID = { alias: null, passwordHash: null, note: null, expiresAt: null, maxDownloads: null };

/** 128 random bits, in letters that a URL takes. */
function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

function auditOf(
  actor: Actor,
  type: AuditType,
  { accountId, id, facts }: { accountId: string; id: string; facts: Readonly<Record<string, string>> },
) {
  return auditEntry(actor, type, { accountId, detail: { link: id, ...facts } });
}

/** What of a link was changed, by name: the trail holds no secret. */
function wordsOf({ isActive, ...changes }: LinkChanges): Readonly<Record<string, string>> {
  const names = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return {
    ...(names.length === 0 ? {} : { changed: names.join(' ') }),
    ...(isActive === undefined ? {} : { active: String(isActive) }),
  };
}
