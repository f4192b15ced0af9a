import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialects } from './support/dialects.ts';
import { inline, NOON, staged, useBench } from './support/fixture.ts';
import { forgetReleased } from './support/forget-released.ts';

const NOON_MS = Date.parse(NOON);

for (const dialect of dialects) {
  describe(`released blobs and old events in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('a released blob is forgotten only after its time, oldest first, so many at once', async () => {
      const here = await bench();
      const payloads = [staged(1), staged(2), staged(3)];
      for (const [index, payload] of payloads.entries()) {
        await here.put(`k${index}`, { payload });
        const at = new Date(NOON_MS + 1000 * index).toISOString();
        await here.metadata.mutations.deleteObject({ ...here.target(`k${index}`), at });
      }
      const forget = (beforeMs: number, limit: number) => forgetReleased(here.metadata, { beforeMs, limit });
      const [first, second, third] = payloads.map(({ location }) => location);
      assert.deepEqual(await forget(NOON_MS - 1, 10), []);
      assert.deepEqual(await forget(NOON_MS + 1500, 1), [first]);
      assert.deepEqual(await forget(NOON_MS + 1500, 10), [second]);
      assert.equal(await here.metadata.queries.isBlobKnown(third ?? ''), true);
      assert.deepEqual(await forget(NOON_MS + 5000, 10), [third]);
      assert.equal(await here.metadata.queries.isBlobKnown(third ?? ''), false);
    });

    test('a blob released at the very moment that is asked for is due', async () => {
      const here = await bench();
      const payload = staged(1);
      await here.put('k', { payload });
      await here.remove('k');
      const forgotten = await forgetReleased(here.metadata, { beforeMs: NOON_MS, limit: 10 });
      assert.deepEqual(forgotten, [payload.location]);
    });

    test('a blob that anything refers to is never forgotten', async () => {
      const here = await bench();
      const payload = staged(1);
      const { seq } = await here.put('k', { payload });
      const source = { bucketId: here.bucket.id, key: 'k', seq };
      await here.metadata.mutations.copyObject({ ...here.target('copy'), source, newPartSet: 's' });
      await here.remove('k');
      const far = { beforeMs: Number.MAX_SAFE_INTEGER, limit: 100 };
      assert.deepEqual(await forgetReleased(here.metadata, far), []);
      await here.remove('copy');
      assert.deepEqual(await forgetReleased(here.metadata, far), [payload.location]);
    });

    test('inline bytes leave with their last reference, and need no sweep', async () => {
      const here = await bench();
      const count = async () => {
        const [row] = await here.database.rows<{ n: number }>(
          "SELECT count(*) AS n FROM inline_blobs WHERE data = CAST('once' AS BLOB)",
        );
        return row?.n;
      };
      const { seq } = await here.put('k', { payload: inline('once') });
      const source = { bucketId: here.bucket.id, key: 'k', seq };
      await here.metadata.mutations.copyObject({ ...here.target('copy'), source, newPartSet: 's' });
      assert.equal(await count(), 1);
      await here.remove('k');
      assert.equal(await count(), 1);
      await here.remove('copy');
      assert.equal(await count(), 0);
    });

    test('a copy of a multipart object keeps the parts’ bytes when its source goes', async () => {
      const here = await bench();
      const { mutations } = here.metadata;
      const uploadId = `source-${here.bucket.name}`;
      await mutations.createUpload({ ...here.target('whole'), uploadId, attributes: '{}' });
      const payload = staged(7);
      await mutations.commitPart({ uploadId, partNumber: 1, at: NOON, payload, sizeBytes: 7, etag: 'p' });
      const { seq } = await mutations.completeUpload({
        ...here.target('whole'),
        uploadId,
        parts: [{ partNumber: 1, etag: 'p' }],
        sizeBytes: 7,
        etag: 'whole-1',
      });
      const source = { bucketId: here.bucket.id, key: 'whole', seq };
      await mutations.copyObject({ ...here.target('copy'), source, newPartSet: `${uploadId}-copy` });
      await here.remove('whole');
      const parts = await here.metadata.queries.listPartBlobs(`${uploadId}-copy`);
      assert.deepEqual(
        parts.map(({ part_number, size_bytes, location }) => [part_number, size_bytes, location]),
        [[1, 7, payload.location]],
      );
      const far = { beforeMs: Number.MAX_SAFE_INTEGER, limit: 100 };
      assert.deepEqual(await forgetReleased(here.metadata, far), []);
      await here.remove('copy');
      assert.deepEqual(await forgetReleased(here.metadata, far), [payload.location]);
    });

    test('old events are trimmed oldest first, so many at once, and the places of new ones stay ascending', async () => {
      const here = await bench();
      for (const key of ['a', 'b', 'c']) await here.put(key);
      const places = async () => {
        const rows = await here.database.rows<{ seq: number }>('SELECT seq FROM events ORDER BY seq');
        return rows.map(({ seq }) => seq);
      };
      const all = await places();
      assert.equal(await here.metadata.mutations.trimEvents({ before: '2000-01-01T00:00:00.000Z', limit: 2 }), 0);
      assert.equal(await here.metadata.mutations.trimEvents({ before: '2100-01-01T00:00:00.000Z', limit: 2 }), 2);
      assert.deepEqual(await places(), all.slice(2));
      const last = all.at(-1) ?? 0;
      const { seq } = await here.put('d');
      assert.ok(seq > last);
    });
  });
}
