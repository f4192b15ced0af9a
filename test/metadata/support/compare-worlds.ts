import assert from 'node:assert/strict';
import type { TestDatabase } from './dialects.ts';
import type { HistoryModel, ModelBytes } from './history-model.ts';
import { compareBytes } from './odd-keys.ts';

interface Comparison {
  readonly database: TestDatabase;
  readonly model: HistoryModel;
  readonly bucketIds: ReadonlyMap<string, number>;
}

/** Everything that the database says, against what follows from the objects that live. */
export async function compareWorlds(comparison: Comparison): Promise<void> {
  await compareObjects(comparison);
  await compareUsage(comparison);
  await compareEvents(comparison);
  await compareBlobs(comparison);
  await compareParts(comparison);
}

async function compareObjects({ database, model, bucketIds }: Comparison): Promise<void> {
  for (const [bucket, bucketId] of bucketIds) {
    const range = { bucketId, prefix: '', delimiter: '', limit: 1000 };
    const { rows } = await database.metadata.queries.listObjects(range);
    const expected = [...model.bucket(bucket)].sort(([a], [b]) => compareBytes(a, b));
    assert.deepEqual(
      rows.map(([key, , etag, sizeBytes]) => [key, etag, sizeBytes]),
      expected.map(([key, { etag, sizeBytes }]) => [key, etag, sizeBytes]),
    );
    for (const [key, object] of expected) await compareContent({ database, bucketId, key, object });
  }
}

async function compareContent(input: {
  readonly database: TestDatabase;
  readonly bucketId: number;
  readonly key: string;
  readonly object: { readonly parts: readonly (ModelBytes | undefined)[] };
}): Promise<void> {
  const { database, bucketId, key, object } = input;
  const content = await database.metadata.queries.findObjectContent(bucketId, key);
  if (content?.part_set != null) {
    const parts = await database.metadata.queries.listPartBlobs(content.part_set);
    assert.deepEqual(
      parts.map(({ location }) => location),
      object.parts.map((bytes) => bytes?.name ?? null),
    );
    assert.equal(content.part_count, object.parts.length);
    return;
  }
  const [bytes] = object.parts;
  assert.equal(content?.location ?? undefined, bytes?.kind === 'staged' ? bytes.name : undefined);
  assert.equal(content?.data?.toString(), bytes?.kind === 'inline' ? bytes.name : undefined);
}

async function compareUsage({ database, model }: Comparison): Promise<void> {
  for (const account of await database.metadata.queries.listAccounts()) {
    const { objectCount, logicalBytes } = model.usage(account.name);
    assert.deepEqual([account.object_count, account.logical_bytes], [objectCount, logicalBytes], account.name);
  }
}

async function compareEvents({ database, model }: Comparison): Promise<void> {
  const events = await database.rows<Record<string, string | number>>(
    'SELECT type, bucket, key, size_bytes, etag FROM events WHERE key IS NOT NULL ORDER BY seq',
  );
  assert.deepEqual(
    events.map(({ type, bucket, key, size_bytes, etag }) => [type, bucket, key, size_bytes, etag].join(' ')),
    model.events,
  );
}

async function compareBlobs({ database, model }: Comparison): Promise<void> {
  const living = model.references();
  const blobs = await database.rows<{ name: string; refs: number; size: number; released: number }>(
    `SELECT coalesce(b.location, CAST(i.data AS TEXT)) AS name, b.refs, b.size_bytes AS size,
            CASE WHEN b.released_at IS NULL THEN 0 ELSE 1 END AS released
     FROM blobs b LEFT JOIN inline_blobs i ON i.blob_id = b.id`,
  );
  const expected = [...living].map(([name, { bytes, count }]) => ({
    ...{ name, refs: count, size: bytes.sizeBytes, released: 0 },
  }));
  for (const name of model.known) {
    if (!living.has(name)) {
      const size = blobs.find((blob) => blob.name === name)?.size ?? -1;
      expected.push({ name, refs: 0, size, released: 1 });
    }
  }
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  assert.deepEqual(blobs.sort(byName), expected.sort(byName));
  const [{ n } = { n: -1 }] = await database.rows<{ n: number }>('SELECT count(*) AS n FROM inline_blobs');
  assert.equal(n, [...living.values()].filter(({ bytes }) => bytes.kind === 'inline').length);
}

async function compareParts({ database, model }: Comparison): Promise<void> {
  const [{ n } = { n: -1 }] = await database.rows<{ n: number }>('SELECT count(*) AS n FROM parts');
  const [{ whole } = { whole: -1 }] = await database.rows<{ whole: number }>(
    'SELECT coalesce(sum(part_count), 0) AS whole FROM objects',
  );
  const uploading = [...model.uploads.values()].reduce((sum, { parts }) => sum + parts.size, 0);
  assert.equal(n, whole + uploading, 'every part row belongs to an upload or an object');
}
