import type { Metadata } from '../../../metadata/index.ts';
import type { BucketRow } from '../../../metadata/queries/buckets.ts';
import { INVARIANTS } from '../../support/row-invariants.ts';
import type { TestDatabase } from './dialects.ts';
import { addDrive } from './drive.ts';
import { AUDIT, addAccount, NOON, staged } from './fixture.ts';

export const TOMORROW = '2026-03-05T12:00:00.000Z';

/** Somebody with a drive. */
export interface Owner {
  readonly id: string;
  readonly name: string;
  readonly drive: BucketRow;
}

let made = 0;

/** Accounts that give each other files. */
export class TransferWorld {
  readonly database: TestDatabase;

  constructor(database: TestDatabase) {
    this.database = database;
  }

  get metadata(): Metadata {
    return this.database.metadata;
  }

  async owner(): Promise<Owner> {
    made += 1;
    const name = `owner-${made}`;
    const id = await addAccount(this.metadata, name);
    return { id, name, drive: await addDrive(this.metadata, id) };
  }

  async setQuota({ id: accountId }: Owner, quotaBytes: number | null): Promise<void> {
    await this.metadata.mutations.changeAccount({
      accountId,
      changes: { quotaBytes },
      spareName: 'spare',
      audit: AUDIT,
    });
  }

  setStatus({ id: accountId }: Owner, status: 'active' | 'disabled'): Promise<void> {
    return this.metadata.mutations.setAccountStatus({ accountId, status, audit: AUDIT });
  }

  put({ id, drive }: Owner, key: string, sizeBytes = 10) {
    const payload = staged(sizeBytes);
    const etag = payload.location;
    return this.metadata.mutations.commitObject({
      ...{ bucketId: drive.id, key, accountId: id, at: NOON },
      ...{ payload, sizeBytes, etag, attributes: '{}' },
    });
  }

  remove({ id, drive }: Owner, key: string) {
    return this.metadata.mutations.deleteObject({ bucketId: drive.id, key, accountId: id, at: NOON });
  }

  async offer(
    from: Owner,
    to: Pick<Owner, 'id'>,
    { path, at = NOON, expiresAt = TOMORROW }: { path: string; at?: string; expiresAt?: string },
  ): Promise<string> {
    made += 1;
    const id = `offer-${String(made).padStart(6, '0')}`;
    await this.metadata.mutations.offerTransfer({
      ...{ id, bucketId: from.drive.id, path, senderId: from.id, recipientId: to.id, note: 'take it', at, expiresAt },
      audit: { ...AUDIT, type: 'transfer.offered', accountId: to.id, actorId: from.id, detail: { path } },
    });
    return id;
  }

  accept(id: string, { id: recipientId, drive }: Owner, { to, at = NOON }: { to?: string; at?: string } = {}) {
    return this.metadata.mutations.acceptTransfer({
      ...{ id, recipientId, at },
      ...(to === undefined ? {} : { to }),
      drive: this.plan(recipientId, drive.name),
      audit: { ...AUDIT, type: 'transfer.accepted', actorId: recipientId },
    });
  }

  handOver(from: Owner, to: Owner, path: string) {
    return this.metadata.mutations.handOver({
      ...{ bucketId: from.drive.id, path, senderId: from.id, recipientId: to.id, at: NOON },
      drive: this.plan(to.id, to.drive.name),
      audit: { ...AUDIT, type: 'transfer.accepted', actorId: from.id },
    });
  }

  withdraw(id: string, { id: byId }: Pick<Owner, 'id'>, at = NOON): Promise<void> {
    const audit = { ...AUDIT, type: 'transfer.withdrawn', actorId: byId } as const;
    return this.metadata.mutations.withdrawTransfer({ id, byId, at, audit });
  }

  plan(accountId: string, name: string) {
    const defaults = { region: 'us-east-1', lifecycle: '{"rules":[]}', trashDays: 30, at: NOON, audit: AUDIT };
    return { accountId, names: [name], ...defaults };
  }

  /** Keys and sizes of what is current, with all that is older. */
  async files({ drive }: Owner): Promise<[key: string, etag: string, sizeBytes: number][]> {
    const range = { bucketId: drive.id, prefix: '', delimiter: '', limit: 1000 };
    const { rows } = await this.metadata.queries.listObjects(range);
    return rows.map(([key, , etag, sizeBytes]) => [key ?? '', etag, sizeBytes]);
  }

  async keys(owner: Owner): Promise<string[]> {
    return (await this.files(owner)).map(([key]) => key);
  }

  async usage({ id }: Owner): Promise<{ objects: number; bytes: number }> {
    const sql = 'SELECT object_count AS objects, logical_bytes AS bytes FROM usage WHERE account_id = ?';
    const [row] = await this.database.rows<{ objects: number; bytes: number }>(sql, id);
    return { ...(row as { objects: number; bytes: number }) }; // every account has a row
  }

  /** What must hold of all rows and does not, by its name. */
  async broken(): Promise<string[]> {
    const names: string[] = [];
    for (const [name, sql] of Object.entries(INVARIANTS)) {
      if ((await this.database.rows(sql)).length > 0) names.push(name);
    }
    return names;
  }
}
