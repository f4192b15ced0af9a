import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AccountRole, Metadata } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, failure, NOON } from './support/fixture.ts';

const LATER = '2026-03-04T12:01:00.000Z';
const POLICY = '{"Version":"2012-10-17"}';
/** Of the audit trail. */
const EVERYTHING = { type: undefined, since: undefined, until: undefined, before: undefined, limit: 9 };

function newKey(accessKey: string, accountId: string) {
  return { accessKey, accountId, wrappedSecret: 'sealed', at: NOON, audit: AUDIT };
}

async function addWithRole(metadata: Metadata, name: string, role: AccountRole): Promise<string> {
  const id = `id-of-${name}`;
  const canonicalId = Buffer.from(name).toString('hex').padEnd(64, '0');
  await metadata.mutations.createAccount({ id, canonicalId, name, displayName: name, role, at: NOON, audit: AUDIT });
  return id;
}

for (const dialect of dialects) {
  describe(`access keys in ${dialect.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());

    test('an access key leads to its account, is unique, and can be deleted once', async () => {
      const { mutations, queries } = database.metadata;
      const accountId = await addAccount(database.metadata, 'cary');
      const key = newKey('AKCARY', accountId);
      await mutations.createAccessKey(key);
      await assert.rejects(mutations.createAccessKey(key), failure('AccessKeyExists'));
      const found = await queries.findCredential('AKCARY');
      assert.equal(found?.wrapped_secret, 'sealed');
      assert.equal(found?.id, accountId);
      assert.equal(found?.status, 'active');
      assert.deepEqual([found?.key_expires_at, found?.key_policy], [null, null]);
      await mutations.deleteAccessKey(key);
      assert.equal(await queries.findCredential('AKCARY'), undefined);
      await assert.rejects(mutations.deleteAccessKey(key), failure('NoSuchAccessKey'));
    });

    test('access keys are listed without their secrets, of all accounts or of one', async () => {
      const { mutations, queries } = database.metadata;
      const dan = await addAccount(database.metadata, 'dan');
      const eve = await addAccount(database.metadata, 'eve');
      await mutations.createAccessKey(newKey('K2', dan));
      await mutations.createAccessKey({ ...newKey('K1', dan), name: 'ci', expiresAt: LATER, policy: POLICY });
      await mutations.createAccessKey(newKey('K0', eve));
      const plain = {
        created_at: NOON,
        name: null,
        last_used_at: null,
        expires_at: null,
        policy: null,
        status: 'active',
      };
      const ofDan = [
        { ...plain, access_key: 'K1', account_id: dan, account: 'dan', name: 'ci', expires_at: LATER, policy: POLICY },
        { ...plain, access_key: 'K2', account_id: dan, account: 'dan' },
      ];
      const ofEve = { ...plain, access_key: 'K0', account_id: eve, account: 'eve' };
      assert.deepEqual(await queries.listAccessKeys('dan'), ofDan);
      assert.deepEqual(await queries.listAccessKeys(undefined), [...ofDan, ofEve]);
      assert.deepEqual(await queries.listAccessKeys('nobody'), []);
      assert.deepEqual(await queries.pageAccessKeys({ accountId: dan, after: undefined, limit: 1 }), ofDan.slice(0, 1));
      assert.deepEqual(await queries.pageAccessKeys({ accountId: dan, after: 'K1', limit: 9 }), ofDan.slice(1));
      assert.deepEqual(await queries.findAccessKey('K0'), ofEve);
    });

    test('an access key needs an account', async () => {
      const { mutations, queries } = database.metadata;
      await assert.rejects(mutations.createAccessKey(newKey('LOST', 'nobody')), failure('NoSuchAccount'));
      assert.equal(await queries.findCredential('LOST'), undefined);
    });

    test('an account has no more keys than it may, also when they are made at once', async () => {
      const { mutations, queries } = database.metadata;
      const accountId = await addAccount(database.metadata, 'fay');
      const made = await Promise.allSettled(
        ['F1', 'F2', 'F3', 'F4'].map((key) => mutations.createAccessKey({ ...newKey(key, accountId), maxKeys: 2 })),
      );
      const refused = made.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      assert.equal(refused.length, 2);
      for (const error of refused) assert.ok(failure('TooManyAccessKeys')(error));
      assert.equal((await queries.listAccessKeys('fay')).length, 2);
      await mutations.createAccessKey(newKey('F5', accountId));
    });

    test('of a key only what is named changes, and null takes it away', async () => {
      const { mutations, queries } = database.metadata;
      const accountId = await addAccount(database.metadata, 'gus');
      const key = { accessKey: 'G1', accountId, audit: AUDIT };
      await mutations.createAccessKey({ ...newKey('G1', accountId), name: 'old', expiresAt: LATER, policy: POLICY });
      const facts = async () => {
        const row = await queries.findAccessKey('G1');
        return [row?.name, row?.expires_at, row?.policy];
      };
      await mutations.changeAccessKey({ ...key, name: 'new' });
      assert.deepEqual(await facts(), ['new', LATER, POLICY]);
      await mutations.changeAccessKey({ ...key, expiresAt: null });
      await mutations.changeAccessKey({ ...key, policy: '{}' });
      assert.deepEqual(await facts(), ['new', null, '{}']);
      assert.equal((await queries.findCredential('G1'))?.key_policy, '{}');
      await mutations.changeAccessKey({ ...key, name: null, policy: null });
      assert.deepEqual(await facts(), [null, null, null]);
    });

    test('the key of another account is not there', async () => {
      const { mutations, queries } = database.metadata;
      const [hal, ida] = [await addAccount(database.metadata, 'hal'), await addAccount(database.metadata, 'ida')];
      await mutations.createAccessKey(newKey('H1', hal));
      const asIda = { accessKey: 'H1', accountId: ida, audit: { ...AUDIT, actorId: ida } };
      await assert.rejects(mutations.deleteAccessKey(asIda), failure('NoSuchAccessKey'));
      await assert.rejects(mutations.changeAccessKey({ ...asIda, name: 'mine' }), failure('NoSuchAccessKey'));
      const forHal = { ...asIda, accountId: hal };
      await assert.rejects(mutations.deleteAccessKey(forHal), failure('AccessDenied'));
      await assert.rejects(
        mutations.createAccessKey({ ...newKey('H2', hal), audit: forHal.audit }),
        failure('AccessDenied'),
      );
      assert.equal((await queries.listAccessKeys('hal')).length, 1);
    });

    test('an admin makes and deletes keys of others, but not those of root', async () => {
      const { mutations } = database.metadata;
      const admin = await addWithRole(database.metadata, 'ada', 'admin');
      const root = await addWithRole(database.metadata, 'root', 'root');
      const member = await addAccount(database.metadata, 'jim');
      const audit = { ...AUDIT, actorId: admin };
      await mutations.createAccessKey({ ...newKey('J1', member), audit });
      await mutations.deleteAccessKey({ accessKey: 'J1', accountId: member, audit });
      await assert.rejects(mutations.createAccessKey({ ...newKey('R1', root), audit }), failure('AccessDenied'));
    });

    test('the latest use of a key counts, whichever gateway tells it, and keys that are gone do not matter', async () => {
      const { mutations, queries } = database.metadata;
      const accountId = await addAccount(database.metadata, 'kim');
      for (const accessKey of ['U1', 'U2']) await mutations.createAccessKey(newKey(accessKey, accountId));
      const uses = ['U1', 'GONE', 'U2'].map((accessKey) => ({ accessKey, at: LATER }));
      await mutations.recordKeyUses({ uses });
      await mutations.recordKeyUses({ uses: [{ accessKey: 'U1', at: NOON }] });
      const rows = await queries.listAccessKeys('kim');
      assert.deepEqual(
        rows.map(({ last_used_at }) => last_used_at),
        [LATER, LATER],
      );
    });

    test('every change is in the audit trail, and one that was refused is not', async () => {
      const { mutations, queries } = database.metadata;
      const accountId = await addAccount(database.metadata, 'lea');
      const audit = { ...AUDIT, accountId, actorId: accountId };
      const key = { ...newKey('L1', accountId), audit: { ...audit, type: 'key.created' } as const };
      await mutations.createAccessKey(key);
      await assert.rejects(mutations.createAccessKey(key), failure('AccessKeyExists'));
      await mutations.changeAccessKey({ ...key, name: 'x', audit: { ...audit, type: 'key.changed' } });
      await mutations.deleteAccessKey({ ...key, audit: { ...audit, type: 'key.deleted' } });
      const trail = await queries.listAudit({ ...EVERYTHING, accountId });
      assert.deepEqual(
        trail.map(({ type }) => type),
        ['key.deleted', 'key.changed', 'key.created'],
      );
    });
  });
}
