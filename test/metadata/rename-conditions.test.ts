import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Preconditions } from '../../metadata/index.ts';
import { dialects } from './support/dialects.ts';
import { type Bench, failure, NOON, useBench } from './support/fixture.ts';
import { rename } from './support/rename.ts';

/** A moment within the second of {@link NOON}: dates have whole seconds. */
const PAST_NOON = '2026-03-04T12:00:00.900Z';
const NOON_SECONDS = Date.parse(NOON) / 1000;

/** What is asked of an object with ETag `tag` that was modified within the second of noon, and what does not hold. */
const CASES: readonly (readonly [ask: string, conditions: Preconditions, unmet: string | undefined])[] = [
  ['its tag', { match: ['tag'] }, undefined],
  ['one of several tags', { match: ['other', 'tag'] }, undefined],
  ['any tag', { match: '*' }, undefined],
  ['another tag', { match: ['other'] }, 'If-Match'],
  ['none of no tags', { match: [] }, 'If-Match'],
  ['not another tag', { noneMatch: ['other'] }, undefined],
  ['not its tag', { noneMatch: ['other', 'tag'] }, 'If-None-Match'],
  ['not any tag', { noneMatch: '*' }, 'If-None-Match'],
  ['a change since the second before', { modifiedSinceSeconds: NOON_SECONDS - 1 }, undefined],
  ['a change since its own second', { modifiedSinceSeconds: NOON_SECONDS }, 'If-Modified-Since'],
  ['no change since its own second', { unmodifiedSinceSeconds: NOON_SECONDS }, undefined],
  ['no change since the second before', { unmodifiedSinceSeconds: NOON_SECONDS - 1 }, 'If-Unmodified-Since'],
  ['its tag, which hides a date', { match: ['tag'], unmodifiedSinceSeconds: 0 }, undefined],
  ['not another tag, which hides a date', { noneMatch: ['x'], modifiedSinceSeconds: NOON_SECONDS }, undefined],
  ['its tag and a change', { match: ['tag'], modifiedSinceSeconds: NOON_SECONDS }, 'If-Modified-Since'],
  ['another tag and none', { match: ['other'], noneMatch: '*' }, 'If-Match'],
];

/** What is asked of a key that has no object. */
const ABSENT_CASES: typeof CASES = [
  ['any tag', { match: '*' }, 'If-Match'],
  ['a tag', { match: ['tag'] }, 'If-Match'],
  ['not any tag', { noneMatch: '*' }, undefined],
  ['not a tag', { noneMatch: ['tag'] }, undefined],
  ['a change', { modifiedSinceSeconds: 0 }, 'If-Modified-Since'],
  ['no change', { unmodifiedSinceSeconds: 0 }, undefined],
];

async function etags(here: Bench): Promise<(string | undefined)[]> {
  return [(await here.find('old'))?.etag, (await here.find('new'))?.etag];
}

for (const dialect of dialects) {
  describe(`conditional renames in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    /** Holds a rename to what has to come of it. */
    async function expect(
      here: Bench,
      conditions: { sourcePreconditions: Preconditions } | { preconditions: Preconditions },
      unmet: string | undefined,
    ): Promise<void> {
      const before = await etags(here);
      const renaming = rename(here, { from: 'old', to: 'new', ...conditions });
      if (unmet === undefined) {
        await renaming;
        assert.deepEqual(await etags(here), [undefined, before[0]]);
        return;
      }
      await assert.rejects(renaming, { code: 'PreconditionFailed', detail: { Condition: unmet } });
      assert.deepEqual(await etags(here), before);
    }

    for (const [ask, conditions, unmet] of CASES) {
      const verdict = unmet === undefined ? 'goes ahead' : `is refused for ${unmet}`;

      test(`a rename that asks ${ask} of its source ${verdict}`, async () => {
        const here = await bench();
        await here.put('old', { etag: 'tag', at: PAST_NOON });
        await here.put('new', { etag: 'overwritten' });
        await expect(here, { sourcePreconditions: conditions }, unmet);
      });

      test(`a rename that asks ${ask} of what it overwrites ${verdict}`, async () => {
        const here = await bench();
        await here.put('old', { etag: 'source' });
        await here.put('new', { etag: 'tag', at: PAST_NOON });
        await expect(here, { preconditions: conditions }, unmet);
      });
    }

    for (const [ask, conditions, unmet] of ABSENT_CASES) {
      test(`a rename that asks ${ask} of a free key ${unmet === undefined ? 'goes ahead' : 'is refused'}`, async () => {
        const here = await bench();
        await here.put('old', { etag: 'source' });
        await expect(here, { preconditions: conditions }, unmet);
      });
    }

    test('of renames that race to one free key exactly one wins', async () => {
      const here = await bench();
      const another = here.database.openAnother();
      const keys = Array.from({ length: 12 }, (_, index) => `source-${index}`);
      for (const key of keys) await here.put(key, { etag: key });
      const results = await Promise.allSettled(
        keys.map((key, index) =>
          (index % 2 === 0 ? here.metadata : another).mutations.renameObject({
            ...here.target('new'),
            sourceKeys: [key],
            preconditions: { noneMatch: '*' },
            newPartSet: key,
          }),
        ),
      );
      const winners = keys.filter((_, index) => results[index]?.status === 'fulfilled');
      assert.equal(winners.length, 1);
      for (const result of results) {
        if (result.status === 'rejected') assert.ok(failure('PreconditionFailed')(result.reason), result.reason);
      }
      assert.equal((await here.find('new'))?.etag, winners[0]);
      for (const key of keys) assert.equal((await here.find(key))?.etag, key === winners[0] ? undefined : key);
    });
  });
}
