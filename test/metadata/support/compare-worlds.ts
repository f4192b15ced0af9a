import assert from 'node:assert/strict';
import { seqOfVersionId } from '../../../metadata/index.ts';
import type { TestDatabase } from './dialects.ts';
import type { HistoryModel, ModelBytes, ModelPlace, ModelVersion } from './history-model.ts';
import { compareBytes } from './odd-keys.ts';

interface Comparison {
  readonly database: TestDatabase;
  readonly model: HistoryModel;
  readonly bucketIds: ReadonlyMap<string, number>;
}

/** Everything that the database says, against what follows from the versions that live. */
export async function compareWorlds(comparison: Comparison): Promise<void> {
  await compareLists(comparison);
  await compareContents(comparison);
  await compareUsage(comparison);
  await compareEvents(comparison);
  await compareBlobs(comparison);
  await compareParts(comparison);
}

/** What is current, and all versions in their order: what every step must leave right. */
export async function compareLists({ database, model, bucketIds }: Comparison): Promise<void> {
  const { queries } = database.metadata;
  for (const [bucket, bucketId] of bucketIds) {
    const range = { bucketId, prefix: '', delimiter: '', limit: 1000 };
    const keys = [...model.bucket(bucket).keys()].sort(compareBytes);
    const living = keys.flatMap((key) => {
      const current = model.current({ bucket, key });
      return current === undefined ? [] : [[key, current.etag, current.sizeBytes]];
    });
    const { rows } = await queries.listObjects(range);
    assert.deepEqual(
      rows.map(([key, , etag, sizeBytes]) => [key, etag, sizeBytes]),
      living,
    );
    const versions = await queries.listVersions(range);
    assert.deepEqual(
      versions.rows.map(([key, , etag, sizeBytes, , , , id, isMarker, isLatest]) => {
        return { key, etag, sizeBytes, id: id === 'null' ? id : seqOfVersionId(id), isMarker, isLatest };
      }),
      keys.flatMap((key) => model.versions({ bucket, key }).map((version, at) => listed(key, { version, at }))),
    );
  }
}

function listed(key: string, { version, at }: { version: ModelVersion; at: number }) {
  const { etag, sizeBytes, isNull, isDeleteMarker, seq } = version;
  const isLatest = at === 0 ? 1 : 0;
  return { key, etag, sizeBytes, id: isNull ? 'null' : seq, isMarker: isDeleteMarker ? 1 : 0, isLatest };
}

/** Every version is found by its id, and the current one without. */
async function compareContents({ database, model, bucketIds }: Comparison): Promise<void> {
  const { queries } = database.metadata;
  for (const [bucket, bucketId] of bucketIds) {
    const range = { bucketId, prefix: '', delimiter: '', limit: 1000 };
    for (const [key, , , , , , , versionId, , isLatest, , rank] of (await queries.listVersions(range)).rows) {
      const version = findVersion(model, { bucket, key, seq: -rank });
      const content = await queries.findVersionContent({ bucketId, key, versionId });
      assert.deepEqual([content?.version_id, content?.seq], [versionId, version.seq]);
      assert.equal(content?.is_delete_marker, version.isDeleteMarker ? 1 : 0);
      await compareContent({ database, content, parts: version.parts });
      if (isLatest === 0) continue;
      const current = await queries.findObjectContent(bucketId, key);
      assert.deepEqual(current, version.isDeleteMarker ? undefined : content);
    }
  }
}

function findVersion(model: HistoryModel, { seq, ...place }: ModelPlace & { seq: number }): ModelVersion {
  const found = model.versions(place).find((version) => version.seq === seq);
  assert.ok(found !== undefined);
  return found;
}

async function compareContent(input: {
  readonly database: TestDatabase;
  readonly content: Awaited<ReturnType<TestDatabase['metadata']['queries']['findVersionContent']>>;
  readonly parts: readonly (ModelBytes | undefined)[];
}): Promise<void> {
  const { database, content, parts: expected } = input;
  if (content?.part_set != null) {
    const parts = await database.metadata.queries.listPartBlobs(content.part_set);
    assert.deepEqual(
      parts.map(({ location }) => location),
      expected.map((bytes) => bytes?.name ?? null),
    );
    assert.equal(content.part_count, expected.length);
    return;
  }
  const [bytes] = expected;
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
    'SELECT type, bucket, key, size_bytes, etag, source_key FROM events WHERE key IS NOT NULL ORDER BY seq',
  );
  assert.deepEqual(
    events.map((event) =>
      [event.type, event.bucket, event.key, event.size_bytes, event.etag, event.source_key].join(' '),
    ),
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
    `SELECT coalesce(sum(part_count), 0) AS whole FROM
       (SELECT part_count FROM objects UNION ALL SELECT part_count FROM versions) AS all_versions`,
  );
  const uploading = [...model.uploads.values()].reduce((sum, { parts }) => sum + parts.size, 0);
  assert.equal(n, whole + uploading, 'every part row belongs to an upload or a version');
}
