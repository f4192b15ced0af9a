import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialects } from './support/dialects.ts';
import { type Bench, failure, inline, NOON, sizeOf, staged, useBench } from './support/fixture.ts';
import { countUsage, LATER, listVersions, putParts, refsOf, rename, setVersioning } from './support/rename.ts';

const RETENTION = { mode: 'COMPLIANCE', until: '2027-01-01T00:00:00.000Z' } as const;

function find({ metadata, bucket }: Bench, key: string) {
  return metadata.queries.findObject(bucket.id, key);
}

/** Stores an object of which everything is said that can be. */
function putAll(here: Bench, key: string, payload = inline('contents')) {
  return here.metadata.mutations.commitObject({
    ...here.target(key),
    payload,
    sizeBytes: sizeOf(payload),
    etag: `etag-of-${key}`,
    attributes: `{"contentType":"text/${key}"}`,
    checksum: { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'AAAAAA==' },
    tags: '[["a","1"]]',
    encryption: '{"mode":"SSE-S3"}',
    storageClass: 'COLD',
    acl: '[]',
    ownerId: 'somebody',
  });
}

async function events(here: Bench) {
  const rows = await here.database.rows<Record<string, string | number | null>>(
    'SELECT type, key, source_key, version_id, size_bytes, etag FROM events WHERE bucket = ? AND at = ? ORDER BY seq',
    here.bucket.name,
    LATER,
  );
  return rows.map((row) => ({ ...row }));
}

for (const dialect of dialects) {
  describe(`renames in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('an object moves with all that is said of it, and keeps its time', async () => {
      const here = await bench();
      await putAll(here, 'old');
      const before = await find(here, 'old');
      assert.deepEqual(await rename(here, { from: 'old', to: 'new' }), { versionId: 'null' });
      const after = await find(here, 'new');
      assert.deepEqual(after, { ...before, seq: after?.seq });
      assert.ok((after?.seq ?? 0) > (before?.seq ?? 0), 'it is made by the event of its rename');
      assert.equal(after?.last_modified, NOON);
      assert.equal(await find(here, 'old'), undefined);
      assert.deepEqual((await here.find('new'))?.data, Buffer.from('contents'));
    });

    test('objects of every kind move without a change to their bytes', async () => {
      const here = await bench();
      const large = staged(70_000);
      await here.put('large', { payload: large });
      await here.put('empty');
      const parts = await putParts(here, 'parts');
      for (const key of ['large', 'empty', 'parts']) await rename(here, { from: key, to: `${key}-2` });
      assert.equal((await here.find('large-2'))?.location, large.location);
      assert.equal((await find(here, 'empty-2'))?.size_bytes, 0);
      for (const location of [large.location, ...parts]) assert.equal(await refsOf(here, location), 1);
      const { part_set: set = '', part_count: count } = (await find(here, 'parts-2')) ?? {};
      assert.deepEqual([set, count], [`upload-${here.bucket.name}-parts`, 2], 'the set is handed over');
      const stored = await here.metadata.queries.listPartBlobs(set ?? '');
      assert.deepEqual(
        stored.map(({ location }) => location),
        parts,
      );
    });

    test('what was under the new key is overwritten and released, and usage stays right', async () => {
      const here = await bench();
      const overwritten = staged(500);
      await here.put('new', { payload: overwritten });
      await here.put('old', { payload: inline('old'), etag: 'old' });
      await putParts(here, 'whole');
      await rename(here, { from: 'old', to: 'new' });
      assert.deepEqual([(await here.find('new'))?.etag, await refsOf(here, overwritten.location)], ['old', 0]);
      await rename(here, { from: 'new', to: 'whole' });
      const [left] = await here.database.rows<{ n: number }>(
        'SELECT count(*) AS n FROM parts WHERE set_id = ?',
        `upload-${here.bucket.name}-whole`,
      );
      assert.deepEqual({ ...left }, { n: 0 });
      const { counted, found } = await countUsage(here);
      assert.deepEqual(counted, found);
    });

    test('an object replaces its own copy, with which it shares its bytes', async () => {
      const here = await bench();
      for (const payload of [inline('shared'), staged(9)]) {
        const { seq } = await here.put('old', { payload });
        const source = { bucketId: here.bucket.id, key: 'old', seq };
        await here.metadata.mutations.copyObject({ ...here.target('new'), source, newPartSet: 'unused' });
        await rename(here, { from: 'old', to: 'new' });
        if (payload.kind === 'staged') assert.equal(await refsOf(here, payload.location), 1);
        else assert.deepEqual((await here.find('new'))?.data, Buffer.from('shared'));
      }
    });

    test('a rename is one event, of the new key, that names the old one', async () => {
      const here = await bench();
      await here.put('old', { payload: inline('12345'), etag: 'tag' });
      await here.put('new');
      await rename(here, { from: 'old', to: 'new' });
      assert.deepEqual(await events(here), [
        { type: 'object.renamed', key: 'new', source_key: 'old', version_id: 'null', size_bytes: 5, etag: 'tag' },
      ]);
    });

    test('a source that is not there is NoSuchKey, and nothing is overwritten for it', async () => {
      const here = await bench();
      await here.put('new', { etag: 'kept' });
      await assert.rejects(rename(here, { from: 'old', to: 'new' }), { code: 'NoSuchKey', detail: { Key: 'old' } });
      assert.equal((await here.find('new'))?.etag, 'kept');
      await assert.rejects(
        rename(here, { from: 'old', to: 'new', preconditions: { match: ['other'] } }),
        failure('NoSuchKey'),
      );
      const lost = { ...here.target('new'), bucketId: -1, sourceKeys: ['old'], newPartSet: 's' };
      await assert.rejects(here.metadata.mutations.renameObject(lost), failure('NoSuchBucket'));
    });

    test('a source that can be read in two ways is the first of them that there is an object of', async () => {
      const here = await bench();
      await here.put('k', { etag: 'behind' });
      await here.put('bucket/k', { etag: 'literal' });
      await rename(here, { from: ['bucket/k', 'k'], to: 'first' });
      await rename(here, { from: ['bucket/k', 'k'], to: 'second' });
      assert.deepEqual([(await here.find('first'))?.etag, (await here.find('second'))?.etag], ['literal', 'behind']);
      await assert.rejects(rename(here, { from: ['bucket/k', 'k'], to: 'third' }), {
        code: 'NoSuchKey',
        detail: { Key: 'bucket/k' },
      });
    });

    test('the key that the object has already is InvalidRequest', async () => {
      const here = await bench();
      await putAll(here, 'same');
      const before = await find(here, 'same');
      await assert.rejects(rename(here, { from: 'same', to: 'same' }), {
        code: 'InvalidRequest',
        message: 'This rename request is illegal because it gives an object the key that it has.',
      });
      assert.deepEqual(await find(here, 'same'), before);
    });

    test('with versions the source stays in its history behind a delete marker', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      const contents = staged(100);
      const { versionId: first } = await here.put('old', { etag: 'older' });
      const { versionId: second } = await putAll(here, 'old', contents);
      const { versionId: overwritten } = await here.put('new', { etag: 'overwritten' });
      const before = await find(here, 'old');

      const { versionId } = await rename(here, { from: 'old', to: 'new' });
      const [marker] = await here.database.rows<{ version_id: string }>(
        'SELECT version_id FROM versions WHERE bucket_id = ? AND is_delete_marker = 1',
        here.bucket.id,
      );
      assert.deepEqual(await listVersions(here), [
        ['new', versionId, 'etag-of-old', 'latest version'],
        ['new', overwritten, 'overwritten', 'version'],
        ['old', marker?.version_id, '', 'latest marker'],
        ['old', second, 'etag-of-old', 'version'],
        ['old', first, 'older', 'version'],
      ]);
      const after = await find(here, 'new');
      const own = { seq: after?.seq, version_id: versionId, last_modified: LATER };
      assert.deepEqual(after, { ...before, ...own });
      assert.equal(await refsOf(here, contents.location), 2, 'the two versions share their bytes');
      const { counted, found } = await countUsage(here);
      assert.deepEqual(counted, found);
      assert.deepEqual(
        (await events(here)).map(({ type, key, source_key, version_id }) => [type, key, source_key, version_id]),
        [
          ['object.renamed', 'new', 'old', versionId],
          ['object.marked-deleted', 'old', null, marker?.version_id],
        ],
      );
    });

    test('with versions the parts of both have sets of their own, and neither outlives the other', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      const locations = await putParts(here, 'old');
      const { version_id: original = '' } = (await find(here, 'old')) ?? {};
      await rename(here, { from: 'old', to: 'new', newPartSet: `own-${here.bucket.name}` });
      assert.equal((await find(here, 'new'))?.part_set, `own-${here.bucket.name}`);
      for (const location of locations) assert.equal(await refsOf(here, location), 2);
      await here.metadata.mutations.deleteVersion({ ...here.target('old'), versionId: original });
      for (const location of locations) assert.equal(await refsOf(here, location), 1);
      const parts = await here.metadata.queries.listPartBlobs(`own-${here.bucket.name}`);
      assert.deepEqual(
        parts.map(({ location }) => location),
        locations,
      );
    });

    test('with versions a lock stays on the source and is on the new version too', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      await putAll(here, 'old');
      await here.metadata.mutations.setRetention({ ...here.target('old'), retention: RETENTION });
      await here.metadata.mutations.setLegalHold({ ...here.target('old'), legalHold: true });
      const { version_id: original = '' } = (await find(here, 'old')) ?? {};
      const { versionId } = await rename(here, { from: 'old', to: 'new' });
      for (const [key, id] of [
        ['old', original],
        ['new', versionId],
      ] as const) {
        const found = await here.metadata.queries.findVersion({ bucketId: here.bucket.id, key, versionId: id });
        assert.deepEqual(
          [found?.retention_mode, found?.retain_until, found?.legal_hold],
          [RETENTION.mode, RETENTION.until, 1],
        );
        const deletion = here.metadata.mutations.deleteVersion({ ...here.target(key), versionId: id });
        await assert.rejects(deletion, failure('AccessDenied'));
      }
    });

    test('what a delete marker hides cannot be renamed', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      await here.put('old');
      await here.remove('old');
      await assert.rejects(rename(here, { from: 'old', to: 'new' }), failure('NoSuchKey'));
    });

    test('with versions suspended the null version moves, and what is below it stays hidden', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      const { versionId: below } = await here.put('old', { etag: 'below' });
      const { versionId: kept } = await here.put('new', { etag: 'kept' });
      await setVersioning(here, 'Suspended');
      const moved = staged(30);
      await here.put('old', { etag: 'moved', payload: moved });
      await here.put('alone', { etag: 'alone' });
      assert.deepEqual(await rename(here, { from: 'old', to: 'new' }), { versionId: 'null' });
      await rename(here, { from: 'alone', to: 'beside' });
      assert.deepEqual(await listVersions(here), [
        ['beside', 'null', 'alone', 'latest version'],
        ['new', 'null', 'moved', 'latest version'],
        ['new', kept, 'kept', 'version'],
        ['old', 'null', '', 'latest marker'],
        ['old', below, 'below', 'version'],
      ]);
      assert.equal(await find(here, 'old'), undefined);
      assert.equal((await find(here, 'new'))?.last_modified, LATER, 'what it hides is older since the rename');
      assert.equal(await refsOf(here, moved.location), 1);
      const { counted, found } = await countUsage(here);
      assert.deepEqual(counted, found);
    });

    test('with versions suspended a version that has an id stays in its history', async () => {
      const here = await bench();
      const replaced = staged(40);
      await here.put('new', { etag: 'replaced', payload: replaced });
      await setVersioning(here, 'Enabled');
      const { versionId } = await here.put('old', { etag: 'named' });
      await here.put('new', { etag: 'newer' });
      await setVersioning(here, 'Suspended');
      assert.deepEqual(await rename(here, { from: 'old', to: 'new' }), { versionId: 'null' });
      const [current, newer, ...rest] = await listVersions(here);
      assert.deepEqual(current, ['new', 'null', 'named', 'latest version']);
      assert.deepEqual([newer?.[2], newer?.[3]], ['newer', 'version']);
      assert.deepEqual(rest, [
        ['old', 'null', '', 'latest marker'],
        ['old', versionId, 'named', 'version'],
      ]);
      assert.equal(await refsOf(here, replaced.location), 0, 'the null version below the new key was replaced');
    });

    test('a null version that is locked is neither moved away nor overwritten', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      await setVersioning(here, 'Suspended');
      for (const lock of ['retention', 'hold'] as const) {
        await here.put(lock, { etag: lock });
        await here.put('free', { etag: 'free' });
        if (lock === 'hold') await here.metadata.mutations.setLegalHold({ ...here.target(lock), legalHold: true });
        else await here.metadata.mutations.setRetention({ ...here.target(lock), retention: RETENTION });
        const before = await listVersions(here);
        for (const [from, to] of [
          [lock, 'elsewhere'],
          ['free', lock],
        ] as const) {
          await assert.rejects(rename(here, { from, to }), {
            code: 'AccessDenied',
            message: 'Access Denied because object protected by object lock.',
          });
          assert.deepEqual(await listVersions(here), before);
        }
      }
      const { counted, found } = await countUsage(here);
      assert.deepEqual(counted, found);
    });

    for (const gateways of [1, 2]) {
      test(`of renames of one source that race through ${gateways} gateway(s) exactly one wins`, async () => {
        const here = await bench();
        const everybody = [here.metadata];
        if (gateways === 2) everybody.push(here.database.openAnother());
        for (let round = 0; round < 3; round += 1) {
          await here.put('source', { payload: inline(`round ${round}`) });
          const results = await Promise.allSettled(
            Array.from({ length: 12 }, (_, index) =>
              (everybody[index % everybody.length] ?? here.metadata).mutations.renameObject({
                ...here.target(`${round}/${index}`),
                sourceKeys: ['source'],
                newPartSet: `raced-${round}-${index}`,
              }),
            ),
          );
          const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
          assert.equal(winners.length, 1);
          for (const result of results) {
            if (result.status === 'rejected') assert.ok(failure('NoSuchKey')(result.reason), result.reason);
          }
          assert.equal((await here.find(`${round}/${winners[0]}`))?.data?.toString(), `round ${round}`);
          assert.equal((await listVersions(here)).length, round + 1);
        }
      });
    }
  });
}
