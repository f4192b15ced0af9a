import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { failure } from './support/fixture.ts';

const NOON = Date.parse('2026-03-04T12:00:00.000Z');
const secondsOn = (seconds: number) => new Date(NOON + seconds * 1000).toISOString();

for (const dialect of dialects) {
  describe(`idempotency keys in ${dialect.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    /** Asks for a key some seconds after noon. */
    function reserve(key: string, { seconds = 0, fingerprint = 'this', scope = 'somebody' } = {}) {
      return database.metadata.mutations.reserveIdempotencyKey({
        scope,
        key,
        fingerprint,
        at: secondsOn(seconds),
        abandonedBefore: secondsOn(seconds - 60),
        forgottenBefore: secondsOn(seconds - 86_400),
      });
    }

    function store(key: string, { seconds = 0, sealed = 'the reply' } = {}) {
      return database.metadata.mutations.storeIdempotentReply({
        scope: 'somebody',
        key,
        at: secondsOn(seconds),
        sealed,
      });
    }

    function release(key: string, { seconds = 0 } = {}) {
      return database.metadata.mutations.releaseIdempotencyKey({ scope: 'somebody', key, at: secondsOn(seconds) });
    }

    test('a key is reserved once, and has its reply once that is stored', async () => {
      assert.equal(await reserve('once'), null);
      await assert.rejects(reserve('once'), failure('IdempotencyKeyInUse'));
      await store('once');
      assert.equal(await reserve('once', { seconds: 3600 }), 'the reply');
    });

    test('of racing reservations one has the key', async () => {
      const racing = await Promise.allSettled(Array.from({ length: 20 }, () => reserve('race')));
      assert.equal(racing.filter(({ status }) => status === 'fulfilled').length, 1);
    });

    test('another request does not get the key, whether the first is done or not', async () => {
      await reserve('mine');
      await assert.rejects(reserve('mine', { fingerprint: 'that' }), failure('IdempotencyParameterMismatch'));
      await store('mine');
      await assert.rejects(reserve('mine', { fingerprint: 'that' }), failure('IdempotencyParameterMismatch'));
    });

    test('everybody has keys of their own', async () => {
      await reserve('shared');
      assert.equal(await reserve('shared', { scope: 'another', fingerprint: 'that' }), null);
    });

    test('a key that was given back is free', async () => {
      await reserve('back');
      await release('back');
      assert.equal(await reserve('back', { fingerprint: 'that' }), null);
    });

    test('a key whose reply is stored cannot be given back', async () => {
      await reserve('kept');
      await store('kept');
      await release('kept');
      assert.equal(await reserve('kept'), 'the reply');
    });

    test('what did not end within a minute is taken over, and who comes late changes nothing', async () => {
      await reserve('late');
      await assert.rejects(reserve('late', { seconds: 60 }), failure('IdempotencyKeyInUse'));
      assert.equal(await reserve('late', { seconds: 61 }), null);
      await store('late', { sealed: 'of the first' });
      await release('late');
      await assert.rejects(reserve('late', { seconds: 62 }), failure('IdempotencyKeyInUse'));
      await store('late', { seconds: 61, sealed: 'of the second' });
      assert.equal(await reserve('late', { seconds: 63 }), 'of the second');
    });

    test('a reply is forgotten after a day', async () => {
      await reserve('day');
      await store('day');
      assert.equal(await reserve('day', { seconds: 86_400 }), 'the reply');
      assert.equal(await reserve('day', { seconds: 86_401, fingerprint: 'that' }), null);
    });
  });
}
