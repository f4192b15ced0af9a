import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialects } from './support/dialects.ts';
import { type Bench, failure, NOON, staged, useBench } from './support/fixture.ts';

let lastUpload = 0;

/** An upload under way, with the shortest words for what is done to it. */
async function begin(here: Bench, key: string) {
  lastUpload += 1;
  const uploadId = `upload-${String(lastUpload).padStart(6, '0')}`;
  const { mutations } = here.metadata;
  await mutations.createUpload({ ...here.target(key), uploadId, attributes: '{"contentType":"a/b"}' });
  return {
    uploadId,
    async part(partNumber: number, etag: string, sizeBytes = 10) {
      const payload = staged(sizeBytes);
      await mutations.commitPart({ uploadId, partNumber, at: NOON, payload, sizeBytes, etag });
      return payload.location;
    },
    complete: (parts: readonly (readonly [number, string])[]) =>
      mutations.completeUpload({
        ...here.target(key),
        uploadId,
        parts: parts.map(([partNumber, etag]) => ({ partNumber, etag })),
        sizeBytes: parts.length * 10,
        etag: `whole-${parts.length}`,
      }),
  };
}

for (const dialect of dialects) {
  describe(`uploads in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('an upload needs a bucket, and a part needs an upload', async () => {
      const here = await bench();
      const { mutations, queries } = here.metadata;
      const lost = { ...here.target('k'), bucketId: 999_999, uploadId: 'lost', attributes: '{}' };
      await assert.rejects(mutations.createUpload(lost), failure('NoSuchBucket'));
      const payload = staged(1);
      const part = { uploadId: 'lost', partNumber: 1, at: NOON, payload, sizeBytes: 1, etag: 'e' };
      await assert.rejects(mutations.commitPart(part), failure('NoSuchUpload'));
      assert.equal(await queries.isBlobKnown(payload.location), false);
      await assert.rejects(mutations.abortUpload({ uploadId: 'lost', nowMs: 0 }), failure('NoSuchUpload'));
      assert.equal(await queries.findUpload('lost'), undefined);
    });

    test('a part that comes again replaces the one before, whose bytes are released', async () => {
      const here = await bench();
      const upload = await begin(here, 'k');
      const old = await upload.part(1, 'one');
      const current = await upload.part(1, 'two');
      const parts = await here.metadata.queries.listPartBlobs(upload.uploadId);
      assert.deepEqual(
        parts.map(({ location }) => location),
        [current],
      );
      const [blob] = await here.database.rows('SELECT refs FROM blobs WHERE location = ?', old);
      assert.deepEqual(blob, { refs: 0 });
      await assert.rejects(upload.complete([[1, 'one']]), failure('InvalidPart'));
    });

    test('completing makes the listed parts the object in their order and releases the others', async () => {
      const here = await bench();
      const upload = await begin(here, 'k');
      const third = await upload.part(3, 'c');
      const second = await upload.part(2, 'b');
      const first = await upload.part(1, 'a');
      const { seq } = await upload.complete([
        [1, 'a'],
        [3, 'c'],
      ]);
      const found = await here.metadata.queries.findObject(here.bucket.id, 'k');
      assert.equal(found?.seq, seq);
      assert.equal(found?.size_bytes, 20);
      assert.equal(found?.attributes, '{"contentType":"a/b"}');
      assert.deepEqual([found?.part_set, found?.part_count], [upload.uploadId, 2]);
      const parts = await here.metadata.queries.listPartBlobs(upload.uploadId);
      assert.deepEqual(
        parts.map(({ location }) => location),
        [first, third],
      );
      const [released] = await here.database.rows('SELECT refs FROM blobs WHERE location = ?', second);
      assert.deepEqual(released, { refs: 0 });
      await assert.rejects(upload.complete([[1, 'a']]), failure('NoSuchUpload'));
    });

    test('completing with a part that is not there, or not that one, changes nothing', async () => {
      const here = await bench();
      const upload = await begin(here, 'k');
      await upload.part(1, 'a');
      await assert.rejects(upload.complete([[2, 'a']]), failure('InvalidPart'));
      await assert.rejects(upload.complete([[1, 'b']]), failure('InvalidPart'));
      assert.equal(await here.find('k'), undefined);
      await upload.complete([[1, 'a']]);
      assert.equal((await here.find('k'))?.etag, 'whole-1');
    });

    test('of many who complete at once one does', async () => {
      const here = await bench();
      const upload = await begin(here, 'k');
      await upload.part(1, 'a');
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => upload.complete([[1, 'a']])));
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const result of results) {
        if (result.status === 'rejected') assert.ok(failure('NoSuchUpload')(result.reason));
      }
    });

    test('an aborted upload leaves neither rows nor references', async () => {
      const here = await bench();
      const upload = await begin(here, 'k');
      const location = await upload.part(1, 'a');
      await here.metadata.mutations.abortUpload({ uploadId: upload.uploadId, nowMs: 5 });
      assert.equal(await here.metadata.queries.findUpload(upload.uploadId), undefined);
      assert.deepEqual(await here.metadata.queries.listPartBlobs(upload.uploadId), []);
      const [blob] = await here.database.rows('SELECT refs, released_at FROM blobs WHERE location = ?', location);
      assert.deepEqual(blob, { refs: 0, released_at: 5 });
    });

    test('an overwritten or deleted multipart object lets go of all its parts', async () => {
      const here = await bench();
      for (const replace of [() => here.put('k'), () => here.remove('k')]) {
        const upload = await begin(here, 'k');
        const locations = [await upload.part(1, 'a'), await upload.part(2, 'b')];
        await upload.complete([
          [1, 'a'],
          [2, 'b'],
        ]);
        await replace();
        assert.deepEqual(await here.metadata.queries.listPartBlobs(upload.uploadId), []);
        for (const location of locations) {
          const [blob] = await here.database.rows('SELECT refs FROM blobs WHERE location = ?', location);
          assert.deepEqual(blob, { refs: 0 });
        }
      }
    });

    test('parts are listed after a number, so many at once', async () => {
      const here = await bench();
      const upload = await begin(here, 'k');
      for (const number of [5, 1, 10_000, 30]) await upload.part(number, `e${number}`);
      const list = async (afterPartNumber: number, limit: number) =>
        (await here.metadata.queries.listParts({ setId: upload.uploadId, afterPartNumber, limit })).map(
          (part) => part.part_number,
        );
      assert.deepEqual(await list(0, 100), [1, 5, 30, 10_000]);
      assert.deepEqual(await list(1, 2), [5, 30]);
      assert.deepEqual(await list(10_000, 2), []);
    });

    test('uploads are listed by key and then by time, continued within a key, and rolled up at a delimiter', async () => {
      const here = await bench();
      const ids = new Map<string, string[]>();
      for (const key of ['b', 'a/1', 'b', 'a/2', 'c', 'b']) {
        const { uploadId } = await begin(here, key);
        ids.set(key, [...(ids.get(key) ?? []), uploadId]);
      }
      const { queries } = here.metadata;
      const range = { bucketId: here.bucket.id, prefix: '', delimiter: '', limit: 100 };
      const pairs = (rows: readonly (readonly (string | null)[])[]) => rows.map((row) => [row[0], row[6]]);
      const all = ['a/1', 'a/2', 'b', 'c'].flatMap((key) => (ids.get(key) ?? []).map((id) => [key, id]));
      assert.deepEqual(pairs((await queries.listUploads(range)).rows), all);

      // ListMultipartUploads: "upload-id-marker: ... any multipart uploads for a key equal to the key-marker might be
      // included in the list only if they have an upload ID lexicographically greater than the specified upload-id-marker".
      const position = { after: 'b', isPrefix: false };
      const rest = await queries.listUploads({ ...range, position, afterUploadId: ids.get('b')?.[0] });
      assert.deepEqual(pairs(rest.rows), all.slice(3));
      const afterKey = await queries.listUploads({ ...range, position });
      assert.deepEqual(pairs(afterKey.rows), all.slice(5));
      for (let limit = 1; limit <= all.length; limit += 1) {
        const page = await queries.listUploads({ ...range, limit });
        assert.deepEqual(pairs(page.rows), all.slice(0, limit));
        assert.equal(page.next === undefined, limit === all.length);
      }
      const rolled = await queries.listUploads({ ...range, delimiter: '/' });
      assert.deepEqual(rolled.commonPrefixes, ['a/']);
      assert.deepEqual(pairs(rolled.rows), all.slice(2));
    });
  });
}
