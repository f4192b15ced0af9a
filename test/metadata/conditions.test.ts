import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WriteCondition } from '../../metadata/index.ts';
import { dialects } from './support/dialects.ts';
import { failure, useBench } from './support/fixture.ts';

/** "PutObject": If-None-Match, If-Match; "DeleteObject": If-Match. */
for (const dialect of dialects) {
  describe(`conditional writes in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('absent holds of a key without an object alone', async () => {
      const here = await bench();
      await here.put('k', { condition: { kind: 'absent' } });
      await assert.rejects(here.put('k', { condition: { kind: 'absent' } }), failure('PreconditionFailed'));
      await here.remove('k');
      await here.put('k', { condition: { kind: 'absent' } });
    });

    test('exists and match need an object: without one there is no such key', async () => {
      const here = await bench();
      for (const condition of [{ kind: 'exists' }, { kind: 'match', etag: 'e' }] as const) {
        await assert.rejects(here.put('k', { condition }), failure('NoSuchKey'));
        await assert.rejects(here.remove('k', condition), failure('NoSuchKey'));
      }
      assert.equal(await here.find('k'), undefined);
    });

    test('match holds of the current ETag alone, for writes and for deletes', async () => {
      const here = await bench();
      const match = (etag: string): WriteCondition => ({ kind: 'match', etag });
      await here.put('k', { etag: 'one' });
      await assert.rejects(here.put('k', { etag: 'two', condition: match('other') }), failure('PreconditionFailed'));
      await here.put('k', { etag: 'two', condition: match('one') });
      await assert.rejects(here.remove('k', match('one')), failure('PreconditionFailed'));
      assert.equal((await here.find('k'))?.etag, 'two');
      await here.remove('k', match('two'));
      assert.equal(await here.find('k'), undefined);
    });

    test('a copy and a completed upload obey the condition on their destination', async () => {
      const here = await bench();
      const { seq } = await here.put('source');
      await here.put('taken', { etag: 'kept' });
      const condition = { kind: 'absent' } as const;
      const target = { ...here.target('taken'), condition };
      const source = { bucketId: here.bucket.id, key: 'source', seq };
      const { mutations, queries } = here.metadata;
      await assert.rejects(mutations.copyObject({ ...target, source, newPartSet: 's' }), failure('PreconditionFailed'));
      const uploadId = `upload-${here.bucket.name}`;
      await mutations.createUpload({ ...here.target('taken'), uploadId, attributes: '{}' });
      const completed = mutations.completeUpload({ ...target, uploadId, parts: [], sizeBytes: 0, etag: 'x' });
      await assert.rejects(completed, failure('PreconditionFailed'));
      assert.equal((await here.find('taken'))?.etag, 'kept');
      assert.equal((await queries.findUpload(uploadId))?.key, 'taken', 'the upload can be completed elsewhere');
    });

    for (const gateways of [1, 2]) {
      test(`of writers who race through ${gateways} gateway(s) exactly one wins`, async () => {
        const here = await bench();
        const everybody = [here.metadata];
        if (gateways === 2) everybody.push(here.database.openAnother());
        const race = (condition: WriteCondition, round: string) =>
          Promise.allSettled(
            Array.from({ length: 24 }, (_, index) =>
              (everybody[index % everybody.length] ?? here.metadata).mutations.commitObject({
                ...here.target('k'),
                condition,
                payload: { kind: 'inline', bytes: Buffer.from(`${round}-${index}`) },
                sizeBytes: `${round}-${index}`.length,
                etag: `${round}-${index}`,
                attributes: '{}',
              }),
            ),
          );
        let condition: WriteCondition = { kind: 'absent' };
        for (const round of ['first', 'second', 'third']) {
          const results = await race(condition, round);
          const winners = results.filter((result) => result.status === 'fulfilled');
          assert.equal(winners.length, 1);
          for (const result of results) {
            if (result.status === 'rejected') assert.ok(failure('PreconditionFailed')(result.reason), result.reason);
          }
          const etag = winners[0]?.value.etag ?? '';
          const found = await here.find('k');
          assert.equal(found?.etag, etag);
          assert.equal(found?.data?.toString(), etag);
          condition = { kind: 'match', etag };
        }
      });
    }
  });
}
