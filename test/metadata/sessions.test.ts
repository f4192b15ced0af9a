import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AuditEntry } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, failure, NOON } from './support/fixture.ts';

const LATER = '2026-03-04T13:00:00.000Z';
const END = '2026-03-05T12:00:00.000Z';
const AFTER_END = '2026-03-05T12:00:00.001Z';

for (const dialect of dialects) {
  describe(`sessions in ${dialect.name}`, () => {
    let database: TestDatabase;
    let count = 0;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    const audit = (accountId: string, type: AuditEntry['type']): AuditEntry => ({ ...AUDIT, accountId, type });
    const newAccount = () => {
      count += 1;
      return addAccount(database.metadata, `owner-${count}`);
    };
    /** A session whose first refresh token has the hash `<id> 0`. */
    const open = (id: string, accountId: string, epoch = 1) =>
      database.metadata.mutations.createSession({
        id,
        accountId,
        methods: 'password totp',
        epoch,
        tokenHash: `${id} 0`,
        at: NOON,
        expiresAt: END,
        audit: audit(accountId, 'session.created'),
      });
    const refresh = (id: string, used: number, at = LATER) =>
      database.metadata.mutations.refreshSession({
        tokenHash: `${id} ${used}`,
        nextTokenHash: `${id} ${used + 1}`,
        at,
        address: '192.0.2.1',
        userAgent: 'test',
      });
    const trail = async (accountId: string) => {
      const rows = await database.rows<{ type: string }>(
        'SELECT type FROM audit_entries WHERE account_id = ? ORDER BY seq',
        accountId,
      );
      return rows.map(({ type }) => type);
    };
    const tokensOf = (id: string) => database.rows('SELECT 1 FROM refresh_tokens WHERE session_id = ?', id);

    test('one is found with its account, and told of', async () => {
      const { queries } = database.metadata;
      const accountId = await newAccount();
      await open('told', accountId);
      const row = await queries.findSessionAccount('told');
      assert.deepEqual([row?.id, row?.session_methods, row?.session_expires_at], [accountId, 'password totp', END]);
      assert.equal((await queries.findProfile(accountId))?.last_login_at, NOON);
      assert.deepEqual(await trail(accountId), ['session.created']);
      assert.equal(await queries.findSessionAccount('nothing'), undefined);
    });

    test('none begins for an account that was disabled, is gone, or has another epoch by then', async () => {
      const { mutations } = database.metadata;
      const accountId = await newAccount();
      await assert.rejects(open('nobody', 'id-of-nobody'), failure('InvalidCredentials'));
      await mutations.endSessions({ accountId, audit: audit(accountId, 'session.all-ended') });
      await assert.rejects(open('late', accountId), failure('InvalidCredentials'));
      await open('on time', accountId, 2);
      await mutations.setAccountStatus({ accountId, status: 'disabled', audit: AUDIT });
      await assert.rejects(open('disabled', accountId, 3), failure('InvalidCredentials'));
      assert.deepEqual(await database.rows('SELECT id FROM sessions WHERE account_id = ?', accountId), []);
    });

    test('a refresh exchanges the token and notes when', async () => {
      const { queries } = database.metadata;
      const accountId = await newAccount();
      await open('fresh', accountId);
      assert.deepEqual(await refresh('fresh', 0), { kind: 'refreshed', sessionId: 'fresh', accountId });
      const [row] = await queries.listSessions({ accountId, at: NOON, before: undefined, limit: 10 });
      assert.deepEqual([row?.created_at, row?.last_used_at, row?.expires_at], [NOON, LATER, END]);
      assert.equal(await queries.findSessionOfToken('fresh 0'), 'fresh');
      assert.equal(await queries.findSessionOfToken('fresh 1'), 'fresh');
    });

    test('a token that comes again ends the session with all its tokens, and is told of', async () => {
      const accountId = await newAccount();
      await open('stolen', accountId);
      await refresh('stolen', 0);
      await refresh('stolen', 1);
      assert.deepEqual(await refresh('stolen', 0), { kind: 'reused', accountId });
      assert.deepEqual(await refresh('stolen', 2), { kind: 'unknown' });
      assert.deepEqual(await tokensOf('stolen'), []);
      assert.deepEqual(await trail(accountId), ['session.created', 'session.reused']);
    });

    test('nothing is refreshed once the time of the session is over, not to the millisecond', async () => {
      await open('over', await newAccount());
      assert.deepEqual(await refresh('over', 0, END), { kind: 'unknown' });
      assert.deepEqual(await refresh('over', 0, '2026-03-05T11:59:59.999Z'), {
        kind: 'refreshed',
        sessionId: 'over',
        accountId: `id-of-owner-${count}`,
      });
    });

    test('is listed by the newest, in pages, and not when it is over or of another', async () => {
      const { queries } = database.metadata;
      const accountId = await newAccount();
      for (const id of ['b', 'd', 'a', 'c']) await open(`page ${id}`, accountId);
      const other = await newAccount();
      await open('page e', other);
      const list = async (before: string | undefined, at = NOON) =>
        (await queries.listSessions({ accountId, at, before, limit: 3 })).map(({ id }) => id);
      assert.deepEqual(await list(undefined), ['page d', 'page c', 'page b']);
      assert.deepEqual(await list('page b'), ['page a']);
      assert.deepEqual(await list(undefined, AFTER_END), []);
      const find = (id: string, at = NOON) => queries.findSession({ id, accountId, at });
      assert.equal((await find('page a'))?.id, 'page a');
      assert.equal(await find('page e'), undefined);
      assert.equal(await find('page a', AFTER_END), undefined);
    });

    test('is ended by its own account alone', async () => {
      const { mutations, queries } = database.metadata;
      const [accountId, other] = [await newAccount(), await newAccount()];
      await open('mine', accountId);
      const end = (of: string) =>
        mutations.endSession({ id: 'mine', accountId: of, audit: audit(of, 'session.ended') });
      await assert.rejects(end(other), failure('NoSuchSession'));
      assert.deepEqual(await trail(other), []);
      await end(accountId);
      assert.equal(await queries.findSessionAccount('mine'), undefined);
      assert.deepEqual(await tokensOf('mine'), []);
      await assert.rejects(end(accountId), failure('NoSuchSession'));
      assert.deepEqual(await trail(accountId), ['session.created', 'session.ended']);
    });

    test('ends with the epoch, and those of others do not', async () => {
      const { mutations, queries } = database.metadata;
      const [accountId, other] = [await newAccount(), await newAccount()];
      for (const id of ['one', 'two']) await open(`epoch ${id}`, accountId);
      await open('epoch other', other);
      await mutations.endSessions({ accountId, audit: audit(accountId, 'session.all-ended') });
      assert.equal((await queries.findAccountById(accountId))?.epoch, 2);
      assert.equal(await queries.findSessionAccount('epoch one'), undefined);
      assert.deepEqual(await refresh('epoch two', 0), { kind: 'unknown' });
      assert.equal((await queries.findSessionAccount('epoch other'))?.epoch, 1);
    });
  });

  describe(`signing keys in ${dialect.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    /** A key made at a minute, that signs from another. */
    const add = (
      kid: string,
      { made, signs, unlessMadeAfter = made }: { made: number; signs: number; unlessMadeAfter?: number },
    ) =>
      database.metadata.mutations.addSigningKey({
        kid,
        publicJwk: '{}',
        wrappedPrivate: 'v1.x',
        at: minute(made),
        signsFrom: minute(signs),
        othersVerifyUntil: minute(signs + 15),
        unlessMadeAfter: minute(unlessMadeAfter),
        audit: { ...AUDIT, type: 'signing-key.rotated' },
      });
    const minute = (minutes: number) => new Date(Date.parse(NOON) + minutes * 60_000).toISOString();
    const list = async () =>
      (await database.metadata.queries.listSigningKeys()).map(({ kid, verifies_until }) => [kid, verifies_until]);

    test('each takes the place of the others, which verify for as long as was said first, or less', async () => {
      assert.equal(await add('first', { made: 0, signs: 0 }), true);
      assert.deepEqual(await list(), [['first', null]]);
      assert.equal(await add('announced', { made: 10, signs: 70 }), true);
      assert.deepEqual(await list(), [
        ['announced', null],
        ['first', minute(85)],
      ]);
      assert.equal(await add('urgent', { made: 20, signs: 20 }), true);
      assert.deepEqual(await list(), [
        ['urgent', null],
        ['announced', minute(35)],
        ['first', minute(35)],
      ]);
    });

    test('none is added where one was made after a time, and nothing is told of it', async () => {
      const trail = () => database.rows('SELECT 1 FROM audit_entries');
      const before = (await trail()).length;
      assert.equal(await add('late', { made: 30, signs: 90, unlessMadeAfter: 19 }), false);
      assert.deepEqual((await list())[0], ['urgent', null]);
      assert.equal((await trail()).length, before);
    });

    test('those that verify nothing any more go, and never the one that nothing replaces', async () => {
      const { removeSpentSigningKeys } = database.metadata.mutations;
      assert.equal(await removeSpentSigningKeys({ at: minute(35) }), 0);
      assert.equal(await removeSpentSigningKeys({ at: minute(100_000) }), 2);
      assert.deepEqual(await list(), [['urgent', null]]);
    });
  });
}
