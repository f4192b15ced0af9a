import { type AccountRow, type DriveRow, Failure, type ListPosition, type ShareRow } from '../../../metadata/index.ts';
import type { Asker } from './asker.ts';
import type { DriveFile } from './drive-file.ts';
import type { Drives } from './drives.ts';
import type { Files } from './files.ts';
import { type DrivePath, isFolder, nameOf, parseFilePath } from './paths.ts';
import type { Shares } from './shares.ts';

/** Who asks, and by what name, of what was shared by whom. */
export interface WantedFile {
  /** Where it is in one's own drive, or in that of its owner; of a file that was shared its last part will do. */
  readonly name: string;
  /** The name of the account whose it is; undefined: one's own, else the newest that was shared. */
  readonly owner?: string | undefined;
}

/** A file that somebody reaches, in whoever's drive. */
export interface ReachableFile {
  readonly asker: Asker;
  readonly bucket: DriveRow;
  readonly path: DrivePath;
}

/** A file in a list of all that somebody reaches. */
export interface ReachedFile {
  readonly file: DriveFile;
  /** By which it is reached; undefined: it is one's own. */
  readonly share: ShareRow | undefined;
}

export interface ReachableFilesParts {
  readonly drives: Drives;
  readonly files: Files;
  readonly shares: Shares;
}

const PAGE = 1000;

/** All files of an account, its own and what others share with it, as if they were in one place. */
export class ReachableFiles {
  readonly #parts: ReachableFilesParts;

  constructor(parts: ReachableFilesParts) {
    this.#parts = parts;
  }

  /** @throws Failure `NoSuchKey`, `InvalidPath` */
  async find(asker: Asker, { name, owner }: WantedFile): Promise<ReachableFile> {
    const path = parseFilePath(name);
    const account = accountOf(asker);
    if (owner !== undefined && owner !== account.name) {
      return this.#require({ asker, bucket: await this.#parts.drives.get(owner), path });
    }
    const bucket = await this.#parts.drives.find(account.id);
    const own = bucket === undefined ? undefined : await this.#look({ asker, bucket, path });
    if (own !== undefined) return own;
    for (const share of owner === undefined ? await this.#sharedAs(account, path) : []) {
      const drive = await this.#parts.drives.get(share.owner);
      const found = await this.#look({
        asker,
        bucket: drive,
        path: isFolder(share.path) ? path : (share.path as DrivePath),
      }); // a row's
      if (found !== undefined) return found;
    }
    throw missing();
  }

  /** What was shared that a name may mean, the newest first. */
  async #sharedAs(account: AccountRow, path: string): Promise<ShareRow[]> {
    const found: ShareRow[] = [];
    for await (const share of this.#received(account)) {
      const isNamed = isFolder(share.path)
        ? path.startsWith(share.path)
        : [share.path, nameOf(share.path)].includes(path);
      if (isNamed) found.unshift(share);
    }
    return found;
  }

  async #require(place: ReachableFile): Promise<ReachableFile> {
    const found = await this.#look(place);
    if (found === undefined) throw missing();
    return found;
  }

  /** Undefined where there is nothing that the asker may know of. */
  async #look(place: ReachableFile): Promise<ReachableFile | undefined> {
    try {
      await this.#parts.files.stat(place);
      return place;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Each once: one's own, then what was shared, the oldest share first. */
  async *list(asker: Asker): AsyncGenerator<ReachedFile> {
    const account = accountOf(asker);
    const own = await this.#parts.drives.find(account.id);
    if (own !== undefined) {
      for await (const file of this.#in({ asker, bucket: own, prefix: '' })) yield { file, share: undefined };
    }
    const seen = new Set<string>();
    for await (const share of this.#received(account)) {
      const bucket = await this.#parts.drives.get(share.owner);
      for await (const file of this.#of(share, { asker, bucket })) {
        const place = `${bucket.id} ${file.path}`;
        if (seen.has(place)) continue;
        seen.add(place);
        yield { file, share };
      }
    }
  }

  async *#of({ path }: ShareRow, { asker, bucket }: Omit<ReachableFile, 'path'>): AsyncGenerator<DriveFile> {
    if (isFolder(path)) yield* this.#in({ asker, bucket, prefix: path });
    else {
      const place = { asker, bucket, path: path as DrivePath }; // a row's
      const found = await this.#look(place);
      if (found !== undefined) yield (await this.#parts.files.stat(place)).file;
    }
  }

  async *#in({ asker, bucket, prefix }: Omit<ReachableFile, 'path'> & { prefix: string }): AsyncGenerator<DriveFile> {
    let position: ListPosition | undefined;
    do {
      const range = { prefix, delimiter: '', position, limit: PAGE } as const;
      const { files, next } = await this.#parts.files.list({ asker, bucket }, range);
      yield* files.filter(({ kind }) => kind === 'file');
      position = next;
    } while (position !== undefined);
  }

  async *#received({ id }: AccountRow): AsyncGenerator<ShareRow> {
    let after: string | undefined;
    do {
      const rows = await this.#parts.shares.listReceived(id, { after, limit: PAGE });
      yield* rows;
      after = rows.length < PAGE ? undefined : rows.at(-1)?.id;
    } while (after !== undefined);
  }
}

/** @throws Failure `AccessDenied` for nobody */
function accountOf({ principal }: Asker): AccountRow {
  if (principal.kind === 'account') return principal.account;
  throw new Failure('AccessDenied', 'Log in first.');
}

function isMissing(error: unknown): boolean {
  return error instanceof Failure && (error.code === 'NoSuchKey' || error.code === 'AccessDenied');
}

function missing(): Failure {
  return new Failure('NoSuchKey', 'There is no such file.');
}
