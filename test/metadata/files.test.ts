import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialects } from './support/dialects.ts';
import { type Bench, failure, inline, NOON, useBench } from './support/fixture.ts';

async function enableVersions({ bucket, accountId, metadata }: Bench): Promise<void> {
  await metadata.mutations.setVersioning({ bucketId: bucket.id, accountId, at: NOON, versioning: 'Enabled' });
}

async function usageOf({ metadata }: Bench) {
  const [owner] = await metadata.queries.listAccounts();
  return [owner?.object_count, owner?.logical_bytes];
}

function deleteKey(here: Bench, { key = 'k', isConfirmed = false } = {}) {
  return here.metadata.mutations.deleteKey({ ...here.target(key), isConfirmed });
}

for (const dialect of dialects) {
  describe(`files in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('a commit tells whether the key named something before', async () => {
      const here = await bench();
      assert.equal((await here.put('k')).hasReplaced, false);
      assert.equal((await here.put('k')).hasReplaced, true);
      await here.remove('k');
      assert.equal((await here.put('k')).hasReplaced, false);
    });

    test('a write may ask that what is there is something else', async () => {
      const here = await bench();
      const condition = { kind: 'differs', etag: 'same' } as const;
      await here.put('k', { condition, etag: 'same' });
      await assert.rejects(here.put('k', { condition }), failure('PreconditionFailed'));
      await here.put('k', { etag: 'other' });
      await here.put('k', { condition });
    });

    test('attributes change in place: nothing else of the version does', async () => {
      const here = await bench();
      await here.put('k', { payload: inline('bytes'), attributes: '{"a":1}' });
      const before = await here.find('k');
      const change = { ...here.target('k'), attributes: '{"a":2}' };
      const { seq = 0, attributes = '' } = before ?? {};
      await here.metadata.mutations.setAttributes({ ...change, before: { seq, attributes } });
      assert.deepEqual(await here.find('k'), { ...before, attributes: '{"a":2}' });
      for (const stale of [
        { seq, attributes },
        { seq: seq + 1, attributes: '{"a":2}' },
      ]) {
        const late = here.metadata.mutations.setAttributes({ ...change, before: stale });
        await assert.rejects(late, failure('ConditionalRequestConflict'));
      }
      const missing = { ...change, key: 'missing', before: { seq, attributes } };
      await assert.rejects(here.metadata.mutations.setAttributes(missing), failure('NoSuchKey'));
    });

    test('a key is deleted for good at once where no versions are kept', async () => {
      const here = await bench();
      const before = await usageOf(here);
      await here.put('k', { payload: inline('bytes') });
      await here.put('k2', { payload: inline('stays') });
      assert.deepEqual(await deleteKey(here), { versionCount: 1, sizeBytes: 5 });
      assert.equal(await here.find('k'), undefined);
      await assert.rejects(deleteKey(here), failure('NoSuchKey'));
      await deleteKey(here, { key: 'k2' });
      assert.deepEqual(await usageOf(here), before);
    });

    test('where versions are kept it is to be confirmed, and takes all of them and their markers', async () => {
      const here = await bench();
      const before = await usageOf(here);
      await here.put('k', { payload: inline('null version') });
      await enableVersions(here);
      await here.put('k', { payload: inline('second') });
      await here.remove('k');
      await here.put('k', { payload: inline('third') });
      await assert.rejects(deleteKey(here), (error: Error & { code?: string; detail?: object }) => {
        assert.equal(error.code, 'ConfirmationRequired');
        assert.deepEqual(error.detail, { VersionCount: '3', SizeBytes: '23' });
        return /3 versions of 23 bytes/.test(error.message);
      });
      assert.notEqual(await here.find('k'), undefined);
      assert.deepEqual(await deleteKey(here, { isConfirmed: true }), { versionCount: 3, sizeBytes: 23 });
      const page = { bucketId: here.bucket.id, key: 'k', before: Number.MAX_SAFE_INTEGER, limit: 10 };
      assert.deepEqual(await here.metadata.queries.listFileVersions(page), []);
      assert.deepEqual(await usageOf(here), before);
    });

    test('a locked version keeps all of them', async () => {
      const here = await bench();
      await enableVersions(here);
      const { versionId } = await here.put('k');
      await here.put('k');
      await here.metadata.mutations.setLegalHold({ ...here.target('k'), versionId, legalHold: true });
      await assert.rejects(deleteKey(here, { isConfirmed: true }), failure('AccessDenied'));
      assert.notEqual(await here.find('k'), undefined);
      await here.metadata.mutations.setLegalHold({ ...here.target('k'), versionId, legalHold: false });
      await deleteKey(here, { isConfirmed: true });
    });

    test('the versions of a key come newest first, page by page', async () => {
      const here = await bench();
      await enableVersions(here);
      for (const etag of ['1', '2', '3']) await here.put('k', { etag });
      await here.put('k2', { etag: 'another' });
      await here.remove('k');
      const seen: [string, number, number][] = [];
      let before = Number.MAX_SAFE_INTEGER;
      for (;;) {
        const page = { bucketId: here.bucket.id, key: 'k', before, limit: 1 };
        const [row] = await here.metadata.queries.listFileVersions(page);
        if (row === undefined) break;
        seen.push([row.etag, row.is_delete_marker, row.is_current]);
        before = row.seq;
      }
      assert.deepEqual(seen, [
        ['', 1, 0],
        ['3', 0, 0],
        ['2', 0, 0],
        ['1', 0, 0],
      ]);
    });

    test('a list leaves out what is hidden, wherever pages end', async () => {
      const here = await bench();
      const keys = ['-', '.', '.trash', '.trash/1', '.trash/2', '.trash/3/4', '.trash0', '.u', 'a', 'a/b'];
      for (const key of keys) await here.put(key);
      const shown = keys.filter((key) => !key.startsWith('.trash/'));
      for (const limit of [1, 2, 3, 4, 100]) {
        const found: string[] = [];
        let position: { after: string; isPrefix: boolean } | undefined;
        do {
          const range = { bucketId: here.bucket.id, prefix: '', delimiter: '', hidden: '.trash/', limit, position };
          const page = await here.metadata.queries.listFiles(range);
          found.push(...page.rows.map(([key]) => key));
          position = page.next;
        } while (position !== undefined);
        assert.deepEqual(found, shown, `${limit} a page`);
      }
    });
  });
}
