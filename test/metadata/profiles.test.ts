import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Metadata } from '../../metadata/index.ts';
import type { RegisterAccount } from '../../metadata/mutations/profiles.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, addBucket, failure, NOON } from './support/fixture.ts';

const LATER = '2026-03-04T13:00:00.000Z';
const EVENING = '2026-03-04T18:00:00.000Z';
let spares = 0;

function registration(name: string, more: Partial<RegisterAccount> = {}): RegisterAccount {
  spares += 1;
  return {
    id: `id-of-${name}`,
    canonicalId: Buffer.from(name).toString('hex').padEnd(64, '0'),
    name,
    displayName: name,
    role: 'member',
    at: NOON,
    spareName: `spare-${spares}`,
    audit: { ...AUDIT, type: 'account.registered', accountId: `id-of-${name}` },
    ...more,
  };
}

async function profile({ queries }: Metadata, name: string) {
  const row = await queries.findProfile(`id-of-${name}`);
  assert.ok(row !== undefined);
  return row;
}

for (const dialect of dialects) {
  describe(`accounts that register, change and go in ${dialect.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    const verification = (email: string, tokenHash: string) => {
      return { tokenHash, purpose: 'verify-email', email, expiresAt: EVENING } as const;
    };

    test('what registers is there with its e-mail, its token and a line of the trail', async () => {
      const { metadata } = database;
      const token = verification('ann@b.org', 'hash-ann');
      await metadata.mutations.registerAccount(registration('ann', { email: 'ann@b.org', token }));
      const row = await profile(metadata, 'ann');
      assert.deepEqual([row.email, row.email_verified_at, row.epoch], ['ann@b.org', null, 1]);
      const found = await metadata.queries.findOneTimeToken({ ...token, at: NOON });
      assert.deepEqual(found, { account_id: 'id-of-ann', email: 'ann@b.org' });
      const trail = await database.rows('SELECT type FROM audit_entries WHERE account_id = ?', 'id-of-ann');
      assert.deepEqual(trail, [{ type: 'account.registered' }]);
    });

    test('a registration that is refused leaves nothing', async () => {
      const { metadata } = database;
      await addAccount(metadata, 'bob');
      const token = verification('new@b.org', 'hash-new');
      const taken = registration('BOB', { email: 'new@b.org', token });
      await assert.rejects(metadata.mutations.registerAccount(taken), failure('AccountExists'));
      assert.equal(await metadata.queries.findProfile('id-of-BOB'), undefined);
      assert.equal(await metadata.queries.findOneTimeToken({ ...token, at: NOON }), undefined);
    });

    test('a name is taken by the e-mail of another account, and an e-mail by its name', async () => {
      const { metadata } = database;
      await metadata.mutations.registerAccount(registration('cary', { email: 'cary@b.org' }));
      const byName = metadata.mutations.registerAccount(registration('cary@b.org'));
      await assert.rejects(byName, failure('AccountExists'));
      await metadata.mutations.registerAccount(registration('dan@b.org'));
      const byEmail = metadata.mutations.registerAccount(registration('dan2', { email: 'dan@b.org' }));
      await assert.rejects(byEmail, failure('EmailTaken'));
    });

    test('a verified e-mail is taken from who only claimed it, and never from who verified it', async () => {
      const { metadata } = database;
      const token = verification('eve@b.org', 'hash-eve');
      await metadata.mutations.registerAccount(registration('eve@b.org', { email: 'eve@b.org', token }));
      const proven = { email: 'eve@b.org', emailVerifiedAt: NOON };
      await metadata.mutations.registerAccount(registration('eve', proven));
      assert.equal((await profile(metadata, 'eve')).email, 'eve@b.org');
      const loser = await profile(metadata, 'eve@b.org');
      assert.equal(loser.email, null);
      assert.match(loser.name, /^spare-/);
      assert.equal(await metadata.queries.findOneTimeToken({ ...token, at: NOON }), undefined);
      const again = metadata.mutations.registerAccount(registration('eve2', proven));
      await assert.rejects(again, failure('EmailTaken'));
    });

    test('an e-mail that is only the name of an account is not taken from it', async () => {
      const { metadata } = database;
      await metadata.mutations.registerAccount(registration('fay@b.org'));
      const proven = { email: 'fay@b.org', emailVerifiedAt: NOON };
      await assert.rejects(metadata.mutations.registerAccount(registration('fay', proven)), failure('EmailTaken'));
      assert.equal((await profile(metadata, 'fay@b.org')).name, 'fay@b.org');
    });

    test('an invite is used once, by a registration that succeeds', async () => {
      const { metadata } = database;
      const admin = registration('admin', { role: 'admin' });
      await metadata.mutations.registerAccount(admin);
      const invite = { id: 'invite-1', tokenHash: 'hash-invite', role: 'member', createdBy: admin.id } as const;
      await metadata.mutations.createInvite({ ...invite, at: NOON, expiresAt: EVENING, audit: AUDIT });
      const use = (name: string, at = LATER) =>
        metadata.mutations.registerAccount(registration(name, { inviteHash: 'hash-invite', at }));
      await assert.rejects(use('gus', EVENING), failure('InvalidInvite'));
      await assert.rejects(use('admin'), failure('AccountExists'));
      const outcomes = await Promise.allSettled([use('gus1'), use('gus2'), use('gus3')]);
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      const [row] = await metadata.queries.listInvites({ before: undefined, limit: 10 });
      assert.equal(row?.used_at, LATER);
      assert.match(row?.used_by ?? '', /^id-of-gus[123]$/);
    });

    test('an invite of an admin who is none any more is worth nothing', async () => {
      const { metadata } = database;
      await metadata.mutations.registerAccount(registration('former', { role: 'admin' }));
      const invite = { id: 'invite-2', tokenHash: 'hash-former', role: 'admin', createdBy: 'id-of-former' } as const;
      await metadata.mutations.createInvite({ ...invite, at: NOON, expiresAt: EVENING, audit: AUDIT });
      await metadata.mutations.setAccountStatus({ accountId: 'id-of-former', status: 'disabled', audit: AUDIT });
      const use = metadata.mutations.registerAccount(registration('back', { inviteHash: 'hash-former' }));
      await assert.rejects(use, failure('InvalidInvite'));
    });

    test('who is no admin any more makes neither accounts nor invites', async () => {
      const { metadata } = database;
      await metadata.mutations.registerAccount(registration('demoted'));
      const audit = { ...AUDIT, type: 'account.created', actorId: 'id-of-demoted' } as const;
      const made = metadata.mutations.registerAccount(registration('friend', { role: 'admin', audit }));
      await assert.rejects(made, failure('AccessDenied'));
      const invite = { id: 'invite-3', tokenHash: 'hash-3', role: 'admin', createdBy: 'id-of-demoted' } as const;
      const invited = metadata.mutations.createInvite({ ...invite, at: NOON, expiresAt: EVENING, audit });
      await assert.rejects(invited, failure('AccessDenied'));
      await assert.rejects(metadata.mutations.deleteInvite({ id: 'invite-2', audit }), failure('AccessDenied'));
    });

    test('an account goes with all that refers to it, and its trail stays', async () => {
      const { metadata } = database;
      const token = verification('hal@b.org', 'hash-hal');
      await metadata.mutations.registerAccount(registration('hal', { email: 'hal@b.org', token }));
      const accountId = 'id-of-hal';
      await metadata.mutations.createSession({
        id: 'session-of-hal',
        accountId,
        methods: 'password',
        epoch: 1,
        tokenHash: 'refresh-of-hal',
        at: NOON,
        expiresAt: EVENING,
        audit: { ...AUDIT, accountId },
      });
      const bucket = await addBucket(metadata, 'of-hal', accountId);
      const remove = () =>
        metadata.mutations.deleteAccount({ accountId, audit: { ...AUDIT, type: 'account.deleted', accountId } });
      await assert.rejects(remove(), failure('AccountNotEmpty'));
      assert.ok((await metadata.queries.findSessionAccount('session-of-hal')) !== undefined);
      await metadata.mutations.deleteBucket({ bucketId: bucket.id, accountId, at: NOON });
      await remove();
      assert.equal(await metadata.queries.findProfile(accountId), undefined);
      const tables = await database.rows<{ name: string }>(
        `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.name = 'account_id' AND m.name NOT IN ('audit_entries', 'events')`,
      );
      assert.ok(tables.length > 8);
      for (const { name } of tables) {
        const left = await database.rows(`SELECT account_id FROM ${name} WHERE account_id = ?`, accountId);
        assert.deepEqual(left, [], name);
      }
      const trail = await database.rows<{ type: string }>(
        'SELECT type FROM audit_entries WHERE account_id = ? ORDER BY seq',
        accountId,
      );
      assert.equal(trail.at(-1)?.type, 'account.deleted');
      await assert.rejects(remove(), failure('NoSuchAccount'));
    });

    test('root does not go', async () => {
      const { metadata } = database;
      await metadata.mutations.registerAccount(registration('root', { role: 'root' }));
      const remove = metadata.mutations.deleteAccount({ accountId: 'id-of-root', audit: AUDIT });
      await assert.rejects(remove, failure('InvalidRequest'));
    });
  });
}
