import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Failure, Metadata } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, addBucket, failure, NOON } from './support/fixture.ts';

/** Of the audit trail. */
const EVERYTHING = { type: undefined, since: undefined, until: undefined, before: undefined, limit: 9 };
const admins = (prefix: string, accountId: string) => ({ prefix, accountId, at: NOON, audit: AUDIT });
const own = (accountId: string, ...prefixes: string[]) => ({
  accountId,
  prefixes,
  at: NOON,
  audit: { ...AUDIT, accountId, actorId: accountId },
});

/** Refused, naming the prefix and what is in its way. */
function refusal(prefix: string, over: 'claims' | 'buckets') {
  return (error: unknown) => {
    assert.ok(failure('PrefixClaimed')(error));
    assert.deepEqual((error as Failure).detail, { Prefix: prefix, Over: over });
    return true;
  };
}

async function claimsOf(metadata: Metadata, accountId: string): Promise<string[]> {
  const rows = await metadata.queries.pageClaims({ accountId, after: undefined, limit: 99 });
  return rows.map(({ prefix }) => prefix);
}

for (const dialect of dialects) {
  describe(`claims in ${dialect.name}`, () => {
    let database: TestDatabase;
    let metadata: Metadata;
    let ann: string;
    let bob: string;
    before(async () => {
      database = await dialect.open();
      ({ metadata } = database);
      ann = await addAccount(metadata, 'ann');
      bob = await addAccount(metadata, 'bob');
    });
    after(() => database.remove());

    test('a claim is made once an account, shared by several, and removed', async () => {
      const { mutations, queries } = metadata;
      for (const id of [ann, bob]) await mutations.addClaim(admins('team-', id));
      await assert.rejects(mutations.addClaim(admins('team-', ann)), failure('ClaimExists'));
      assert.deepEqual(await queries.listClaims(), [
        { prefix: 'team-', account_id: ann, account: 'ann', created_at: NOON },
        { prefix: 'team-', account_id: bob, account: 'bob', created_at: NOON },
      ]);
      for (const accountId of [ann, bob]) await mutations.removeClaim({ prefix: 'team-', accountId, audit: AUDIT });
      assert.deepEqual(await queries.listClaims(), []);
      const again = { prefix: 'team-', accountId: ann, audit: AUDIT };
      await assert.rejects(mutations.removeClaim(again), failure('NoSuchClaim'));
      await assert.rejects(mutations.addClaim(admins('team-', 'nobody')), failure('NoSuchAccount'));
    });

    test('a claim over buckets of others is refused, naming ten of them, unless they are to stay', async () => {
      const { mutations } = metadata;
      for (let index = 10; index < 21; index += 1) await addBucket(metadata, `old-${index}`, bob);
      await addBucket(metadata, 'old-own', ann);
      await addBucket(metadata, 'ole', bob);
      await assert.rejects(mutations.addClaim(admins('old-', ann)), (error) => {
        assert.ok(failure('ClaimConflict')(error));
        const { message } = error as Failure;
        assert.match(message, /'old-'.*: old-10 \(of bob\), .*old-19 \(of bob\), and more\.$/);
        assert.doesNotMatch(message, /old-20|old-own|ole/);
        return true;
      });
      assert.deepEqual(await claimsOf(metadata, ann), []);
      await mutations.addClaim({ ...admins('old-', ann), grandfather: true });
      // Bob is without a claim already: another holder changes nothing for him.
      await mutations.addClaim(admins('old-', await addAccount(metadata, 'cat')));
      await mutations.addClaim(admins('old-own', ann));
    });

    test('a free prefix may be taken, a longer and a shorter one of the same account as well', async () => {
      await metadata.mutations.takeClaims(own(ann, 'free-', 'free-er-', 'fr'));
      await metadata.mutations.takeClaims(own(ann, 'free-'));
      assert.deepEqual(
        (await claimsOf(metadata, ann)).filter((prefix) => prefix.startsWith('fr')),
        ['fr', 'free-', 'free-er-'],
      );
      const trail = await metadata.queries.listAudit({ ...EVERYTHING, accountId: ann });
      assert.deepEqual(
        trail.map(({ detail }) => JSON.parse(detail).prefix),
        ['fr', 'free-er-', 'free-'],
      );
    });

    test('what overlaps a claim of another is not free, nor what begins a bucket of another', async () => {
      const { mutations } = metadata;
      await mutations.takeClaims(own(bob, 'mid-way-'));
      await addBucket(metadata, 'bobs-bucket', bob);
      for (const prefix of ['mid-way-', 'mid-', 'm', 'mid-way-up']) {
        await assert.rejects(mutations.takeClaims(own(ann, prefix)), refusal(prefix, 'claims'));
      }
      for (const prefix of ['b', 'bobs-', 'bobs-bucket']) {
        await assert.rejects(mutations.takeClaims(own(ann, prefix)), refusal(prefix, 'buckets'));
      }
      for (const prefix of ['mid-wax', 'mie', 'bobt']) await mutations.takeClaims(own(ann, prefix));
      await mutations.takeClaims(own(bob, 'bobs-'));
    });

    test('of several prefixes all are taken or none', async () => {
      const before = await claimsOf(metadata, ann);
      const input = own(ann, 'good-1-', 'mid-way-', 'good-2-');
      await assert.rejects(metadata.mutations.takeClaims(input), refusal('mid-way-', 'claims'));
      assert.deepEqual(await claimsOf(metadata, ann), before);
    });

    test('of two who take a prefix at once one has it', async () => {
      for (const [mine, theirs] of [
        ['race-', 'race-'],
        ['sprint-', 'sprint-1'],
      ] as const) {
        const taken = await Promise.allSettled([
          metadata.mutations.takeClaims(own(ann, mine)),
          metadata.mutations.takeClaims(own(bob, theirs)),
        ]);
        assert.equal(taken.filter(({ status }) => status === 'fulfilled').length, 1);
      }
    });

    test('an account is made with its claims, or not at all', async () => {
      const { mutations, queries } = metadata;
      const account = {
        id: 'id-of-dee',
        canonicalId: 'd'.repeat(64),
        name: 'dee',
        displayName: 'dee',
        role: 'member',
        at: NOON,
        audit: { ...AUDIT, accountId: 'id-of-dee' },
      } as const;
      const refused = mutations.createAccount({ ...account, claims: ['dees-', 'mid-way-'] });
      await assert.rejects(refused, refusal('mid-way-', 'claims'));
      const over = mutations.createAccount({ ...account, claims: ['bobs-b'] });
      await assert.rejects(over, failure('PrefixClaimed'));
      assert.equal(await queries.findAccount('dee'), undefined);
      await mutations.createAccount({ ...account, claims: ['dees-', 'dees-'] });
      assert.deepEqual(await claimsOf(metadata, 'id-of-dee'), ['dees-']);
      const trail = await queries.listAudit({ ...EVERYTHING, accountId: 'id-of-dee' });
      assert.deepEqual([trail[0]?.type, trail[0]?.detail], ['claim.added', '{"prefix":"dees-"}']);
    });

    test('claims are paged by prefix and account', async () => {
      const all = await metadata.queries.pageClaims({ accountId: undefined, after: undefined, limit: 99 });
      const walked: unknown[] = [];
      let after: { prefix: string; accountId: string } | undefined;
      for (;;) {
        const [row] = await metadata.queries.pageClaims({ accountId: undefined, after, limit: 1 });
        if (row === undefined) break;
        walked.push(row);
        after = { prefix: row.prefix, accountId: row.account_id };
      }
      assert.deepEqual(walked, all);
      assert.ok(all.length > 5);
    });

    test('who is no admin gives nobody a claim', async () => {
      const audit = { ...AUDIT, actorId: ann };
      await assert.rejects(metadata.mutations.addClaim({ ...admins('new-', bob), audit }), failure('AccessDenied'));
      const removal = { prefix: 'mid-way-', accountId: bob, audit };
      await assert.rejects(metadata.mutations.removeClaim(removal), failure('AccessDenied'));
    });
  });
}
