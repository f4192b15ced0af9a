import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Metadata, TokenPurpose } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, failure, NOON } from './support/fixture.ts';

const LATER = '2026-03-04T13:00:00.000Z';
const EVENING = '2026-03-04T18:00:00.000Z';

for (const dialect of dialects) {
  describe(`mailed tokens in ${dialect.name}`, () => {
    let database: TestDatabase;
    let metadata: Metadata;
    before(async () => {
      database = await dialect.open();
      ({ metadata } = database);
    });
    after(() => database.remove());

    const add = (name: string, tokenHash: string, purpose: TokenPurpose = 'verify-email') =>
      metadata.mutations.addOneTimeToken({
        tokenHash,
        purpose,
        accountId: `id-of-${name}`,
        email: `${name}@b.org`,
        at: NOON,
        expiresAt: EVENING,
      });
    const pend = (name: string, email: string, tokenHash: string) =>
      metadata.mutations.updateProfile({
        accountId: `id-of-${name}`,
        token: { tokenHash, purpose: 'verify-email', email, expiresAt: EVENING },
        at: NOON,
        audit: AUDIT,
      });
    const verify = (tokenHash: string, at = LATER) =>
      metadata.mutations.verifyEmail({ tokenHash, spareName: `spare-of-${tokenHash}`, at, audit: AUDIT });
    const reset = (tokenHash: string, at = LATER) =>
      metadata.mutations.resetPassword({ tokenHash, passwordHash: `password-of-${tokenHash}`, at, audit: AUDIT });
    const row = async (name: string) => {
      const found = await metadata.queries.findProfile(`id-of-${name}`);
      assert.ok(found !== undefined);
      return found;
    };

    test('a token makes a pending e-mail that of the account, once', async () => {
      await addAccount(metadata, 'ann');
      await pend('ann', 'ann@b.org', 'ann-1');
      assert.deepEqual(await verify('ann-1'), { replaced: null });
      const { email, email_verified_at, pending_email, epoch } = await row('ann');
      assert.deepEqual([email, email_verified_at, pending_email, epoch], ['ann@b.org', LATER, null, 1]);
      await assert.rejects(verify('ann-1'), failure('InvalidToken'));
    });

    test('a verified e-mail that is replaced is told', async () => {
      await addAccount(metadata, 'bob');
      await pend('bob', 'bob@b.org', 'bob-1');
      await verify('bob-1');
      await pend('bob', 'bob@new.org', 'bob-2');
      assert.deepEqual(await verify('bob-2'), { replaced: 'bob@b.org' });
    });

    test('a token counts until it is too old, and for its purpose', async () => {
      await addAccount(metadata, 'cary');
      await pend('cary', 'cary@b.org', 'cary-1');
      await assert.rejects(verify('cary-1', EVENING), failure('InvalidToken'));
      await assert.rejects(reset('cary-1'), failure('InvalidToken'));
      await verify('cary-1');
    });

    test('a token ends those of the same purpose that were made before', async () => {
      await addAccount(metadata, 'dan');
      await pend('dan', 'dan@b.org', 'dan-1');
      await pend('dan', 'dan@b.org', 'dan-2');
      await assert.rejects(verify('dan-1'), failure('InvalidToken'));
      await verify('dan-2');
    });

    test('an e-mail that is pending at several belongs to the first that proves it', async () => {
      for (const name of ['eve1', 'eve2']) {
        await addAccount(metadata, name);
        await pend(name, 'eve@b.org', name);
      }
      await verify('eve2');
      await assert.rejects(verify('eve1'), failure('EmailTaken'));
      assert.deepEqual([(await row('eve1')).email, (await row('eve2')).email], [null, 'eve@b.org']);
    });

    test('a reset sets the password, ends the sessions, and all that was under way', async () => {
      await addAccount(metadata, 'fay');
      await pend('fay', 'fay@b.org', 'fay-1');
      await verify('fay-1');
      await pend('fay', 'fay@new.org', 'fay-2');
      await add('fay', 'fay-3', 'reset-password');
      await reset('fay-3');
      const { password_hash, epoch, pending_email } = await row('fay');
      assert.deepEqual([password_hash, epoch, pending_email], ['password-of-fay-3', 2, null]);
      await assert.rejects(reset('fay-3'), failure('InvalidToken'));
      await assert.rejects(verify('fay-2'), failure('InvalidToken'));
    });

    test('a reset counts for the e-mail that the account has', async () => {
      await addAccount(metadata, 'gus');
      await pend('gus', 'gus@b.org', 'gus-1');
      await verify('gus-1');
      await add('gus', 'gus-2', 'reset-password');
      await pend('gus', 'gus@new.org', 'gus-3');
      await verify('gus-3');
      await assert.rejects(reset('gus-2'), failure('InvalidToken'));
    });

    test('a disabled account proves nothing', async () => {
      await addAccount(metadata, 'hal');
      await pend('hal', 'hal@b.org', 'hal-1');
      await metadata.mutations.setAccountStatus({ accountId: 'id-of-hal', status: 'disabled', audit: AUDIT });
      await assert.rejects(verify('hal-1'), failure('InvalidToken'));
    });

    test('a password change leaves the question for the e-mail that the account has', async () => {
      await metadata.mutations.registerAccount({
        id: 'id-of-ida',
        canonicalId: '1'.repeat(64),
        name: 'ida',
        displayName: 'ida',
        role: 'member',
        email: 'ida@b.org',
        at: NOON,
        spareName: 'spare-of-ida',
        token: { tokenHash: 'ida-1', purpose: 'verify-email', email: 'ida@b.org', expiresAt: EVENING },
        audit: AUDIT,
      });
      await metadata.mutations.setPassword({ accountId: 'id-of-ida', passwordHash: 'x', at: NOON, audit: AUDIT });
      await verify('ida-1');
      assert.equal((await row('ida')).email_verified_at, LATER);
    });
  });
}
