import type { ClientToken, Preconditions } from '../../../metadata/index.ts';
import { type Bench, NOON, staged } from './fixture.ts';

/** When the tests rename, if they do not say: later than what they have put. */
export const LATER = '2026-03-04T12:00:10.000Z';

interface Rename {
  /** Several are the readings of what a client may have meant. */
  readonly from: string | readonly string[];
  readonly to: string;
  readonly at?: string;
  readonly accountId?: string;
  readonly sourcePreconditions?: Preconditions;
  readonly preconditions?: Preconditions;
  readonly clientToken?: ClientToken;
  readonly newPartSet?: string;
}

export function rename(here: Bench, { from, to, ...more }: Rename) {
  return here.metadata.mutations.renameObject({
    ...here.target(to),
    at: LATER,
    sourceKeys: typeof from === 'string' ? [from] : from,
    newPartSet: `set-of-${here.bucket.name}-${to}`,
    ...more,
  });
}

/** Stores an object of two parts, whose set is named for its key; resolves to where their bytes are. */
export async function putParts(here: Bench, key: string): Promise<string[]> {
  const { mutations } = here.metadata;
  const uploadId = `upload-${here.bucket.name}-${key}`;
  await mutations.createUpload({ ...here.target(key), uploadId, attributes: '{}' });
  const locations: string[] = [];
  for (const partNumber of [1, 2]) {
    const payload = staged(10);
    locations.push(payload.location);
    await mutations.commitPart({ uploadId, partNumber, at: NOON, payload, sizeBytes: 10, etag: `part-${partNumber}` });
  }
  const parts = [1, 2].map((partNumber) => ({ partNumber, etag: `part-${partNumber}` }));
  await mutations.completeUpload({ ...here.target(key), uploadId, parts, sizeBytes: 20, etag: 'whole-2' });
  return locations;
}

export async function setVersioning(here: Bench, versioning: 'Enabled' | 'Suspended'): Promise<void> {
  const { bucket, accountId, metadata } = here;
  await metadata.mutations.setVersioning({ bucketId: bucket.id, accountId, at: NOON, versioning });
}

/** Every version of a bucket as S3 lists them: key, id, ETag, and what it is. */
export async function listVersions({
  metadata,
  bucket,
}: Bench): Promise<(readonly [string, string, string, string])[]> {
  const range = { bucketId: bucket.id, prefix: '', delimiter: '', limit: 1000 };
  const { rows } = await metadata.queries.listVersions(range);
  return rows.map(([key, , etag, , , , , versionId, isMarker, isLatest]) => {
    const kind = isMarker === 1 ? 'marker' : 'version';
    return [key, versionId, etag, isLatest === 1 ? `latest ${kind}` : kind];
  });
}

/** How many references there are to staged bytes; undefined where they are not known. */
export async function refsOf(here: Bench, location: string): Promise<number | undefined> {
  const [row] = await here.database.rows<{ refs: number }>('SELECT refs FROM blobs WHERE location = ?', location);
  return row?.refs;
}

/** What the owner of all test buckets has stored, as counted and as it can be counted anew. */
export async function countUsage(here: Bench) {
  const [counted] = await here.database.rows<{ object_count: number; logical_bytes: number }>(
    'SELECT object_count, logical_bytes FROM usage WHERE account_id = ?',
    here.accountId,
  );
  const [found] = await here.database.rows<{ object_count: number; logical_bytes: number }>(
    `SELECT count(*) AS object_count, coalesce(sum(size_bytes), 0) AS logical_bytes FROM
       (SELECT size_bytes FROM objects UNION ALL SELECT size_bytes FROM versions WHERE is_delete_marker = 0)`,
  );
  return { counted, found };
}
