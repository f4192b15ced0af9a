import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialects } from './support/dialects.ts';
import { addAccount, type Bench, failure, inline, NOON, useBench } from './support/fixture.ts';

const LATER = '2026-03-05T12:00:00.000Z';
const TAGS = '[["a","1"]]';

async function setVersioning({ bucket, accountId, metadata }: Bench, versioning: 'Enabled' | 'Suspended') {
  await metadata.mutations.setVersioning({ bucketId: bucket.id, accountId, at: NOON, versioning });
}

/** All of a key, the newest first: `marker`, or the ETag. */
async function history({ bucket, metadata }: Bench, key = 'k'): Promise<string[]> {
  const range = { bucketId: bucket.id, prefix: key, delimiter: '', limit: 100 };
  const { rows } = await metadata.queries.listVersions(range);
  return rows.map(([, , etag, , , , , , isDeleteMarker]) => (isDeleteMarker === 1 ? 'marker' : etag));
}

/** The events that tell versions apart, the newest first. */
async function seqs({ bucket, metadata }: Bench, key = 'k'): Promise<number[]> {
  const range = { bucketId: bucket.id, prefix: key, delimiter: '', limit: 100 };
  return (await metadata.queries.listVersions(range)).rows.map((row) => -row[11]);
}

function judged({ bucket }: Bench, seq: number | undefined, tags: string | null = null) {
  return { bucketId: bucket.id, key: 'k', seq: seq ?? -1, tags, at: LATER };
}

async function usage({ database, accountId }: Bench) {
  const [row] = await database.rows<object>(
    'SELECT object_count AS count, logical_bytes AS bytes FROM usage WHERE account_id = ?',
    accountId,
  );
  return { ...row };
}

async function lastEvent({ database }: Bench) {
  const [row] = await database.rows<object>('SELECT type, account_id, key FROM events ORDER BY seq DESC LIMIT 1');
  return { ...row };
}

for (const dialect of dialects) {
  describe(`what lifecycle rules ask for in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('an expired object without versions is gone, and its owner is credited', async () => {
      const here = await bench();
      const before = await usage(here);
      const { seq } = await here.put('k', { payload: inline('bytes') });
      assert.equal(await here.metadata.mutations.expireCurrent(judged(here, seq)), true);
      assert.deepEqual([await history(here), await usage(here)], [[], before]);
      assert.deepEqual(await lastEvent(here), { type: 'object.deleted', account_id: 'lifecycle', key: 'k' });
    });

    test('an expired object with versions is hidden behind a delete marker', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      const { seq } = await here.put('k', { etag: 'first' });
      assert.equal(await here.metadata.mutations.expireCurrent(judged(here, seq)), true);
      assert.deepEqual(await history(here), ['marker', 'first']);
      assert.deepEqual(await lastEvent(here), { type: 'object.marked-deleted', account_id: 'lifecycle', key: 'k' });
    });

    test('where versions are suspended the null version gives way to a delete marker, and a named one stays', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      await here.put('k', { etag: 'named' });
      await setVersioning(here, 'Suspended');
      const [named] = await seqs(here);
      await here.metadata.mutations.expireCurrent(judged(here, named));
      assert.deepEqual(await history(here), ['marker', 'named']);
      const { seq } = await here.put('k', { etag: 'null' });
      await here.metadata.mutations.expireCurrent(judged(here, seq));
      assert.deepEqual(await history(here), ['marker', 'named']);
    });

    test('what was overwritten, tagged or deleted since does not expire', async () => {
      const here = await bench();
      const { mutations } = here.metadata;
      const first = await here.put('k', { etag: 'first' });
      const second = await here.put('k', { etag: 'second' });
      assert.equal(await mutations.expireCurrent(judged(here, first.seq)), false);
      await mutations.setTags({ ...here.target('k'), tags: TAGS });
      assert.equal(await mutations.expireCurrent(judged(here, second.seq)), false);
      assert.deepEqual(await history(here), ['second']);
      assert.equal(await mutations.expireCurrent(judged(here, second.seq, TAGS)), true);
      assert.equal(await mutations.expireCurrent(judged(here, second.seq, TAGS)), false);
    });

    test('a version that hides nothing does not expire once it is not current any more', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      const { seq } = await here.put('k', { etag: 'first' });
      await here.put('k', { etag: 'second' });
      assert.equal(await here.metadata.mutations.expireCurrent(judged(here, seq)), false);
      assert.deepEqual(await history(here), ['second', 'first']);
    });

    test('a noncurrent version is deleted for good, and so is a noncurrent delete marker', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      await here.put('k', { etag: 'first', payload: inline('one') });
      await here.remove('k');
      await here.put('k', { etag: 'second' });
      const [, marker, first] = await seqs(here);
      const before = await usage(here);
      const { deleteNoncurrent } = here.metadata.mutations;
      assert.equal(await deleteNoncurrent({ ...judged(here, first), newerVersions: 0 }), true);
      assert.equal(await deleteNoncurrent({ ...judged(here, first), newerVersions: 0 }), false);
      assert.deepEqual(await lastEvent(here), { type: 'object.deleted', account_id: 'lifecycle', key: 'k' });
      assert.equal(await deleteNoncurrent({ ...judged(here, marker), newerVersions: 0 }), true);
      assert.deepEqual(await history(here), ['second']);
      assert.notDeepEqual(await usage(here), before);
    });

    test('what became the newest again is not deleted as noncurrent', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      const { deleteNoncurrent, deleteVersion } = here.metadata.mutations;
      await here.put('k', { etag: 'first' });
      await here.remove('k');
      const { versionId } = await here.put('k', { etag: 'second' });
      const [, marker, first] = await seqs(here);
      await deleteVersion({ ...here.target('k'), versionId });
      assert.equal(await deleteNoncurrent({ ...judged(here, marker), newerVersions: 0 }), false);
      const [row] = await here.database.rows<{ version_id: string }>(
        'SELECT version_id FROM versions WHERE bucket_id = ? AND is_delete_marker = 1',
        here.bucket.id,
      );
      await deleteVersion({ ...here.target('k'), versionId: row?.version_id ?? '' });
      assert.equal(await deleteNoncurrent({ ...judged(here, first), newerVersions: 0 }), false);
      assert.deepEqual(await history(here), ['first']);
    });

    test('a version is not deleted when of those that are kept above it there are too few left', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      for (const etag of ['4', '3', '2', '1', 'current']) await here.put('k', { etag });
      const [, , , third, fourth] = await seqs(here);
      const { deleteNoncurrent } = here.metadata.mutations;
      assert.equal(await deleteNoncurrent({ ...judged(here, third), newerVersions: 2 }), true);
      assert.equal(await deleteNoncurrent({ ...judged(here, fourth), newerVersions: 3 }), false);
      assert.equal(await deleteNoncurrent({ ...judged(here, fourth), newerVersions: 2 }), true);
      assert.deepEqual(await history(here), ['current', '1', '2']);
    });

    test('delete markers do not count among those that are kept', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      await here.put('k', { etag: '1' });
      await here.remove('k');
      await here.remove('k');
      const [, , first] = await seqs(here);
      assert.equal(await here.metadata.mutations.deleteNoncurrent({ ...judged(here, first), newerVersions: 1 }), false);
    });

    test('a locked version is refused, and so is one that is held', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      const { mutations } = here.metadata;
      const document = '{}';
      await mutations.putBucketConfig({ ...here.target('k'), bucketId: here.bucket.id, name: 'objectLock', document });
      const retention = { mode: 'GOVERNANCE', until: '2026-03-06T12:00:00.000Z' } as const;
      const { versionId } = await here.put('k', { etag: 'held' });
      await mutations.setLegalHold({ ...here.target('k'), versionId, legalHold: true });
      await here.put('k', { etag: 'retained' });
      await mutations.setRetention({ ...here.target('k'), retention });
      await here.put('k', { etag: 'current' });
      const [, retained, held] = await seqs(here);
      const refused = failure('AccessDenied');
      await assert.rejects(mutations.deleteNoncurrent({ ...judged(here, retained), newerVersions: 0 }), refused);
      await assert.rejects(mutations.deleteNoncurrent({ ...judged(here, held), newerVersions: 0 }), refused);
      assert.deepEqual(await history(here), ['current', 'retained', 'held']);
      const after = { ...judged(here, retained), at: '2026-03-07T12:00:00.000Z', newerVersions: 0 };
      assert.equal(await mutations.deleteNoncurrent(after), true);
    });

    test('a delete marker is removed when it is alone, and not otherwise', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      const { mutations } = here.metadata;
      await here.put('k', { etag: 'first' });
      await here.remove('k');
      const [marker, first] = await seqs(here);
      assert.equal(await mutations.removeExpiredMarker(judged(here, marker)), false);
      assert.equal(await mutations.removeExpiredMarker(judged(here, first)), false);
      await mutations.deleteNoncurrent({ ...judged(here, first), newerVersions: 0 });
      assert.equal(await mutations.removeExpiredMarker(judged(here, marker)), true);
      assert.equal(await mutations.removeExpiredMarker(judged(here, marker)), false);
      assert.deepEqual(await history(here), []);
    });

    test('a delete marker stays when an object was put over it meanwhile', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      await here.remove('k');
      const [marker] = await seqs(here);
      await here.put('k', { etag: 'new' });
      assert.equal(await here.metadata.mutations.removeExpiredMarker(judged(here, marker)), false);
      assert.deepEqual(await history(here), ['new', 'marker']);
    });

    test('buckets with rules are found in the order of their ids, whoever owns them', async () => {
      const here = await bench();
      const { mutations, queries } = here.metadata;
      const before = here.bucket.id;
      const [first, without, last] = [
        await here.another('rules-1'),
        await here.another('no-rules'),
        await here.another('rules-2', await addAccount(here.metadata, 'somebody')),
      ].map(({ bucket }) => bucket);
      for (const bucket of [first, last]) {
        const change = { bucketId: bucket?.id ?? 0, accountId: here.accountId, at: NOON };
        await mutations.putBucketConfig({ ...change, name: 'lifecycle', document: '{}' });
        await mutations.putBucketConfig({ ...change, name: 'tags', document: '[]' });
      }
      const tags = { bucketId: without?.id ?? 0, accountId: here.accountId, at: NOON, name: 'tags', document: '[]' };
      await mutations.putBucketConfig(tags);
      const find = async (fromId: number) => (await queries.findLifecycleBucket({ fromId }))?.name;
      assert.deepEqual(await queries.findLifecycleBucket({ fromId: before }), { ...first, config_version: 2 });
      assert.equal(await find(first?.id ?? 0), 'rules-1');
      assert.equal(await find((first?.id ?? 0) + 1), 'rules-2');
      assert.equal(await find((last?.id ?? 0) + 1), undefined);
    });
  });
}
