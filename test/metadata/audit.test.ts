import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AuditRow, AuditType } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT } from './support/fixture.ts';

const START = Date.parse('2026-03-04T12:00:00.000Z');
/** Of the entry of that number; the clock is set back now and then. */
function timeOf(index: number): string {
  const jitter = index % 7 === 0 ? -30_000 : 0;
  return new Date(START + index * 10_000 + jitter).toISOString();
}

const TYPES: readonly AuditType[] = ['session.created', 'session.refused', 'key.created'];
const WHO = ['ann', 'ben', null];
const entries = Array.from({ length: 300 }, (_, index) => ({
  ...AUDIT,
  at: timeOf(index),
  type: TYPES[index % 3] as AuditType, // there are three
  accountId: WHO[index % 2] as string, // there are three
  actorId: WHO[Math.floor(index / 2) % 3] ?? null,
  detail: { index: String(index) },
}));

const EVERYTHING = { accountId: undefined, type: undefined, since: undefined, until: undefined, before: undefined };

for (const dialect of dialects) {
  describe(`the audit trail in ${dialect.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await dialect.open();
      for (const entry of entries) await database.metadata.mutations.recordAudit(entry);
    });
    after(() => database.remove());

    /** The numbers of the entries that a search finds, in its order, page by page. */
    async function find(search: object, limit = 1000): Promise<number[]> {
      const found: AuditRow[] = [];
      for (let page: AuditRow[] | undefined; page === undefined || page.length === limit; ) {
        const before = found.at(-1)?.seq;
        page = await database.metadata.queries.listAudit({ ...EVERYTHING, ...search, before, limit });
        found.push(...page);
      }
      return found.map(({ detail }) => Number(JSON.parse(detail).index));
    }

    /** The same by looking at each. */
    function expected(isFound: (entry: (typeof entries)[number]) => boolean): number[] {
      return entries.flatMap((entry, index) => (isFound(entry) ? [index] : [])).reverse();
    }

    test('has the newest entries first', async () => {
      assert.deepEqual(
        await find({}),
        expected(() => true),
      );
      assert.deepEqual(
        await find({}, 7),
        expected(() => true),
      );
    });

    test('has the entries about an account or by it, each once', async () => {
      const isOfAnn = ({ accountId, actorId }: (typeof entries)[number]) => accountId === 'ann' || actorId === 'ann';
      assert.deepEqual(await find({ accountId: 'ann' }), expected(isOfAnn));
      assert.deepEqual(await find({ accountId: 'ann' }, 11), expected(isOfAnn));
      assert.deepEqual(await find({ accountId: 'nobody' }), []);
    });

    test('has the entries of a type', async () => {
      assert.deepEqual(
        await find({ type: 'key.created' }, 9),
        expected(({ type }) => type === 'key.created'),
      );
    });

    test('has the entries from a time on and before another, also where the clock was set back', async () => {
      for (const [from, to] of [
        [0, 300],
        [70, 77],
        [13, 250],
        [120, 121],
        [250, 20],
      ] as const) {
        const [since, until] = [timeOf(from), timeOf(to)];
        const isWithin = ({ at }: { at: string }) => at >= since && at < until;
        assert.deepEqual(await find({ since, until }), expected(isWithin), `${since} ${until}`);
        assert.deepEqual(
          await find({ since }),
          expected(({ at }) => at >= since),
        );
        assert.deepEqual(
          await find({ until }),
          expected(({ at }) => at < until),
        );
      }
    });

    test('has an end on both sides', async () => {
      assert.equal((await find({ since: '0000-01-01T00:00:00.000Z', until: '9999-12-31T23:59:59.999Z' })).length, 300);
      assert.deepEqual(await find({ since: '9999-12-31T23:59:59.999Z' }), []);
      assert.deepEqual(await find({ until: '0000-01-01T00:00:00.000Z' }), []);
    });

    test('is searched by all of that at once', async () => {
      const search = { accountId: 'ben', type: 'session.refused', since: timeOf(50), until: timeOf(200) };
      const isFound = ({ accountId, actorId, type, at }: (typeof entries)[number]) =>
        (accountId === 'ben' || actorId === 'ben') && type === search.type && at >= search.since && at < search.until;
      assert.deepEqual(await find(search, 5), expected(isFound));
    });
  });
}
