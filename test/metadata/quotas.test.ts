import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, addBucket, Bench, failure, inline, NOON, staged } from './support/fixture.ts';
import { rename, setVersioning } from './support/rename.ts';

for (const dialect of dialects) {
  describe(`quotas in ${dialect.name}`, () => {
    let database: TestDatabase;
    let count = 0;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    /** A bucket of a new account that may store so much. */
    async function bench(quotaBytes: number | null): Promise<Bench> {
      count += 1;
      const accountId = await addAccount(database.metadata, `owner-${count}`);
      const here = new Bench(database, await addBucket(database.metadata, `bucket-${count}`, accountId));
      await setQuota(here, quotaBytes);
      return here;
    }

    async function setQuota({ metadata, accountId }: Bench, quotaBytes: number | null): Promise<void> {
      await metadata.mutations.changeAccount({ accountId, changes: { quotaBytes }, spareName: 'spare', audit: AUDIT });
    }

    async function usage({ accountId }: Bench): Promise<{ objects: number; bytes: number }> {
      const sql = 'SELECT object_count AS objects, logical_bytes AS bytes FROM usage WHERE account_id = ?';
      const [row] = await database.rows<{ objects: number; bytes: number }>(sql, accountId);
      return { ...(row as { objects: number; bytes: number }) }; // every account has a row
    }

    const put = (here: Bench, key: string, sizeBytes: number) => here.put(key, { payload: staged(sizeBytes) });
    /** All that a refusal must leave as it was. */
    async function state(here: Bench) {
      const { id } = here.bucket;
      return {
        usage: await usage(here),
        objects: await database.rows('SELECT * FROM objects WHERE bucket_id = ? ORDER BY key', id),
        versions: await database.rows('SELECT * FROM versions WHERE bucket_id = ? ORDER BY key, rank', id),
        uploads: await database.rows('SELECT * FROM uploads WHERE bucket_id = ?', id),
        parts: await database.rows('SELECT * FROM parts ORDER BY set_id, part_number'),
        blobs: await database.rows('SELECT * FROM blobs ORDER BY id'),
        inline: await database.rows('SELECT blob_id FROM inline_blobs ORDER BY blob_id'),
        events: await database.rows('SELECT count(*) AS count FROM events'),
      };
    }
    async function refused(here: Bench, act: () => Promise<unknown>): Promise<void> {
      const before = await state(here);
      await assert.rejects(act(), failure('QuotaExceeded'));
      assert.deepEqual(await state(here), before);
    }

    test('an account may store as much as its quota, to the byte, and not one more', async () => {
      const here = await bench(100);
      await put(here, 'a', 60);
      await refused(here, () => put(here, 'b', 41));
      await put(here, 'b', 40);
      await refused(here, () => here.put('c', { payload: inline('x') }));
      assert.deepEqual(await usage(here), { objects: 2, bytes: 100 });
      await here.put('empty');
      assert.deepEqual(await usage(here), { objects: 3, bytes: 100 });
    });

    test('without a quota nothing is refused, and a quota of nothing allows what is empty', async () => {
      const here = await bench(null);
      await put(here, 'a', 5_000_000_000_000);
      const none = await bench(0);
      await refused(none, () => put(none, 'a', 1));
      await none.put('empty');
    });

    test('replacing an object counts the difference', async () => {
      const here = await bench(100);
      await put(here, 'a', 90);
      await put(here, 'a', 100);
      await refused(here, () => put(here, 'a', 101));
      await put(here, 'a', 10);
      assert.deepEqual(await usage(here), { objects: 1, bytes: 10 });
    });

    test('a quota below what is stored refuses growth, and neither deletes nor smaller replacements', async () => {
      const here = await bench(null);
      await put(here, 'a', 80);
      await put(here, 'b', 80);
      await setQuota(here, 100);
      await refused(here, () => put(here, 'c', 1));
      await refused(here, () => put(here, 'a', 81));
      await put(here, 'a', 79);
      await put(here, 'a', 79);
      await here.remove('b');
      assert.deepEqual(await usage(here), { objects: 1, bytes: 79 });
      await put(here, 'c', 21);
      await setQuota(here, null);
      await put(here, 'd', 1000);
    });

    test('what is written to a bucket counts against its owner, whoever writes', async () => {
      const here = await bench(10);
      const guest = await addAccount(database.metadata, `guest-${count}`);
      const write = (sizeBytes: number) =>
        here.metadata.mutations.commitObject({
          ...here.target('k'),
          accountId: guest,
          payload: staged(sizeBytes),
          sizeBytes,
          etag: 'e',
          attributes: '{}',
        });
      await refused(here, () => write(11));
      await write(10);
    });

    test('kept versions count each, and deleting one for good makes room', async () => {
      const here = await bench(100);
      await setVersioning(here, 'Enabled');
      const { versionId } = await put(here, 'k', 60);
      await refused(here, () => put(here, 'k', 41));
      await put(here, 'k', 40);
      await here.remove('k'); // a marker
      await refused(here, () => put(here, 'k', 1));
      await here.metadata.mutations.deleteVersion({ ...here.target('k'), versionId });
      await put(here, 'k', 60);
    });

    test('a null version that is replaced gives back its bytes, current or not', async () => {
      const here = await bench(100);
      await put(here, 'k', 50);
      await setVersioning(here, 'Enabled');
      await put(here, 'k', 50);
      await setVersioning(here, 'Suspended');
      await refused(here, () => put(here, 'k', 51));
      await put(here, 'k', 50);
      await refused(here, () => put(here, 'k', 51));
      await put(here, 'k', 40);
      assert.deepEqual(await usage(here), { objects: 2, bytes: 90 });
    });

    test('a copy counts as what it copies', async () => {
      const here = await bench(100);
      const { seq } = await put(here, 'source', 60);
      const copy = (key: string) =>
        here.metadata.mutations.copyObject({
          ...here.target(key),
          source: { bucketId: here.bucket.id, key: 'source', seq },
          newPartSet: `copied-${here.bucket.name}`,
        });
      await refused(here, () => copy('copy'));
      await setQuota(here, 120);
      await copy('copy');
      await setQuota(here, 100);
      await copy('source'); // onto itself: nothing more than before
      assert.deepEqual(await usage(here), { objects: 2, bytes: 120 });
    });

    /** An upload under way of parts of given sizes. */
    async function upload(here: Bench) {
      const { mutations } = here.metadata;
      const uploadId = `upload-${here.bucket.name}`;
      await mutations.createUpload({ ...here.target('k'), uploadId, attributes: '{}' });
      return {
        part: (partNumber: number, sizeBytes: number) => {
          const part = { uploadId, partNumber, at: NOON, sizeBytes, etag: `p${partNumber}-${sizeBytes}` };
          return mutations.commitPart({ ...part, payload: staged(sizeBytes) });
        },
        complete: (parts: Readonly<Record<number, number>>) =>
          mutations.completeUpload({
            ...here.target('k'),
            uploadId,
            parts: Object.entries(parts).map(([partNumber, sizeBytes]) => ({
              partNumber: Number(partNumber),
              etag: `p${partNumber}-${sizeBytes}`,
            })),
            sizeBytes: Object.values(parts).reduce((sum, sizeBytes) => sum + sizeBytes, 0),
            etag: 'whole',
          }),
        abort: () => mutations.abortUpload({ uploadId, nowMs: Date.parse(NOON) }),
      };
    }

    test('parts count as they come, to the byte, and completing them costs nothing more', async () => {
      const here = await bench(30);
      const { part, complete } = await upload(here);
      await part(1, 10);
      await part(2, 15);
      await refused(here, () => part(3, 6));
      await part(3, 5);
      assert.deepEqual(await usage(here), { objects: 0, bytes: 30 });
      await refused(here, () => put(here, 'another', 1));
      await complete({ 1: 10, 2: 15, 3: 5 });
      assert.deepEqual(await usage(here), { objects: 1, bytes: 30 });
    });

    test('a part that is replaced counts the difference', async () => {
      const here = await bench(20);
      const { part } = await upload(here);
      await part(1, 15);
      await part(1, 20);
      await refused(here, () => part(1, 21));
      await part(1, 3);
      assert.deepEqual(await usage(here), { objects: 0, bytes: 3 });
    });

    test('parts that are left out of what is completed count no more, and neither does what that replaces', async () => {
      const here = await bench(40);
      await put(here, 'k', 10);
      const { part, complete } = await upload(here);
      for (const partNumber of [1, 2, 3]) await part(partNumber, 10);
      await complete({ 2: 10 });
      assert.deepEqual(await usage(here), { objects: 1, bytes: 10 });
    });

    test('parts that were there before the quota was lowered may be completed, for that takes no more', async () => {
      const here = await bench(null);
      const { part, complete } = await upload(here);
      await part(1, 10);
      await setQuota(here, 5);
      await refused(here, () => part(2, 1));
      await complete({ 1: 10 });
      assert.deepEqual(await usage(here), { objects: 1, bytes: 10 });
    });

    test('aborting an upload gives back what its parts took, and so does deleting its bucket', async () => {
      for (const end of ['abort', 'delete the bucket'] as const) {
        const here = await bench(20);
        const { part, abort } = await upload(here);
        await part(1, 10);
        await part(2, 10);
        if (end === 'abort') await abort();
        else await here.metadata.mutations.deleteBucket({ ...here.target('k'), bucketId: here.bucket.id });
        assert.deepEqual(await usage(here), { objects: 0, bytes: 0 }, end);
      }
    });

    test('bytes that are stored already count for each who stores them, and go when the last one goes', async () => {
      const payload = () => ({ ...staged(10), sha256: `same-of-${count}`, mayShare: true });
      const first = await bench(10);
      const second = await bench(9);
      const shared = payload();
      await first.put('k', { payload: shared });
      await refused(second, () => second.put('k', { payload: payload() }));
      await setQuota(second, 10);
      await second.put('k', { payload: { ...payload(), sha256: shared.sha256 } });
      assert.deepEqual([await usage(first), await usage(second)], Array(2).fill({ objects: 1, bytes: 10 }));
      await first.remove('k');
      assert.equal((await second.find('k'))?.location, shared.location);
      assert.deepEqual(
        [await usage(first), await usage(second)],
        [
          { objects: 0, bytes: 0 },
          { objects: 1, bytes: 10 },
        ],
      );
      await second.remove('k');
      const [blob] = await database.rows('SELECT refs FROM blobs WHERE location = ?', shared.location);
      assert.deepEqual(blob, { refs: 0 });
    });

    test('a rename costs nothing where it moves, and counts where the old version is kept', async () => {
      const here = await bench(100);
      await put(here, 'a', 100);
      await rename(here, { from: 'a', to: 'b' });
      await put(here, 'b', 60);
      await setVersioning(here, 'Enabled');
      await refused(here, () => rename(here, { from: 'b', to: 'c' }));
      await setQuota(here, 120);
      await rename(here, { from: 'b', to: 'c' });
      assert.deepEqual(await usage(here), { objects: 2, bytes: 120 });
    });

    test('fifty racing writers never overrun it by a byte, and fill it as far as they can', async () => {
      const here = await bench(1000);
      const another = new Bench({ ...database, metadata: database.openAnother() }, here.bucket);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) => put(index % 2 === 0 ? here : another, `racer-${index}`, 30)),
      );
      const stored = outcomes.filter(({ status }) => status === 'fulfilled').length;
      assert.equal(stored, 33);
      assert.deepEqual(await usage(here), { objects: 33, bytes: 990 });
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.ok(failure('QuotaExceeded')(outcome.reason));
      }
      const events = await database.rows(
        "SELECT seq FROM events WHERE bucket = ? AND type = 'object.created'",
        here.bucket.name,
      );
      assert.equal(events.length, 33);
    });
  });
}
