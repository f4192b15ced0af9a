import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Metadata } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, addBucket, NOON } from './support/fixture.ts';

const BEFORE = '2026-03-05T12:00:00.000Z';
const LATE = '2026-03-06T12:00:00.000Z';
/** Older than BEFORE by more and more. */
const OLD = ['2026-03-04T12:00:00.003Z', '2026-03-04T12:00:00.001Z', '2026-03-04T12:00:00.002Z'];

type Remove = (metadata: Metadata) => (input: { before: string; limit: number }) => Promise<number>;

/** What goes with age: the table, a statement that fills it, with the time last, and what empties it. */
const tables: readonly { readonly table: string; readonly insert: string; readonly remove: Remove }[] = [
  {
    table: 'one_time_tokens',
    insert: `INSERT INTO one_time_tokens (token_hash, purpose, account_id, email, created_at, expires_at)
             VALUES (?, 'verify-email', 'id-of-owner', 'a@b', '${NOON}', ?)`,
    remove: ({ mutations }) => mutations.removeExpiredOneTimeTokens,
  },
  {
    table: 'oauth_states',
    insert: `INSERT INTO oauth_states (state_hash, provider, sealed, created_at, expires_at)
             VALUES (?, 'github', 'v1.x', '${NOON}', ?)`,
    remove: ({ mutations }) => mutations.removeExpiredOauthStates,
  },
  {
    table: 'invites',
    insert: `INSERT INTO invites (id, token_hash, role, created_at, expires_at)
             SELECT id, id, 'member', '${NOON}', time FROM (SELECT ? AS id, ? AS time)`,
    remove: ({ mutations }) => mutations.removeExpiredInvites,
  },
  {
    table: 'sms_codes',
    insert: `INSERT INTO sms_codes (id, account_id, phone, code_hash, expires_at, sent_at)
             VALUES (?, 'id-of-owner', '+15550100', 'x', '${NOON}', ?)`,
    remove: ({ mutations }) => mutations.removeOldSmsCodes,
  },
  {
    table: 'shares',
    insert: `INSERT INTO shares (id, bucket_id, path, grantee_id, grantor_id, may_write, may_share, created_at, expires_at)
             SELECT given.id, b.id, given.id, 'id-of-owner', 'id-of-owner', 0, 0, '${NOON}', time
             FROM (SELECT ? AS id, ? AS time) given, (SELECT min(id) AS id FROM buckets) b`,
    remove: ({ mutations }) => mutations.removeExpiredShares,
  },
  {
    table: 'idempotency_keys',
    insert: `INSERT INTO idempotency_keys (scope, key, fingerprint, created_at) VALUES ('owner', ?, 'x', ?)`,
    remove: ({ mutations }) => mutations.forgetIdempotencyKeys,
  },
];

for (const dialect of dialects) {
  describe(`expired rows in ${dialect.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await dialect.open();
      await addBucket(database.metadata, 'bucket', await addAccount(database.metadata, 'owner'));
    });
    after(() => database.remove());

    const count = async (table: string) => (await database.rows(`SELECT 1 FROM ${table}`)).length;

    for (const { table, insert, remove } of tables) {
      test(`of ${table} go the oldest first, no more than asked for, and none that is younger`, async () => {
        for (const [index, time] of [...OLD, BEFORE, LATE].entries())
          await database.write(insert, `row-${index}`, time);
        const run = remove(database.metadata);
        assert.equal(await run({ before: BEFORE, limit: 1 }), 1);
        const times = await database.rows<Record<string, string>>(`SELECT * FROM ${table}`);
        assert.ok(!times.some((row) => Object.values(row).includes(OLD[1] as string)), 'the oldest is gone');
        assert.equal(await run({ before: BEFORE, limit: 10 }), 2);
        assert.equal(await run({ before: BEFORE, limit: 10 }), 0);
        assert.equal(await count(table), 2);
      });
    }

    test('of sessions go the refresh tokens first, and no transaction takes more than asked for', async () => {
      const { mutations } = database.metadata;
      const open = (id: string, expiresAt: string) =>
        mutations.createSession({
          id,
          accountId: 'id-of-owner',
          methods: 'password',
          epoch: 1,
          tokenHash: `${id} 0`,
          at: NOON,
          expiresAt,
          audit: AUDIT,
        });
      await open('ended', OLD[0] as string);
      await open('lasting', LATE);
      for (const id of ['ended', 'lasting']) {
        for (let used = 0; used < 6; used += 1) {
          const hashes = { tokenHash: `${id} ${used}`, nextTokenHash: `${id} ${used + 1}` };
          await mutations.refreshSession({ ...hashes, at: NOON, address: null, userAgent: null });
        }
      }
      const removed: number[] = [];
      for (;;) {
        const rows = await mutations.removeExpiredSessions({ before: BEFORE, limit: 3 });
        removed.push(rows);
        if (rows < 3) break;
      }
      assert.deepEqual(removed, [3, 3, 2]);
      assert.deepEqual(await database.rows('SELECT id FROM sessions'), [{ id: 'lasting' }]);
      assert.equal(await count('refresh_tokens'), 7);
    });
  });
}
