import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Metadata } from '../../metadata/index.ts';
import type { AdmitIdentity } from '../../metadata/mutations/admit-identity.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, failure, NOON } from './support/fixture.ts';

const LATER = '2026-03-04T13:00:00.000Z';
let last = 0;

/** Somebody who has logged in at a provider and was never here. */
function newcomer(subject: string, more: Partial<AdmitIdentity> = {}): AdmitIdentity {
  last += 1;
  return {
    issuer: 'https://id.example',
    subject,
    provider: 'corp',
    isEmailVerified: false,
    registration: 'open',
    candidate: {
      id: `new-${last}`,
      canonicalId: String(last).padStart(64, '0'),
      names: [subject, `${subject}-2`],
      spareName: `spare-${last}`,
    },
    at: NOON,
    address: '192.0.2.1',
    userAgent: 'test',
    ...more,
  };
}

/** Begins a session and resolves to its id. */
async function logIn(metadata: Metadata, accountId: string): Promise<string> {
  last += 1;
  const id = `session-${last}`;
  const times = { at: NOON, expiresAt: LATER };
  const session = { id, accountId, methods: 'password', epoch: 1, tokenHash: id, ...times, audit: AUDIT };
  await metadata.mutations.createSession(session);
  return id;
}

/** Links somebody of corp, or of the provider that comes with it. */
async function link(metadata: Metadata, accountId: string, [subject, provider = 'corp']: readonly [string, string?]) {
  const identity = { issuer: 'https://id.example', subject, provider };
  const sessionId = await logIn(metadata, accountId);
  return metadata.mutations.linkIdentity({ ...identity, accountId, sessionId, at: NOON, audit: AUDIT });
}

for (const dialect of dialects) {
  describe(`identities elsewhere in ${dialect.name}`, () => {
    let database: TestDatabase;
    let metadata: Metadata;
    before(async () => {
      database = await dialect.open();
      ({ metadata } = database);
    });
    after(() => database.remove());

    const auditOf = async (accountId: string) =>
      (
        await database.rows<{ type: string }>(
          'SELECT type FROM audit_entries WHERE account_id = ? ORDER BY seq',
          accountId,
        )
      ).map(({ type }) => type);

    test('a newcomer gets an account with no password, and is known from then on', async () => {
      const first = await metadata.mutations.admitIdentity(
        newcomer('ann', { email: 'ann@example.org', isEmailVerified: true }),
      );
      assert.equal(first.kind, 'registered');
      const profile = await metadata.queries.findProfile(first.accountId);
      assert.equal(profile?.name, 'ann');
      assert.equal(profile?.email, 'ann@example.org');
      assert.equal(profile?.email_verified_at, NOON);
      assert.equal(profile?.password_hash, null);
      assert.deepEqual(await auditOf(first.accountId), ['account.registered', 'identity.linked']);
      const again = await metadata.mutations.admitIdentity(newcomer('ann', { email: 'b@example.org', at: LATER }));
      assert.deepEqual(again, { accountId: first.accountId, kind: 'known' });
      const [identity] = await metadata.queries.listIdentities(first.accountId);
      assert.deepEqual(identity, {
        issuer: 'https://id.example',
        subject: 'ann',
        account_id: first.accountId,
        provider: 'corp',
        email: 'b@example.org',
        linked_at: NOON,
        last_used_at: LATER,
      });
    });

    test('the same subject of another issuer is somebody else', async () => {
      const { accountId } = await metadata.mutations.admitIdentity(newcomer('issued'));
      const other = await metadata.mutations.admitIdentity(newcomer('issued', { issuer: 'https://other.example' }));
      assert.notEqual(other.accountId, accountId);
    });

    test('two gateways that meet a newcomer at the same time make one account', async () => {
      const beside = database.openAnother();
      const both = [metadata, beside, metadata, beside];
      const admitted = await Promise.all(both.map((each) => each.mutations.admitIdentity(newcomer('both'))));
      assert.equal(new Set(admitted.map(({ accountId }) => accountId)).size, 1);
      assert.deepEqual(admitted.map(({ kind }) => kind).sort(), ['known', 'known', 'known', 'registered']);
    });

    test('a name that is taken makes room for the next', async () => {
      await addAccount(metadata, 'BEA');
      const { accountId } = await metadata.mutations.admitIdentity(newcomer('bea'));
      assert.equal((await metadata.queries.findAccountById(accountId))?.name, 'bea-2');
      await addAccount(metadata, 'cat');
      await addAccount(metadata, 'cat-2');
      await assert.rejects(metadata.mutations.admitIdentity(newcomer('cat')), failure('AccountExists'));
    });

    test('nothing is left of who is refused', async () => {
      const before = await database.rows('SELECT * FROM accounts');
      const closed = newcomer('dan', { registration: 'closed' });
      await assert.rejects(metadata.mutations.admitIdentity(closed), failure('RegistrationClosed'));
      const uninvited = newcomer('dan', { registration: 'invite' });
      await assert.rejects(metadata.mutations.admitIdentity(uninvited), failure('InvalidInvite'));
      const mistaken = newcomer('dan', { registration: 'invite', inviteHash: 'none' });
      await assert.rejects(metadata.mutations.admitIdentity(mistaken), failure('InvalidInvite'));
      assert.deepEqual(await database.rows('SELECT * FROM accounts'), before);
      assert.deepEqual(await database.rows("SELECT * FROM identities WHERE subject = 'dan'"), []);
    });

    test('an identity belongs to one account, and an account has one at a provider', async () => {
      const eve = await addAccount(metadata, 'eve');
      const fay = await addAccount(metadata, 'fay');
      await link(metadata, eve, ['evelyn']);
      await link(metadata, eve, ['evelyn']);
      await assert.rejects(link(metadata, fay, ['evelyn']), failure('IdentityTaken'));
      await assert.rejects(link(metadata, eve, ['another']), failure('IdentityTaken'));
      assert.equal((await metadata.queries.findIdentity({ accountId: eve, provider: 'corp' }))?.subject, 'evelyn');
    });

    test('is linked in the session that asked for it, and by nobody once that has ended', async () => {
      const { mutations, queries } = metadata;
      const [kim, lou] = [await addAccount(metadata, 'kim'), await addAccount(metadata, 'lou')];
      const identity = { issuer: 'https://id.example', subject: 'kim', provider: 'corp' };
      const linkIn = (sessionId: string, at = NOON) =>
        mutations.linkIdentity({ ...identity, accountId: kim, sessionId, at, audit: AUDIT });
      const ended = await logIn(metadata, kim);
      await mutations.endSession({ id: ended, accountId: kim, audit: AUDIT });
      await assert.rejects(linkIn(ended), failure('InvalidToken'));
      await assert.rejects(linkIn(await logIn(metadata, lou)), failure('InvalidToken'));
      const sessionId = await logIn(metadata, kim);
      await assert.rejects(linkIn(sessionId, LATER), failure('InvalidToken'), 'it expires then');
      assert.deepEqual(await queries.listIdentities(kim), []);
      await linkIn(sessionId);
      assert.equal((await queries.listIdentities(kim)).length, 1);
    });

    test('the last way in stays, and a password is one', async () => {
      const gus = await addAccount(metadata, 'gus');
      const unlink = (provider: string, providers = ['corp', 'github']) =>
        metadata.mutations.unlinkIdentity({ accountId: gus, provider, providers, audit: AUDIT });
      await assert.rejects(unlink('corp'), failure('NoSuchIdentity'));
      await link(metadata, gus, ['gus at corp']);
      await assert.rejects(unlink('corp'), failure('LastWayIn'));
      await link(metadata, gus, ['gus at github', 'github']);
      await assert.rejects(unlink('corp', ['corp']), failure('LastWayIn'), 'nobody logs in at GitHub any more');
      await unlink('corp');
      await assert.rejects(unlink('github'), failure('LastWayIn'));
      await metadata.mutations.setPassword({ accountId: gus, passwordHash: '$argon2id$', at: NOON, audit: AUDIT });
      await unlink('github');
      assert.deepEqual(await metadata.queries.listIdentities(gus), []);
    });

    test('a state is taken once, and not when it is too old', async () => {
      const state = { provider: 'corp', sealed: 'sealed', at: NOON, expiresAt: LATER };
      const take = (stateHash: string, at = NOON) => metadata.mutations.takeOauthState({ stateHash, at });
      await metadata.mutations.createOauthState({ ...state, stateHash: 'one' });
      assert.deepEqual(await take('one'), { provider: 'corp', sealed: 'sealed', account_id: null });
      assert.equal(await take('one'), undefined);
      assert.equal(await take('unknown'), undefined);
      await metadata.mutations.createOauthState({ ...state, stateHash: 'old' });
      assert.equal(await take('old', LATER), undefined);
      assert.equal(await take('old'), undefined);
      const hal = await addAccount(metadata, 'hal');
      await metadata.mutations.createOauthState({ ...state, stateHash: 'link', accountId: hal });
      assert.equal((await take('link'))?.account_id, hal);
    });
  });
}
