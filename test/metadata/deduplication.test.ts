import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Payload } from '../../metadata/index.ts';
import { dialects } from './support/dialects.ts';
import { addAccount, type Bench, inline, NOON, staged, useBench } from './support/fixture.ts';
import { forgetReleased } from './support/forget-released.ts';

type Staged = Payload & { readonly kind: 'staged' };

let count = 0;

/** A digest that no other test has. */
function digest(): string {
  count += 1;
  return String(count).padStart(64, '0');
}

/** Bytes of that digest, staged once more. */
function same(sha256: string, facts: Partial<Staged> = {}): Staged {
  return { ...staged(10), sha256, mayShare: true, ...facts };
}

async function blobOf(bench: Bench, key: string): Promise<number | null | undefined> {
  const [row] = await bench.database.rows<{ blob_id: number | null }>(
    `SELECT blob_id FROM objects WHERE bucket_id = ${bench.bucket.id} AND key = '${key}'`,
  );
  return row?.blob_id;
}

async function blobsOf(bench: Bench, sha256: string): Promise<{ refs: number; location: string | null }[]> {
  return bench.database.rows(`SELECT refs, location FROM blobs WHERE sha256 = '${sha256}' ORDER BY id`);
}

for (const dialect of dialects) {
  describe(`bytes that are there already, in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('are stored once whoever stores them, and what came again is told to be nobody’s', async () => {
      const here = await bench();
      const there = await here.another(`other-${count}-drive`, await addAccount(here.metadata, `other-${count}`));
      const sha256 = digest();
      const payload = same(sha256);
      assert.equal((await here.put('a', { payload })).isDuplicate ?? false, false);
      assert.equal((await there.put('b', { payload: same(sha256) })).isDuplicate, true);
      assert.deepEqual(await blobsOf(here, sha256), [{ refs: 2, location: payload.location }]);
      assert.equal(await blobOf(here, 'a'), await blobOf(there, 'b'));
    });

    test('in the database are shared as those in a backend are', async () => {
      const here = await bench();
      const sha256 = digest();
      const payload = { ...inline('bytes'), sha256, mayShare: true } as Payload;
      await here.put('a', { payload });
      assert.equal((await here.put('b', { payload })).isDuplicate, true);
      assert.deepEqual(await blobsOf(here, sha256), [{ refs: 2, location: null }]);
      await here.remove('a');
      assert.equal((await here.find('b'))?.data?.toString(), 'bytes');
    });

    test('what is staged never becomes what is inline: parts are read from a backend', async () => {
      const here = await bench();
      const sha256 = digest();
      await here.put('inline', { payload: { ...inline('ten bytes!'), sha256, mayShare: true } as Payload });
      assert.equal((await here.put('staged', { payload: same(sha256) })).isDuplicate ?? false, false);
      assert.equal((await blobsOf(here, sha256)).length, 2);
    });

    for (const [what, first, second] of [
      ['of another size', {}, { sizeBytes: 11 }],
      ['of another storage class', {}, { store: 'COLD' }],
      ['of the default class beside another', { store: 'COLD' }, {}],
      ['that may not be shared', {}, { mayShare: false }],
      ['whose digest nobody knows', {}, { sha256: undefined }],
    ] as const) {
      test(`bytes ${what} are stored by themselves`, async () => {
        const here = await bench();
        const sha256 = digest();
        await here.put('a', { payload: same(sha256, first) });
        assert.equal(
          (await here.put('b', { payload: same(sha256, second as Partial<Staged>) })).isDuplicate ?? false,
          false,
        );
        assert.notEqual(await blobOf(here, 'a'), await blobOf(here, 'b'));
      });
    }

    test('of a storage class are shared in it', async () => {
      const here = await bench();
      const sha256 = digest();
      await here.put('a', { payload: same(sha256, { store: 'COLD' }) });
      assert.equal((await here.put('b', { payload: same(sha256, { store: 'COLD' }) })).isDuplicate, true);
    });

    test('a blob that nobody has any more is never taken up again: its bytes may be going right now', async () => {
      const here = await bench();
      const sha256 = digest();
      const gone = same(sha256);
      await here.put('a', { payload: gone });
      await here.remove('a');
      const next = same(sha256);
      assert.equal((await here.put('b', { payload: next })).isDuplicate ?? false, false);
      assert.deepEqual(await blobsOf(here, sha256), [
        { refs: 0, location: gone.location },
        { refs: 1, location: next.location },
      ]);
      assert.equal((await here.put('c', { payload: same(sha256) })).isDuplicate, true);
      const far = { beforeMs: Number.MAX_SAFE_INTEGER, limit: 100 };
      assert.ok((await forgetReleased(here.metadata, far)).includes(gone.location));
      assert.deepEqual(await blobsOf(here, sha256), [{ refs: 2, location: next.location }]);
    });

    test('an object that is overwritten with its own bytes keeps them', async () => {
      const here = await bench();
      const sha256 = digest();
      const payload = same(sha256);
      await here.put('a', { payload });
      for (let time = 0; time < 3; time += 1) await here.put('a', { payload: same(sha256) });
      assert.deepEqual(await blobsOf(here, sha256), [{ refs: 1, location: payload.location }]);
    });

    test('whichever is deleted first, the others keep them', async () => {
      const keys = ['a', 'b', 'c'];
      for (const order of [keys, [...keys].reverse(), ['b', 'c', 'a']]) {
        const here = await bench();
        const sha256 = digest();
        for (const key of keys) await here.put(key, { payload: same(sha256) });
        for (const [index, key] of order.entries()) {
          await here.remove(key);
          const [blob] = await blobsOf(here, sha256);
          assert.equal(blob?.refs, keys.length - 1 - index);
        }
      }
    });

    test('the parts of uploads share them with each other, and with whole objects', async () => {
      const here = await bench();
      const sha256 = digest();
      await here.put('whole', { payload: same(sha256) });
      const uploadId = `upload-${count}`;
      const { bucketId, key, accountId, at } = here.target('parts');
      await here.metadata.mutations.createUpload({ uploadId, bucketId, key, accountId, at, attributes: '{}' });
      for (const partNumber of [1, 2]) {
        const part = { uploadId, partNumber, at, payload: same(sha256), sizeBytes: 10, etag: `e${partNumber}` };
        assert.equal((await here.metadata.mutations.commitPart(part)).isDuplicate, true);
      }
      assert.equal((await blobsOf(here, sha256))[0]?.refs, 3);
      await here.metadata.mutations.abortUpload({ uploadId, nowMs: Date.parse(NOON) });
      assert.equal((await blobsOf(here, sha256))[0]?.refs, 1);
    });

    test('of many who store them at once, one blob is left', async () => {
      const here = await bench();
      const sha256 = digest();
      const keys = Array.from({ length: 50 }, (_, index) => `k${index}`);
      const done = await Promise.all(keys.map((key) => here.put(key, { payload: same(sha256) })));
      assert.equal(done.filter(({ isDuplicate }) => isDuplicate).length, 49);
      assert.equal((await blobsOf(here, sha256)).length, 1);
    });
  });
}
