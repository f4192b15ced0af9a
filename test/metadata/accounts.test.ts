import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, failure, NOON } from './support/fixture.ts';

for (const dialect of dialects) {
  describe(`accounts in ${dialect.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    test('an account is found by name and by id, active and with nothing stored', async () => {
      const { metadata } = database;
      const id = await addAccount(metadata, 'ann');
      const byName = await metadata.queries.findAccount('ann');
      assert.deepEqual(byName, {
        id,
        canonical_id: Buffer.from('ann').toString('hex').padEnd(64, '0'),
        name: 'ann',
        display_name: 'ann',
        role: 'member',
        status: 'active',
        created_at: NOON,
        epoch: 1,
      });
      assert.deepEqual(await metadata.queries.findAccountById(id), byName);
      const [listed] = (await metadata.queries.listAccounts()).filter(({ name }) => name === 'ann');
      assert.deepEqual(listed, { ...byName, email: null, object_count: 0, logical_bytes: 0, quota_bytes: null });
      assert.equal(await metadata.queries.findAccount('nobody'), undefined);
      assert.equal(await metadata.queries.findAccountById('nobody'), undefined);
    });

    test('a name belongs to one account', async () => {
      await addAccount(database.metadata, 'twice');
      await assert.rejects(addAccount(database.metadata, 'twice'), failure('AccountExists'));
    });

    test('root is found by its role', async () => {
      const { metadata } = database;
      assert.equal(await metadata.queries.findRootAccount(), undefined);
      const account = { id: 'r', canonicalId: 'f'.repeat(64), name: 'boss', displayName: 'Boss' };
      await metadata.mutations.createAccount({ ...account, role: 'root', at: NOON, audit: AUDIT });
      assert.equal((await metadata.queries.findRootAccount())?.name, 'boss');
    });

    test('a status changes, and only that of an account that exists', async () => {
      const { metadata } = database;
      await addAccount(metadata, 'bob');
      await metadata.mutations.setAccountStatus({ accountId: 'id-of-bob', status: 'disabled', audit: AUDIT });
      assert.equal((await metadata.queries.findAccount('bob'))?.status, 'disabled');
      const unknown = metadata.mutations.setAccountStatus({ accountId: 'nobody', status: 'active', audit: AUDIT });
      await assert.rejects(unknown, failure('NoSuchAccount'));
    });

    test('accounts are listed by name', async () => {
      const { metadata } = database;
      for (const name of ['zoe', 'Zed', 'aaron']) await addAccount(metadata, name);
      const names = (await metadata.queries.listAccounts()).map(({ name }) => name);
      assert.deepEqual(
        names,
        names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
    });
  });
}
