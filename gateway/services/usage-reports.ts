import { setImmediate } from 'node:timers/promises';
import type { AccountRow, Metadata, ProfileRow } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';

/** What one account stores, and may. */
export interface AccountUsage {
  readonly account: string;
  readonly account_id: string;
  /** All versions. */
  readonly object_count: number;
  /** What counts for the quota: all versions, and the parts of uploads under way. */
  readonly logical_bytes: number;
  /** Null: as much as there is room for. */
  readonly quota_bytes: number | null;
}

/** What all accounts store, and what that takes. */
export interface TotalUsage {
  readonly account_count: number;
  readonly object_count: number;
  readonly logical_bytes: number;
  /** What is kept of them: bytes that are the same, and known to be, once. */
  readonly stored_bytes: number;
  /** What would be stored beside that if nothing were shared. */
  readonly saved_bytes: number;
  /** Of nobody any more: the sweeper will remove them. */
  readonly released_bytes: number;
  /** What is in the trash of drives, as it was when it was put there. It counts for the quotas. */
  readonly trash_files: number;
  readonly trash_bytes: number;
  /** Of uploads under way. They count for the quotas. */
  readonly part_count: number;
  readonly part_bytes: number;
}

/** A page of accounts, by name; of one account alone where that is named. */
export interface UsagePage {
  readonly account?: string | undefined;
  /** The name that the page before ended with. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** Between two stretches of blobs others have their turn. */
const BLOBS_AT_ONCE = 20_000;

/** What is stored, and what that takes. */
export class UsageReports {
  readonly #metadata: Metadata;

  constructor({ metadata }: { readonly metadata: Metadata }) {
    this.#metadata = metadata;
  }

  /** One more than `limit` where there are more. @throws Failure `NoSuchAccount` for a name that nobody has */
  async page({ account, after, limit }: UsagePage): Promise<AccountUsage[]> {
    if (account !== undefined) return [await this.of(account)];
    return (await this.#metadata.queries.listProfiles({ after, limit: limit + 1 })).map(toUsage);
  }

  async all(): Promise<AccountUsage[]> {
    return (await this.#metadata.queries.listAccounts()).map(toUsage);
  }

  /** @throws Failure `NoSuchAccount` */
  async of(name: string): Promise<AccountUsage> {
    const { queries } = this.#metadata;
    const account = await queries.findAccount(name);
    const profile = account === undefined ? undefined : await queries.findProfile(account.id);
    if (profile === undefined) throw new Failure('NoSuchAccount', `There is no account named '${name}'.`);
    return toUsage(profile);
  }

  /** As long as somebody writes, its numbers are of moments near to each other. */
  async total(): Promise<TotalUsage> {
    const { queries } = this.#metadata;
    const charged = await queries.sumUsage();
    const [trash, parts] = [await queries.sumTrash(), await queries.sumParts()];
    const blobs = await this.#sumBlobs();
    return {
      account_count: charged.accountCount,
      object_count: charged.objectCount,
      logical_bytes: charged.logicalBytes,
      stored_bytes: blobs.stored,
      saved_bytes: blobs.saved,
      released_bytes: blobs.released,
      trash_files: trash.count,
      trash_bytes: trash.bytes,
      part_count: parts.count,
      part_bytes: parts.bytes,
    };
  }

  async #sumBlobs(): Promise<{ stored: number; saved: number; released: number }> {
    const sum = { stored: 0, saved: 0, released: 0 };
    for (let after: number | null = 0; after !== null; ) {
      const some = await this.#metadata.queries.sumBlobs({ after, limit: BLOBS_AT_ONCE });
      sum.stored += some.storedBytes;
      sum.saved += some.sharedBytes;
      sum.released += some.releasedBytes;
      after = some.lastId;
      await setImmediate();
    }
    return sum;
  }
}

type Row = AccountRow & Pick<ProfileRow, 'object_count' | 'logical_bytes' | 'quota_bytes'>;

function toUsage({ name, id, object_count, logical_bytes, quota_bytes }: Row): AccountUsage {
  return { account: name, account_id: id, object_count, logical_bytes, quota_bytes };
}
