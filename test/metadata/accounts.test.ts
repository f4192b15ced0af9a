import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Failure } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, failure, NOON } from './support/fixture.ts';

for (const dialect of dialects) {
  describe(`accounts, access keys and claims in ${dialect.name}`, () => {
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
      assert.deepEqual(listed, { ...byName, object_count: 0, logical_bytes: 0 });
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

    test('an access key leads to its account, is unique, and can be deleted once', async () => {
      const { metadata } = database;
      const accountId = await addAccount(metadata, 'cary');
      const key = { accessKey: 'AKCARY', accountId, wrappedSecret: 'sealed', at: NOON };
      await metadata.mutations.createAccessKey(key);
      await assert.rejects(metadata.mutations.createAccessKey(key), failure('AccessKeyExists'));
      const found = await metadata.queries.findCredential('AKCARY');
      assert.equal(found?.wrapped_secret, 'sealed');
      assert.equal(found?.id, accountId);
      assert.equal(found?.status, 'active');
      await metadata.mutations.deleteAccessKey({ accessKey: 'AKCARY' });
      assert.equal(await metadata.queries.findCredential('AKCARY'), undefined);
      await assert.rejects(metadata.mutations.deleteAccessKey({ accessKey: 'AKCARY' }), failure('NoSuchAccessKey'));
    });

    test('access keys are listed without their secrets, of all accounts or of one', async () => {
      const { metadata } = database;
      const dan = await addAccount(metadata, 'dan');
      const eve = await addAccount(metadata, 'eve');
      for (const [accessKey, accountId] of [
        ['K2', dan],
        ['K1', dan],
        ['K0', eve],
      ] as const) {
        await metadata.mutations.createAccessKey({ accessKey, accountId, wrappedSecret: 's', at: NOON });
      }
      const ofDan = [
        { access_key: 'K1', account: 'dan', created_at: NOON },
        { access_key: 'K2', account: 'dan', created_at: NOON },
      ];
      assert.deepEqual(await metadata.queries.listAccessKeys('dan'), ofDan);
      const all = await metadata.queries.listAccessKeys(undefined);
      assert.deepEqual(
        all.filter(({ account }) => account !== 'cary'),
        [...ofDan, { access_key: 'K0', account: 'eve', created_at: NOON }],
      );
      assert.deepEqual(await metadata.queries.listAccessKeys('nobody'), []);
    });

    test('an access key needs an account', async () => {
      const key = { accessKey: 'LOST', accountId: 'nobody', wrappedSecret: 's', at: NOON };
      const lost = database.metadata.mutations.createAccessKey(key);
      await assert.rejects(lost, (error) => error instanceof Error && !(error instanceof Failure));
      assert.equal(await database.metadata.queries.findCredential('LOST'), undefined);
    });

    test('a claim is made once an account, shared by several, and removed', async () => {
      const { metadata } = database;
      const accounts = [await addAccount(metadata, 'fay'), await addAccount(metadata, 'gus')];
      for (const accountId of accounts) await metadata.mutations.addClaim({ prefix: 'team-', accountId, at: NOON });
      const again = { prefix: 'team-', accountId: accounts[0] as string, at: NOON };
      await assert.rejects(metadata.mutations.addClaim(again), failure('ClaimExists'));
      assert.deepEqual(await metadata.queries.listClaims(), [
        { prefix: 'team-', account: 'fay', created_at: NOON },
        { prefix: 'team-', account: 'gus', created_at: NOON },
      ]);
      for (const accountId of accounts) await metadata.mutations.removeClaim({ prefix: 'team-', accountId });
      assert.deepEqual(await metadata.queries.listClaims(), []);
      await assert.rejects(metadata.mutations.removeClaim(again), failure('NoSuchClaim'));
    });
  });
}
