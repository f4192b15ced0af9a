import { createHash } from 'node:crypto';
import { type AccountRow, type DriveRow, type EnsureDrive, Failure, type Metadata } from '../../../metadata/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { BucketConfigStore } from '../bucket-configs.ts';
import { type Expiry, temporaryDaysOf, withTemporaryDays } from './temporary.ts';

export interface DrivesParts {
  readonly metadata: Metadata;
  readonly configs: BucketConfigStore;
  readonly region: string;
  /** For drives whose owners have not said otherwise. */
  readonly defaults: { readonly temporaryDays: number; readonly trashDays: number };
}

/** What an owner may set; what is left out stays as it is, and null is for ever. */
export interface DriveChanges {
  readonly temporaryDays?: Expiry | undefined;
  readonly trashDays?: Expiry | undefined;
}

/** What an owner has set: days of lifecycle rules, null for ever. */
export interface DriveSettings {
  readonly temporaryDays: Expiry;
  readonly trashDays: Expiry;
}

export interface DriveTotals {
  readonly usedBytes: number;
  /** Null: there is none. */
  readonly quotaBytes: number | null;
  readonly objectCount: number;
  /** Of the used ones. */
  readonly trashBytes: number;
}

const MAX_SLUG = 48;

/** Drives: the home bucket of each account, made when it is first needed. */
export class Drives {
  readonly #parts: DrivesParts;

  constructor(parts: DrivesParts) {
    this.#parts = parts;
  }

  /** The drive of an account, made where it has none yet. @throws Failure `NoSuchAccount` */
  async open(account: AccountRow, actor: Actor): Promise<DriveRow> {
    return (await this.find(account.id)) ?? this.#make(account, actor);
  }

  /** Undefined where an account has none yet. */
  async find(accountId: string): Promise<DriveRow | undefined> {
    return this.#parts.metadata.queries.findDrive(accountId);
  }

  /** The drive of who is called so: to who may not see it, it is as if it were not there. @throws Failure `NoSuchKey` */
  async get(accountName: string): Promise<DriveRow> {
    const account = await this.#parts.metadata.queries.findAccount(accountName);
    const drive = account === undefined ? undefined : await this.find(account.id);
    if (drive === undefined) throw new Failure('NoSuchKey', 'There is no such file or folder.');
    return drive;
  }

  async settingsOf(drive: DriveRow): Promise<DriveSettings> {
    const { lifecycle } = await this.#parts.configs.of(drive);
    return { temporaryDays: temporaryDaysOf(lifecycle), trashDays: drive.trash_days };
  }

  /** What its owner stores, in the drive and elsewhere. */
  async totalsOf({ account_id: accountId }: Pick<DriveRow, 'account_id'>): Promise<DriveTotals> {
    const { queries } = this.#parts.metadata;
    const profile = await queries.findProfile(accountId);
    const trash = await queries.sumTrash(accountId);
    return {
      usedBytes: profile?.logical_bytes ?? 0,
      quotaBytes: profile?.quota_bytes ?? null,
      objectCount: profile?.object_count ?? 0,
      trashBytes: trash.bytes,
    };
  }

  /** @throws Failure `NoSuchBucket` */
  async change(drive: DriveRow, { temporaryDays, trashDays }: DriveChanges, actor: Actor): Promise<void> {
    const { configs, metadata } = this.#parts;
    const accountId = drive.account_id;
    if (temporaryDays !== undefined) {
      const { lifecycle } = await configs.of(drive);
      const document = withTemporaryDays(lifecycle, temporaryDays);
      const target = { bucket: drive, accountId, name: 'lifecycle' } as const;
      await (document === undefined ? configs.delete(target) : configs.put({ ...target, document }));
    }
    if (trashDays === undefined) return;
    const audit = auditEntry(actor, 'drive.changed', { accountId, detail: { trashDays: String(trashDays) } });
    await metadata.mutations.setTrashDays({ accountId, trashDays, audit });
  }

  /** What the drive of an account is made of in the transaction that needs it. */
  plan(account: AccountRow, actor: Actor): EnsureDrive {
    const { region, defaults } = this.#parts;
    const { temporaryDays, trashDays } = defaults;
    const audit = auditEntry(actor, 'drive.created', { accountId: account.id });
    return {
      accountId: account.id,
      names: bucketNames(account),
      region,
      lifecycle: JSON.stringify(withTemporaryDays(undefined, temporaryDays)),
      trashDays,
      at: audit.at,
      audit,
    };
  }

  async #make(account: AccountRow, actor: Actor): Promise<DriveRow> {
    const plan = this.plan(account, actor);
    const bucket = await this.#parts.metadata.mutations.ensureDrive(plan);
    return { ...bucket, trash_days: plan.trashDays };
  }
}

/** What the bucket may be called: after its account, and with more to it where that is taken. */
function bucketNames({ id, name }: AccountRow): string[] {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG)
    .replace(/^-|-$/g, '');
  const digest = createHash('sha256').update(id).digest('hex');
  return [`drive-${slug}`, `drive-${slug}-${digest.slice(0, 8)}`, `drive-${digest.slice(0, 32)}`];
}
