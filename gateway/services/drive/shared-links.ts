import {
  type AccountRow,
  type DriveRow,
  Failure,
  type LinkRow,
  type ListedObject,
  type ListPage,
  type ListPosition,
  linkState,
  type Metadata,
} from '../../../metadata/index.ts';
import { principalOf } from '../access/index.ts';
import type { LimitName, Limits } from '../limits.ts';
import type { FoundObject, Objects } from '../objects.ts';
import type { Passwords } from '../passwords/passwords.ts';
import { hashToken } from '../sessions/sessions.ts';
import type { Asker } from './asker.ts';
import type { DriveAccess } from './drive-access.ts';
import type { Drives } from './drives.ts';
import { isFolder, parsePath } from './paths.ts';

export interface SharedLinksParts {
  readonly metadata: Metadata;
  readonly passwords: Passwords;
  readonly limits: Limits;
  readonly objects: Objects;
  readonly drives: Drives;
  readonly driveAccess: DriveAccess;
}

/** What somebody calls a link. */
export interface NameOfLink {
  /** The owner's name. */
  readonly account: string;
  /** The token of the link, or its alias. */
  readonly link: string;
  /** Of who asks. */
  readonly address: string | null;
}

/** A link that is good, and whose it is. */
export interface OpenedLink {
  readonly link: LinkRow;
  readonly owner: AccountRow;
  readonly drive: DriveRow;
}

/** What of a link is asked for: undefined is all of it, a path is one within its folder. */
export interface WithinLink {
  readonly opened: OpenedLink;
  readonly path: string | undefined;
  /** Whoever asks: the link lets nobody do more than its owner might, asking from there. */
  readonly asker: Asker;
}

/** What a link leads to: a folder has no bytes of its own. */
export interface FoundInLink {
  /** Its key, or a folder's prefix. */
  readonly path: string;
  readonly file: FoundObject | undefined;
}

/** Links as whoever has them sees them. What is not theirs to know is told like what is not there. */
export class SharedLinks {
  readonly #parts: SharedLinksParts;

  constructor(parts: SharedLinksParts) {
    this.#parts = parts;
  }

  /**
   * @throws Failure `NoSuchLink`, after the same work whatever of its name is wrong; `LinkGone` for one that is expired,
   * revoked or used up, or whose owner is disabled; `TooManyAttempts` to who guesses
   */
  async open(name: NameOfLink): Promise<OpenedLink> {
    const { metadata, drives } = this.#parts;
    const link = await metadata.queries.findSharedLink({
      accountName: name.account,
      tokenHash: hashToken(name.link),
      alias: name.link,
    });
    await this.#countGuess(name, link);
    if (link === undefined) throw new Failure('NoSuchLink');
    const owner = await metadata.queries.findAccountById(link.account_id);
    const drive = await drives.find(link.account_id);
    if (owner === undefined || drive?.id !== link.bucket_id) throw new Failure('NoSuchLink');
    if (owner.status !== 'active' || linkState(link, new Date().toISOString()) !== 'active') {
      throw new Failure('LinkGone');
    }
    return { link, owner, drive };
  }

  /** Nobody guesses a token, but an alias: who has asked for too many links that are not there is told of none by alias. */
  async #countGuess({ link: name, address }: NameOfLink, link: LinkRow | undefined): Promise<void> {
    const isByToken = link !== undefined && link.alias !== name;
    if (isByToken) return;
    const { limits } = this.#parts;
    await limits.require('unknown links of an address', address ?? '');
    if (link === undefined) await limits.take('unknown links of an address', address ?? '');
  }

  /**
   * Whether that is the link's password. Guesses made at once are answered no more often than one after the other.
   * @throws Failure `TooManyAttempts`, `SlowDown`
   */
  async isPassword({ id, password_hash: hash }: LinkRow, password: string, address: string | null): Promise<boolean> {
    const { limits, passwords } = this.#parts;
    const counters = [
      ['link passwords', `${id} ${address ?? ''}`],
      ['link passwords from anywhere', id],
    ] as const satisfies [LimitName, string][];
    for (const [limit, key] of counters) await limits.require(limit, key);
    const isRight = await passwords.verify(hash, password);
    if (!isRight) {
      for (const [limit, key] of counters) await limits.take(limit, key);
      return false;
    }
    for (const [limit, key] of counters) await limits.require(limit, key);
    await limits.reset(...counters[0]);
    return true;
  }

  /**
   * @throws Failure `NoSuchKey` for what is not in the link, `LinkGone` where its owner may not read what it leads to,
   * `InvalidPath`
   */
  async find(within: WithinLink): Promise<FoundInLink> {
    const { opened, path: inner } = within;
    const { link, drive } = opened;
    if (inner !== undefined && !isFolder(link.path)) throw nothingThere();
    const path = inner === undefined ? link.path : parsePath(`${link.path}${inner}`);
    if (!(await this.mayRead(within, path))) throw inner === undefined ? new Failure('LinkGone') : nothingThere();
    if (!isFolder(path)) {
      const file = await this.#parts.objects.find({ bucket: drive, key: path });
      if (file === undefined) throw nothingThere();
      return { path, file };
    }
    const { rows } = await this.#parts.objects.list({ bucket: drive, prefix: path, delimiter: '', limit: 1 });
    if (rows.length === 0) throw nothingThere();
    return { path, file: undefined };
  }

  /** Whether the owner could read it, asking from where it is asked: of a folder, whether its names. */
  async mayRead({ opened, asker }: Pick<WithinLink, 'opened' | 'asker'>, path: string): Promise<boolean> {
    const { owner, drive: bucket } = opened;
    const owned = { ...asker, principal: principalOf({ account: owner }) };
    const action = isFolder(path) ? 's3:ListBucket' : 's3:GetObject';
    return this.#parts.driveAccess.may(owned, action, { bucket, path });
  }

  /** What is in a folder of a link, page by page. */
  async list(
    { drive }: OpenedLink,
    folder: string,
    page: { readonly position: ListPosition | undefined; readonly limit: number },
  ): Promise<ListPage<ListedObject>> {
    return this.#parts.objects.list({ bucket: drive, prefix: folder, delimiter: '/', ...page });
  }

  async countView({ id }: LinkRow): Promise<void> {
    await this.#parts.metadata.mutations.countLinkView({ id, at: new Date().toISOString() });
  }

  /** Before the first byte. @throws Failure `LinkGone` where there is none left */
  async takeDownload({ id }: LinkRow): Promise<void> {
    await this.#parts.metadata.mutations.takeLinkDownload({ id, at: new Date().toISOString() });
  }
}

function nothingThere(): Failure {
  return new Failure('NoSuchKey', 'There is no such file or folder.');
}
