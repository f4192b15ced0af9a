import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialects } from './support/dialects.ts';
import { type Bench, failure, inline, NOON, staged, useBench } from './support/fixture.ts';

const LATER = '2026-03-05T12:00:00.000Z';
const COLD = 'GLACIER_IR';

/** Puts bytes for every blob of a version into the store of the other class, as the job does, and lets it refer to them. */
async function transition(here: Bench, { seq, key = 'k' }: { seq: number; key?: string }) {
  const version = { bucketId: here.bucket.id, key, seq };
  const blobs = await here.metadata.queries.listVersionBlobs(version);
  const moves = blobs.map(({ part_number: partNumber, blob_id: blobId, size_bytes: sizeBytes }) => ({
    partNumber,
    blobId,
    sizeBytes,
    location: staged(sizeBytes).location,
  }));
  const input = { ...version, tags: null, at: LATER, storageClass: COLD, moves };
  return { input, isDone: await here.metadata.mutations.transitionVersion(input) };
}

interface BlobRow {
  readonly location: string | null;
  readonly store: string | null;
  readonly size_bytes: number;
  readonly sha256: string | null;
  readonly refs: number;
  readonly released_at: number | null;
}

/** The youngest blobs that the database knows, in the order in which they came. */
async function lastBlobs({ database }: Bench, limit: number): Promise<BlobRow[]> {
  const rows = await database.rows<BlobRow>(
    'SELECT location, store, size_bytes, sha256, refs, released_at FROM blobs ORDER BY id DESC LIMIT ?',
    limit,
  );
  return rows.reverse().map((row) => ({ ...row }));
}

async function lastEvent({ database }: Bench) {
  const [row] = await database.rows<object>(
    'SELECT type, at, account_id, key, version_id, size_bytes, etag FROM events ORDER BY seq DESC LIMIT 1',
  );
  return { ...row };
}

async function upload(here: Bench, key: string, sizes: readonly number[]) {
  const { mutations } = here.metadata;
  const uploadId = `upload-of-${key}`;
  await mutations.createUpload({ ...here.target(key), uploadId, attributes: '{}' });
  const parts = sizes.map((_, index) => ({ partNumber: 2 * index + 1, etag: `part-${index}` }));
  for (const [index, sizeBytes] of sizes.entries()) {
    const payload = sizeBytes === 0 ? ({ kind: 'empty' } as const) : staged(sizeBytes);
    await mutations.commitPart({ uploadId, ...parts[index]!, at: NOON, payload, sizeBytes });
  }
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  return mutations.completeUpload({ ...here.target(key), uploadId, parts, sizeBytes, etag: 'whole' });
}

for (const dialect of dialects) {
  describe(`moving a version to another storage class in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('replaces its blob, lets go of the old one, and changes nothing else', async () => {
      const here = await bench();
      const payload = { ...staged(1000), sha256: 'ab' };
      const { seq } = await here.put('k', { payload });
      const before = await here.find('k');
      const { input, isDone } = await transition(here, { seq });
      assert.equal(isDone, true);
      const location = input.moves[0]?.location ?? '';
      const released = { location: payload.location, store: null, refs: 0, released_at: Date.parse(LATER) };
      assert.deepEqual(await lastBlobs(here, 2), [
        { ...released, size_bytes: 1000, sha256: 'ab' },
        { location, store: COLD, size_bytes: 1000, sha256: 'ab', refs: 1, released_at: null },
      ]);
      assert.deepEqual(await here.find('k'), { ...before, location, store: COLD, storage_class: COLD });
      assert.deepEqual(await lastEvent(here), {
        type: 'object.transitioned',
        at: LATER,
        account_id: 'lifecycle',
        key: 'k',
        version_id: 'null',
        size_bytes: 1000,
        etag: 'etag',
      });
    });

    test('takes the size of the blob, which may be another than that of the object', async () => {
      const here = await bench();
      const { mutations } = here.metadata;
      const object = { payload: staged(1060), sizeBytes: 1000, etag: 'e', attributes: '{}', encryption: '{}' };
      const { seq } = await mutations.commitObject({ ...here.target('k'), ...object });
      const { input } = await transition(here, { seq });
      assert.deepEqual(
        input.moves.map(({ sizeBytes }) => sizeBytes),
        [1060],
      );
      assert.equal((await here.find('k'))?.size_bytes, 1000);
      assert.equal((await lastBlobs(here, 1))[0]?.size_bytes, 1060);
    });

    test('makes a staged blob of an inline one, whose bytes go', async () => {
      const here = await bench();
      const { seq } = await here.put('k', { payload: inline('small') });
      const { input } = await transition(here, { seq });
      const found = await here.find('k');
      assert.deepEqual([found?.data, found?.location, found?.store], [null, input.moves[0]?.location, COLD]);
      assert.equal(await here.metadata.queries.findInlineBlob(input.moves[0]?.blobId ?? 0), undefined);
    });

    test('of an object without bytes changes its class alone', async () => {
      const here = await bench();
      const { seq } = await here.put('k');
      const { input, isDone } = await transition(here, { seq });
      assert.deepEqual([input.moves, isDone], [[], true]);
      assert.equal((await here.find('k'))?.storage_class, COLD);
    });

    test('replaces the blob of every part, and the parts stay', async () => {
      const here = await bench();
      const { seq } = await upload(here, 'k', [10, 0, 30]);
      const before = await here.find('k');
      const parts = { setId: before?.part_set ?? '', afterPartNumber: 0, limit: 10 };
      const partsBefore = await here.metadata.queries.listParts(parts);
      const { input, isDone } = await transition(here, { seq });
      assert.equal(isDone, true);
      assert.deepEqual(await here.find('k'), { ...before, storage_class: COLD });
      assert.deepEqual(await here.metadata.queries.listParts(parts), partsBefore);
      const blobs = await here.metadata.queries.listPartBlobs(parts.setId);
      assert.deepEqual(
        blobs.map(({ part_number, size_bytes, location, store }) => [part_number, size_bytes, location, store]),
        [
          [1, 10, input.moves[0]?.location, COLD],
          [3, 0, null, null],
          [5, 30, input.moves[1]?.location, COLD],
        ],
      );
      assert.deepEqual(
        (await lastBlobs(here, 4)).map(({ refs }) => refs),
        [0, 0, 1, 1],
      );
    });

    test('leaves copies where they are', async () => {
      const here = await bench();
      const payload = staged(1000);
      const plain = await here.put('k', { payload });
      const parts = await upload(here, 'parts', [10, 30]);
      const { copyObject } = here.metadata.mutations;
      const sourceOf = (key: string, { seq }: { seq: number }) => ({ bucketId: here.bucket.id, key, seq });
      await copyObject({ ...here.target('copy'), source: sourceOf('k', plain), newPartSet: 'a' });
      await copyObject({ ...here.target('copied parts'), source: sourceOf('parts', parts), newPartSet: 'b' });
      const before = await here.metadata.queries.listPartBlobs('b');
      await transition(here, { seq: plain.seq });
      await transition(here, { seq: parts.seq, key: 'parts' });
      const copy = await here.find('copy');
      assert.deepEqual([copy?.location, copy?.store, copy?.storage_class], [payload.location, null, null]);
      assert.deepEqual(await here.metadata.queries.listPartBlobs('b'), before);
      await here.remove('copy');
      await here.remove('copied parts');
      const released = await here.database.rows<{ count: number }>(
        "SELECT count(*) AS count FROM blobs WHERE store IS NULL AND location LIKE 'location-%' AND refs > 0",
      );
      assert.equal(released[0]?.count, 0);
    });

    test('is as good for a version that is not current, which comes back as it is', async () => {
      const here = await bench();
      const { mutations } = here.metadata;
      await mutations.setVersioning({ ...here.target('k'), versioning: 'Enabled' });
      const { seq, versionId } = await here.put('k', { payload: staged(1000) });
      const newer = await here.put('k');
      const { input, isDone } = await transition(here, { seq });
      assert.equal(isDone, true);
      const found = await here.metadata.queries.findVersionContent({ bucketId: here.bucket.id, key: 'k', versionId });
      assert.deepEqual([found?.location, found?.store, found?.storage_class], [input.moves[0]?.location, COLD, COLD]);
      await mutations.deleteVersion({ ...here.target('k'), versionId: newer.versionId });
      assert.deepEqual(await here.find('k'), found);
    });

    test('is not forbidden by a lock', async () => {
      const here = await bench();
      const { mutations } = here.metadata;
      await mutations.setVersioning({ ...here.target('k'), versioning: 'Enabled' });
      const retention = { mode: 'COMPLIANCE', until: '2030-01-01T00:00:00.000Z' } as const;
      const object = { payload: staged(1000), sizeBytes: 1000, etag: 'e', attributes: '{}' };
      const { seq } = await mutations.commitObject({ ...here.target('k'), ...object, retention, legalHold: true });
      assert.equal((await transition(here, { seq })).isDone, true);
      const { retention_mode, retain_until, legal_hold } = (await here.find('k')) ?? {};
      assert.deepEqual([retention_mode, retain_until, legal_hold], ['COMPLIANCE', retention.until, 1]);
    });

    test('does nothing where the version is not any more what it was', async () => {
      const here = await bench();
      const { mutations } = here.metadata;
      const { seq } = await here.put('k', { payload: staged(1000) });
      const { input } = await transition(here, { seq });
      const again = { ...input, moves: [{ ...input.moves[0]!, location: staged(1000).location }] };
      assert.equal(await mutations.transitionVersion(again), false, 'it was moved before');
      assert.equal(await mutations.transitionVersion({ ...again, tags: '[["a","1"]]' }), false, 'it has other tags');
      await here.put('k', { payload: staged(5) });
      assert.equal(await mutations.transitionVersion(again), false, 'it was overwritten');
      await here.remove('k');
      assert.equal(await mutations.transitionVersion(again), false, 'it was deleted');
      assert.equal(await here.metadata.queries.isBlobKnown(again.moves[0]?.location ?? ''), false);
    });

    test('that has not moved all of its bytes does nothing', async () => {
      const here = await bench();
      const { seq } = await upload(here, 'k', [10, 30]);
      const version = { bucketId: here.bucket.id, key: 'k', seq, tags: null, at: LATER, storageClass: COLD };
      assert.equal(await here.metadata.mutations.transitionVersion({ ...version, moves: [] }), false);
      const [first] = await here.metadata.queries.listVersionBlobs(version);
      const move = { partNumber: 1, blobId: first?.blob_id ?? 0, location: staged(10).location, sizeBytes: 10 };
      assert.equal(await here.metadata.mutations.transitionVersion({ ...version, moves: [move] }), false);
      assert.equal((await here.find('k'))?.storage_class, null);
    });

    test('makes a copy look again that has looked at it before', async () => {
      const here = await bench();
      const { seq } = await here.put('k', { payload: staged(1000) });
      await transition(here, { seq });
      const source = { bucketId: here.bucket.id, key: 'k', seq };
      const copy = { ...here.target('copy'), source, newPartSet: 'c' };
      await assert.rejects(here.metadata.mutations.copyObject(copy), failure('NoSuchKey'));
      await here.metadata.mutations.copyObject({ ...copy, storageClass: COLD });
      assert.equal((await here.find('copy'))?.store, COLD);
    });
  });
}
