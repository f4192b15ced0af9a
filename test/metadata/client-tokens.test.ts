import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dialects } from './support/dialects.ts';
import { failure, useBench } from './support/fixture.ts';
import { LATER, rename, setVersioning } from './support/rename.ts';

const OTHER_PARAMETERS = { token: 'again', parameters: 'of something else' };

/** A token that no other test uses: they are of an account, and all tests write as the same one. */
let lastToken = 0;
function newToken() {
  lastToken += 1;
  return { token: `token-${lastToken}`, parameters: 'of this request' };
}

for (const dialect of dialects) {
  describe(`client tokens in ${dialect.name}`, () => {
    const bench = useBench(dialect);

    test('a rename that comes again does nothing and has the same outcome, whatever happened since', async () => {
      const here = await bench();
      await setVersioning(here, 'Enabled');
      await here.put('old', { etag: 'first' });
      const again = { from: 'old', to: 'new', clientToken: newToken() };
      const { versionId } = await rename(here, again);
      assert.deepEqual(await rename(here, again), { versionId });
      await here.put('old', { etag: 'another' });
      await here.put('new', { etag: 'edited' });
      assert.deepEqual(await rename(here, again), { versionId });
      assert.deepEqual([(await here.find('old'))?.etag, (await here.find('new'))?.etag], ['another', 'edited']);
    });

    test('it is remembered by the database, not by the gateway', async () => {
      const here = await bench();
      await here.put('old');
      const again = { ...here.target('new'), sourceKeys: ['old'], newPartSet: 'unused', clientToken: newToken() };
      const first = await here.metadata.mutations.renameObject(again);
      assert.deepEqual(await here.database.openAnother().mutations.renameObject(again), first);
    });

    test('another request of the same name is IdempotencyParameterMismatch and does nothing', async () => {
      const here = await bench();
      await here.put('old');
      const clientToken = newToken();
      await rename(here, { from: 'old', to: 'new', clientToken });
      await here.put('old', { etag: 'kept' });
      const other = { ...OTHER_PARAMETERS, token: clientToken.token };
      const mismatch = rename(here, { from: 'old', to: 'elsewhere', clientToken: other });
      await assert.rejects(mismatch, failure('IdempotencyParameterMismatch'));
      assert.equal((await here.find('old'))?.etag, 'kept');
    });

    test('a rename that failed has used nothing: the same token may try again', async () => {
      const here = await bench();
      const again = { from: 'old', to: 'new', clientToken: newToken() };
      await assert.rejects(rename(here, again), failure('NoSuchKey'));
      await here.put('old', { etag: 'late' });
      await rename(here, again);
      assert.equal((await here.find('new'))?.etag, 'late');
    });

    test('accounts do not share their tokens', async () => {
      const here = await bench();
      const clientToken = newToken();
      for (const accountId of ['ann', 'bob']) {
        await here.put('old', { etag: accountId });
        await rename(here, { from: 'old', to: `of ${accountId}`, clientToken, accountId });
        assert.equal((await here.find(`of ${accountId}`))?.etag, accountId);
      }
    });

    test('of the same request sent many times at once one does something, and all succeed', async () => {
      const here = await bench();
      await here.put('old', { etag: 'once' });
      const again = { from: 'old', to: 'new', clientToken: newToken() };
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => rename(here, again)));
      assert.deepEqual(new Set(outcomes.map(({ versionId }) => versionId)), new Set(['null']));
      assert.equal((await here.find('new'))?.etag, 'once');
    });

    test('old ones are forgotten, the oldest first and no more than asked for', async () => {
      const here = await bench();
      const { forgetClientTokens } = here.metadata.mutations;
      await forgetClientTokens({ before: '9', limit: 1000 });
      for (const second of [3, 1, 2]) {
        await here.put('old');
        const clientToken = { token: `at ${second}`, parameters: '' };
        await rename(here, { from: 'old', to: 'new', clientToken, at: LATER.replace('10.000', `0${second}.000`) });
      }
      const before = LATER.replace('10.000', '03.000');
      const left = async () => {
        const rows = await here.database.rows<{ token: string }>('SELECT token FROM client_tokens ORDER BY token');
        return rows.map(({ token }) => token);
      };
      assert.equal(await forgetClientTokens({ before, limit: 1 }), 1);
      assert.deepEqual(await left(), ['at 2', 'at 3']);
      assert.equal(await forgetClientTokens({ before, limit: 10 }), 1);
      assert.deepEqual(await left(), ['at 3']);
      assert.equal(await forgetClientTokens({ before, limit: 10 }), 0);
    });
  });
}
