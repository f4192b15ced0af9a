import type { BucketRow, Payload } from '../../../metadata/index.ts';
import type { TestDatabase } from './dialects.ts';
import { AUDIT, addAccount, Bench, NOON, staged } from './fixture.ts';

interface Doing {
  readonly overwrite?: boolean;
  readonly at?: string;
  /** Another's drive. */
  readonly to?: DriveBench;
  readonly leads?: 'move' | 'forget';
}

/** An account's drive, and the shortest words for what is done there. */
export class DriveBench extends Bench {
  /** Of all current versions, in order. */
  async keys(prefix = ''): Promise<string[]> {
    const range = { bucketId: this.bucket.id, prefix, delimiter: '', limit: 1000 };
    return (await this.metadata.queries.listObjects(range)).rows.map(([key]) => key);
  }

  /** Key and ETag of all versions, in order. */
  async versions(prefix = ''): Promise<string[]> {
    const range = { bucketId: this.bucket.id, prefix, delimiter: '', limit: 1000 };
    const { rows } = await this.metadata.queries.listVersions(range);
    return rows.map(([key, , etag, , , , , , isMarker]) => `${key} ${isMarker === 1 ? 'marker' : etag}`);
  }

  /** Objects and bytes that the owner is charged for. */
  async usage(): Promise<[number, number]> {
    const [row] = await this.database.rows<{ object_count: number; logical_bytes: number }>(
      'SELECT object_count, logical_bytes FROM usage WHERE account_id = ?',
      this.accountId,
    );
    return [row?.object_count ?? -1, row?.logical_bytes ?? -1];
  }

  move(from: string, path: string, { to = this, at = NOON, ...how }: Doing = {}) {
    return this.metadata.mutations.moveTree({
      ...how,
      from: { bucketId: this.bucket.id, path: from },
      to: { bucketId: to.bucket.id, path },
      accountId: this.accountId,
      at,
    });
  }

  copy(from: string, path: string, { to = this, at = NOON, ...how }: Omit<Doing, 'leads'> = {}) {
    return this.metadata.mutations.copyTree({
      ...how,
      from: { bucketId: this.bucket.id, path: from },
      to: { bucketId: to.bucket.id, path },
      accountId: this.accountId,
      at,
    });
  }

  trash(path: string, at = NOON) {
    const place = { bucketId: this.bucket.id, path, accountId: this.accountId, at };
    return this.metadata.mutations.putIntoTrash({ ...place, id: newTrashId() });
  }

  restore(id: string, how: { readonly to?: string; readonly overwrite?: boolean } = {}) {
    const { accountId, bucket } = this;
    return this.metadata.mutations.restoreTrash({ ...how, bucketId: bucket.id, id, accountId, at: NOON });
  }

  purge(id: string, limit: number) {
    const { accountId, bucket } = this;
    return this.metadata.mutations.purgeTrash({ bucketId: bucket.id, id, limit, accountId, at: NOON });
  }

  listTrash() {
    return this.metadata.queries.listTrash({ bucketId: this.bucket.id, limit: 1000 });
  }

  /** Lets somebody read a path. */
  share(path: string, { accountId }: DriveBench): Promise<void> {
    return this.database.write(
      `INSERT INTO shares (id, bucket_id, path, grantee_id, grantor_id, may_write, may_share, created_at)
       VALUES (?, ?, ?, ?, ?, 0, 0, ?)`,
      newTrashId(),
      this.bucket.id,
      path,
      accountId,
      this.accountId,
      NOON,
    );
  }

  async sharedPaths(): Promise<string[]> {
    const rows = await this.database.rows<{ path: string }>(
      'SELECT path FROM shares WHERE bucket_id = ? ORDER BY path',
      this.bucket.id,
    );
    return rows.map(({ path }) => path);
  }

  /** An object of parts of such sizes. */
  async putParts(key: string, sizes: readonly number[]): Promise<void> {
    const { mutations } = this.metadata;
    const uploadId = `upload-of-${this.bucket.id}-${key}`;
    await mutations.createUpload({ ...this.target(key), uploadId, attributes: '{}' });
    const parts = sizes.map((sizeBytes, index) => ({ partNumber: index + 1, etag: `part-${index}`, sizeBytes }));
    for (const part of parts) {
      const payload: Payload = staged(part.sizeBytes);
      await mutations.commitPart({ uploadId, at: NOON, payload, ...part });
    }
    const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
    await mutations.completeUpload({ ...this.target(key), uploadId, parts, sizeBytes, etag: `parts-of-${key}` });
  }

  setQuota({ accountId }: DriveBench, quotaBytes: number): Promise<void> {
    return this.database.write('UPDATE usage SET quota_bytes = ? WHERE account_id = ?', quotaBytes, accountId);
  }
}

let lastId = 0;

/** Ordered by time, and of whatever. */
function newTrashId(): string {
  lastId += 1;
  return `id-${String(lastId).padStart(8, '0')}`;
}

/** A new account with a drive. */
export async function openDriveBench(database: TestDatabase, name: string): Promise<DriveBench> {
  const accountId = await addAccount(database.metadata, name);
  const bucket: BucketRow = await database.metadata.mutations.ensureDrive({
    accountId,
    names: [`drive-${name}`],
    region: 'us-east-1',
    lifecycle: '{"rules":[]}',
    trashDays: 30,
    at: NOON,
    audit: AUDIT,
  });
  return new DriveBench(database, bucket);
}
