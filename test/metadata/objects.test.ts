import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../metadata/index.ts';
import { dialects } from './support/dialects.ts';
import { addAccount, type Bench, failure, inline, NOON, staged, useBench } from './support/fixture.ts';

const LATER = '2026-03-04T12:00:01.000Z';

for (const dialect of dialects) {
  describe(`objects in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('a committed object is found with all that was said of it', async () => {
      const here = await bench();
      const checksum = { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'AAAAAA==' } as const;
      const committed = await here.metadata.mutations.commitObject({
        ...here.target('k'),
        payload: inline('hello'),
        sizeBytes: 5,
        etag: 'abc',
        attributes: '{"contentType":"text/plain"}',
        checksum,
        tags: '[["a","b"]]',
        encryption: '{"of":"it"}',
        storageClass: 'STANDARD_IA',
        acl: '[]',
      });
      const told = { seq: 0, versionId: 'null', etag: 'abc', lastModified: NOON, hasReplaced: false };
      assert.deepEqual({ ...committed, seq: 0 }, told);
      const content = await here.find('k');
      assert.deepEqual(content?.data, Buffer.from('hello'));
      assert.equal(content?.location, null);
      const found = await here.metadata.queries.findObject(here.bucket.id, 'k');
      assert.deepEqual(found, {
        seq: committed.seq,
        version_id: 'null',
        size_bytes: 5,
        etag: 'abc',
        last_modified: NOON,
        account_id: here.accountId,
        part_set: null,
        part_count: null,
        attributes: '{"contentType":"text/plain"}',
        checksum_algorithm: 'CRC32',
        checksum_type: 'FULL_OBJECT',
        checksum_value: 'AAAAAA==',
        tags: '[["a","b"]]',
        retention_mode: null,
        retain_until: null,
        legal_hold: null,
        encryption: '{"of":"it"}',
        storage_class: 'STANDARD_IA',
        acl: '[]',
        is_delete_marker: 0,
        location: null,
        store: null,
        data: null,
      });
    });

    test('a staged object names its place, and an empty one has neither place nor bytes', async () => {
      const here = await bench();
      const payload = staged(70_000);
      await here.put('large', { payload });
      await here.put('empty');
      assert.equal((await here.find('large'))?.location, payload.location);
      assert.equal((await here.find('large'))?.data, null);
      const empty = await here.find('empty');
      assert.deepEqual([empty?.location, empty?.data, empty?.size_bytes], [null, null, 0]);
      assert.equal(await here.find('nothing'), undefined);
      assert.equal(await here.metadata.queries.isBlobKnown(payload.location), true);
      assert.equal(await here.metadata.queries.isBlobKnown('never'), false);
    });

    test('an overwritten object is the new one alone; its inline bytes go, its staged bytes are released', async () => {
      const here = await bench();
      const first = staged(100);
      await here.put('k', { payload: first, etag: 'one' });
      await here.put('k', { payload: inline('two'), etag: 'two', at: LATER });
      const [released] = await here.database.rows<{ refs: number; released_at: number }>(
        'SELECT refs, released_at FROM blobs WHERE location = ?',
        first.location,
      );
      assert.deepEqual(released, { refs: 0, released_at: Date.parse(LATER) });
      await here.put('k', { payload: inline('three'), etag: 'three' });
      const content = await here.find('k');
      assert.deepEqual([content?.etag, content?.data], ['three', Buffer.from('three')]);
      const left = await here.database.rows<{ data: Buffer }>("SELECT data FROM inline_blobs WHERE data = x'74776f'");
      assert.deepEqual(left, []);
    });

    test('a deleted object is gone; deleting what is not there succeeds and logs nothing', async () => {
      const here = await bench();
      await here.put('k', { payload: inline('x') });
      assert.deepEqual(await here.remove('k'), { existed: true });
      assert.equal(await here.find('k'), undefined);
      assert.deepEqual(await here.remove('k'), { existed: false });
      const types = await here.database.rows<{ type: string }>(
        'SELECT type FROM events WHERE bucket = ? ORDER BY seq',
        here.bucket.name,
      );
      assert.deepEqual(
        types.map(({ type }) => type),
        ['bucket.created', 'object.created', 'object.deleted'],
      );
    });

    test('a copy shares the bytes of every kind of object, and outlives its source', async () => {
      const here = await bench();
      const large = staged(99);
      for (const [key, payload] of [
        ['small', inline('small')],
        ['large', large],
        ['empty', { kind: 'empty' }],
      ] as const) {
        const { seq } = await here.put(key, { payload, etag: `etag-${key}`, attributes: `{"of":"${key}"}` });
        await copy(here, { from: key, seq, to: `${key}-copy` });
        await here.remove(key);
      }
      assert.deepEqual((await here.find('small-copy'))?.data, Buffer.from('small'));
      assert.equal((await here.find('large-copy'))?.location, large.location);
      const emptyCopy = await here.find('empty-copy');
      assert.deepEqual([emptyCopy?.etag, emptyCopy?.attributes], ['etag-empty', '{"of":"empty"}']);
      const [blob] = await here.database.rows('SELECT refs, released_at FROM blobs WHERE location = ?', large.location);
      assert.deepEqual(blob, { refs: 1, released_at: null });
    });

    test('a copy onto itself keeps the bytes and takes the new attributes', async () => {
      const here = await bench();
      for (const payload of [inline('mine'), staged(5)]) {
        const { seq } = await here.put('self', { payload });
        const input = { source: { bucketId: here.bucket.id, key: 'self', seq }, newPartSet: 'unused' };
        await here.metadata.mutations.copyObject({ ...here.target('self'), ...input, attributes: '{"new":"1"}' });
        const found = await here.find('self');
        assert.equal(found?.attributes, '{"new":"1"}');
        assert.deepEqual(found?.data, payload.kind === 'inline' ? Buffer.from('mine') : null);
        if (payload.kind !== 'staged') continue;
        assert.equal(found?.location, payload.location);
        const [blob] = await here.database.rows('SELECT refs FROM blobs WHERE location = ?', payload.location);
        assert.deepEqual(blob, { refs: 1 });
      }
    });

    test('a copy of a source that changed since it was looked at is refused', async () => {
      const here = await bench();
      const { seq } = await here.put('source');
      await here.put('source', { etag: 'newer' });
      await assert.rejects(copy(here, { from: 'source', seq, to: 'target' }), (error) => {
        assert.ok(failure('NoSuchKey')(error));
        assert.deepEqual((error as Failure).detail, { changed: 'true' });
        return true;
      });
      assert.equal(await here.find('target'), undefined);
    });

    test('what a bucket holds is charged to its owner, whoever writes', async () => {
      const here = await bench();
      const owner = await addAccount(here.metadata, 'landlord');
      const theirs = await here.another('landlords', owner);
      await here.metadata.mutations.commitObject({
        ...theirs.target('k'),
        accountId: here.accountId,
        payload: staged(1000),
        sizeBytes: 1000,
        etag: 'e',
        attributes: '{}',
      });
      const usage = async () => {
        const [row] = (await here.metadata.queries.listAccounts()).filter(({ id }) => id === owner);
        return [row?.object_count, row?.logical_bytes];
      };
      assert.deepEqual(await usage(), [1, 1000]);
      const [event] = await here.database.rows(
        "SELECT account_id FROM events WHERE bucket = 'landlords' AND key = 'k'",
      );
      assert.deepEqual(event, { account_id: here.accountId });
      await theirs.put('k', { payload: staged(400) });
      assert.deepEqual(await usage(), [1, 400]);
      await theirs.remove('k');
      assert.deepEqual(await usage(), [0, 0]);
    });

    test('keys are bytes: what looks alike, ends in spaces or differs in case is another key', async () => {
      const here = await bench();
      const keys = [
        'a',
        'A',
        'a ',
        ' a',
        'é',
        'e\u0301',
        'a/',
        'a//',
        '%61',
        "a'b",
        'a"b',
        '日本',
        '\u{1f600}',
        '\uffff',
      ];
      for (const key of keys) await here.put(key, { etag: `etag of ${key}` });
      for (const key of keys) assert.equal((await here.find(key))?.etag, `etag of ${key}`);
    });

    test('a place in the backend belongs to one blob, and a second claim on it changes nothing', async () => {
      const here = await bench();
      const payload = staged(10);
      await here.put('first', { payload });
      const second = here.put('second', { payload });
      await assert.rejects(second, (error) => error instanceof Error && !(error instanceof Failure));
      assert.equal(await here.find('second'), undefined);
      const events = await here.database.rows("SELECT seq FROM events WHERE key = 'second'");
      assert.deepEqual(events, []);
    });
  });
}

function copy(here: Bench, { from, seq, to }: { from: string; seq: number; to: string }) {
  const source = { bucketId: here.bucket.id, key: from, seq };
  return here.metadata.mutations.copyObject({ ...here.target(to), source, newPartSet: `set of ${to}` });
}
