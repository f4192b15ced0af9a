import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ConfirmFactor, Failure } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, failure, NOON } from './support/fixture.ts';

const EARLIER = '2026-03-04T11:50:00.000Z';
const HASHES = ['h1', 'h2', 'h3'];

for (const dialect of dialects) {
  describe(`second factors in ${dialect.name}`, () => {
    let database: TestDatabase;
    let count = 0;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    const add = () => {
      count += 1;
      return addAccount(database.metadata, `account-${count}`);
    };
    const confirmation = (accountId: string, sessionId: string | undefined = 'none'): ConfirmFactor => ({
      accountId,
      at: NOON,
      begunAfter: EARLIER,
      ...(sessionId === '' ? {} : { sessionId }),
      epoch: 1,
      recoveryCodeHashes: HASHES,
      audit: { ...AUDIT, type: 'factor.added', accountId },
    });
    const begin = (accountId: string, wrappedSecret = 'secret') =>
      database.metadata.mutations.beginTotp({ accountId, wrappedSecret, at: NOON });
    const confirm = (accountId: string, { wrappedSecret = 'secret', step = 100, sessionId = 'none' } = {}) =>
      database.metadata.mutations.confirmTotp({ ...confirmation(accountId, sessionId), wrappedSecret, step });
    const sms = (accountId: string, { phone = '+15550100123', codeHash = 'code', at = NOON } = {}) => ({
      id: `${at} ${accountId}`,
      accountId,
      phone,
      codeHash,
      at,
      expiresAt: new Date(Date.parse(at) + 300_000).toISOString(),
      limits: { perDay: 3, intervalMs: 30_000 },
    });
    const use = (accountId: string, { phone = '+15550100123', codeHash = 'code', at = NOON } = {}) => ({
      accountId,
      phone,
      codeHash,
      at,
      maxAttempts: 5,
    });
    const later = (seconds: number) => new Date(Date.parse(NOON) + seconds * 1000).toISOString();

    test('a secret counts once it is confirmed, and brings recovery codes', async () => {
      const { queries } = database.metadata;
      const id = await add();
      await begin(id);
      assert.equal((await queries.listSecondFactors(id))[0]?.confirmed_at, null);
      assert.equal(await confirm(id), 'first');
      const [factor] = await queries.listSecondFactors(id);
      assert.equal(factor?.confirmed_at, NOON);
      assert.equal(factor.last_step, 100);
      assert.equal(await queries.countRecoveryCodes(id), 3);
      await assert.rejects(begin(id), failure('FactorExists'));
      await assert.rejects(confirm(id), failure('FactorExists'));
    });

    test('only the secret that was begun last is confirmed, and in time', async () => {
      const id = await add();
      await assert.rejects(confirm(id), failure('NoSuchFactor'));
      await begin(id, 'old');
      await begin(id, 'new');
      await assert.rejects(confirm(id, { wrappedSecret: 'old' }), failure('NoSuchFactor'));
      const late = { ...confirmation(id), begunAfter: NOON, wrappedSecret: 'new', step: 1 };
      await assert.rejects(database.metadata.mutations.confirmTotp(late), failure('NoSuchFactor'));
      assert.equal(await confirm(id, { wrappedSecret: 'new' }), 'first');
    });

    test('a first factor ends every session but the one that goes on', async () => {
      const { mutations, queries } = database.metadata;
      const id = await add();
      for (const session of ['one', 'two', 'three']) {
        await mutations.createSession({
          id: `${session} of ${id}`,
          accountId: id,
          methods: 'password',
          epoch: 1,
          tokenHash: `${session} of ${id}`,
          at: NOON,
          expiresAt: later(3600),
          audit: AUDIT,
        });
      }
      await begin(id);
      await confirm(id, { sessionId: `two of ${id}` });
      assert.equal(await queries.findSessionAccount(`one of ${id}`), undefined);
      assert.equal((await queries.findSessionAccount(`two of ${id}`))?.id, id);
      assert.equal(await queries.findSessionAccount(`three of ${id}`), undefined);
    });

    test('whoever was logged out everywhere meanwhile confirms nothing', async () => {
      const { mutations, queries } = database.metadata;
      const id = await add();
      await begin(id);
      await mutations.endSessions({ accountId: id, audit: AUDIT });
      await assert.rejects(confirm(id), failure('InvalidToken'));
      await assert.rejects(confirm(id, { sessionId: '' }), failure('InvalidToken'), 'an enrolment');
      const [factor] = await queries.listSecondFactors(id);
      assert.equal(factor?.confirmed_at, null);
    });

    test('a further factor keeps the recovery codes, and cannot be confirmed by an enrolment', async () => {
      const { mutations, queries } = database.metadata;
      const id = await add();
      await begin(id);
      await confirm(id);
      await mutations.useRecoveryCode({ accountId: id, codeHash: 'h1', at: NOON, audit: AUDIT });
      await mutations.beginSms(sms(id, { phone: '+15550100200' }));
      const input = use(id, { phone: '+15550100200' });
      await assert.rejects(mutations.confirmSms({ ...confirmation(id, ''), ...input }), failure('InvalidToken'));
      assert.equal(await mutations.confirmSms({ ...confirmation(id), ...input }), 'further');
      assert.equal(await queries.countRecoveryCodes(id), 2);
    });

    test('steps only go forward, and of racing uses of one a single one wins', async () => {
      const { mutations } = database.metadata;
      const id = await add();
      await begin(id);
      const take = (step: number, wrappedSecret = 'secret') =>
        mutations.takeTotpStep({ accountId: id, wrappedSecret, step });
      assert.equal(await take(101), false);
      await confirm(id);
      assert.equal(await take(100), false);
      const wins = await Promise.all(Array.from({ length: 20 }, () => take(101)));
      assert.equal(wins.filter(Boolean).length, 1);
      assert.equal(await take(100), false);
      assert.equal(await take(102, 'another'), false);
      assert.equal(await take(102), true);
    });

    test('a recovery code is good once, of racing uses for one', async () => {
      const { mutations } = database.metadata;
      const id = await add();
      const take = (codeHash: string) => mutations.useRecoveryCode({ accountId: id, codeHash, at: NOON, audit: AUDIT });
      assert.equal(await take('h1'), false);
      await begin(id);
      await confirm(id);
      const wins = await Promise.all(Array.from({ length: 20 }, () => take('h1')));
      assert.equal(wins.filter(Boolean).length, 1);
      assert.equal(await take('h4'), false);
      await mutations.replaceRecoveryCodes({ accountId: id, codeHashes: ['h4'], audit: AUDIT });
      assert.equal(await take('h2'), false);
      assert.equal(await take('h4'), true);
    });

    test('recovery codes stand beside a factor, and go with the last one', async () => {
      const { mutations, queries } = database.metadata;
      const id = await add();
      const replace = mutations.replaceRecoveryCodes({ accountId: id, codeHashes: ['h1'], audit: AUDIT });
      await assert.rejects(replace, failure('NoSuchFactor'));
      await begin(id);
      await confirm(id);
      await mutations.beginSms(sms(id, { phone: '+15550100201' }));
      await mutations.confirmSms({ ...confirmation(id), ...use(id, { phone: '+15550100201' }) });
      const remove = (kind: 'totp' | 'sms', mustKeepOne: boolean) =>
        mutations.removeFactor({ accountId: id, kind, mustKeepOne, audit: AUDIT });
      await remove('totp', true);
      assert.equal(await queries.countRecoveryCodes(id), 3);
      await assert.rejects(remove('totp', false), failure('NoSuchFactor'));
      await assert.rejects(remove('sms', true), failure('SecondFactorRequired'));
      await remove('sms', false);
      assert.equal(await queries.countRecoveryCodes(id), 0);
      assert.deepEqual(await queries.listSecondFactors(id), []);
    });

    test('of who must have one, of two removals at once a single one is done', async () => {
      const { mutations, queries } = database.metadata;
      const id = await add();
      const phone = '+15550100206';
      await begin(id);
      await confirm(id);
      await mutations.beginSms(sms(id, { phone }));
      await mutations.confirmSms({ ...confirmation(id), ...use(id, { phone }) });
      const remove = (kind: 'totp' | 'sms') =>
        mutations.removeFactor({ accountId: id, kind, mustKeepOne: true, audit: AUDIT });
      const outcomes = await Promise.allSettled([remove('totp'), remove('sms')]);
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      assert.equal((await queries.listSecondFactors(id)).length, 1);
    });

    test('a sent code is good once, at its number, in time, and before a newer one', async () => {
      const { mutations } = database.metadata;
      const id = await add();
      const phone = '+15550100202';
      const take = (codeHash: string, at = NOON) => mutations.useSmsCode(use(id, { phone, codeHash, at }));
      await mutations.issueSmsCode(sms(id, { phone }));
      assert.equal(await mutations.useSmsCode(use(id, { phone: '+15550100203' })), false);
      assert.equal(await take('code', later(300)), false);
      await mutations.issueSmsCode(sms(id, { phone, codeHash: 'newer', at: later(30) }));
      assert.equal(await take('code', later(31)), false);
      const wins = await Promise.all(Array.from({ length: 20 }, () => take('newer', later(31))));
      assert.equal(wins.filter(Boolean).length, 1);
    });

    test('a code that has had its attempts is worth nothing, though it be right', async () => {
      const { mutations } = database.metadata;
      const id = await add();
      const phone = '+15550100204';
      await mutations.issueSmsCode(sms(id, { phone }));
      const guesses = ['a', 'b', 'c', 'd', 'e'].map((codeHash) => mutations.useSmsCode(use(id, { phone, codeHash })));
      assert.deepEqual(new Set(await Promise.all(guesses)), new Set([false]));
      assert.equal(await mutations.useSmsCode(use(id, { phone })), false);
    });

    test('an account waits between two codes, and for another day after the last of one', async () => {
      const { mutations } = database.metadata;
      const id = await add();
      const issue = (seconds: number) =>
        mutations.issueSmsCode(sms(id, { phone: `+1555010${1000 + seconds}`, at: later(seconds) }));
      const refusedFor = (retryAfter: string) => (error: unknown) =>
        failure('TooManyAttempts')(error) && (error as Failure).detail.RetryAfter === retryAfter;
      await issue(0);
      await assert.rejects(issue(10), refusedFor('20'));
      await issue(30);
      await issue(60);
      await assert.rejects(issue(100), refusedFor(String(86_400 - 100)));
      await issue(86_400);
    });

    test('requests at once for one number do not overrun its day, and a restart forgets nothing', async () => {
      const ids = await Promise.all(Array.from({ length: 12 }, add));
      const phone = '+15550100205';
      const other = database.openAnother();
      const outcomes = await Promise.allSettled(
        ids
          .slice(1)
          .map((id, index) => (index % 2 === 0 ? database.metadata : other).mutations.issueSmsCode(sms(id, { phone }))),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
      const afresh = database.openAnother().mutations.issueSmsCode(sms(ids[0] ?? '', { phone, at: later(60) }));
      await assert.rejects(afresh, failure('TooManyAttempts'));
    });
  });
}
