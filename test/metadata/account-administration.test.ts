import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AccountChanges, AuditEntry, Metadata } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { AUDIT, addAccount, addBucket, failure, NOON } from './support/fixture.ts';

for (const dialect of dialects) {
  describe(`the administration of accounts in ${dialect.name}`, () => {
    let database: TestDatabase;
    let metadata: Metadata;
    let admin: string;
    let count = 0;
    before(async () => {
      database = await dialect.open();
      metadata = database.metadata;
      admin = await addAccount(metadata, 'admin');
      await change(admin, { role: 'admin' });
      const root = { id: 'id-of-root', canonicalId: 'f'.repeat(64), name: 'root', displayName: 'root' };
      await metadata.mutations.createAccount({ ...root, role: 'root', at: NOON, audit: AUDIT });
    });
    after(() => database.remove());

    const by = (actorId: string | null): AuditEntry => ({ ...AUDIT, actorId });
    const change = (accountId: string, changes: AccountChanges, actorId: string | null = null) =>
      metadata.mutations.changeAccount({ accountId, changes, spareName: `spare-of-${accountId}`, audit: by(actorId) });
    const somebody = () => {
      count += 1;
      return addAccount(metadata, `somebody-${count}`);
    };
    /** All that a refusal must leave as it was. */
    const state = async (id: string) => [
      await database.rows('SELECT * FROM accounts WHERE id = ?', id),
      await database.rows('SELECT * FROM usage WHERE account_id = ?', id),
      await database.rows('SELECT * FROM audit_entries'),
    ];

    test('every change is one transaction with its lines of the trail', async () => {
      const id = await somebody();
      await change(id, { role: 'auditor', status: 'disabled', quotaBytes: 5, email: 'a@example.org' }, admin);
      const profile = await metadata.queries.findProfile(id);
      assert.deepEqual(
        [profile?.role, profile?.status, profile?.quota_bytes, profile?.email, profile?.epoch],
        ['auditor', 'disabled', 5, 'a@example.org', 2],
      );
      const told = await database.rows<{ type: string; actor_id: string }>(
        'SELECT type, actor_id FROM audit_entries WHERE account_id IS NULL AND actor_id = ? ORDER BY seq',
        admin,
      );
      assert.deepEqual(
        told.map(({ type }) => type),
        ['account.role-changed', 'account.disabled', 'account.quota-changed', 'email.changed'],
      );
    });

    test('is for admins that are active, whatever they were when they asked', async () => {
      const [id, former, disabled] = [await somebody(), await somebody(), await somebody()];
      await change(disabled, { role: 'admin', status: 'disabled' });
      const before = await state(id);
      for (const actor of [former, disabled, 'nobody', id]) {
        await assert.rejects(change(id, { quotaBytes: 1 }, actor), failure('AccessDenied'));
        const input = { accountId: id, audit: by(actor) };
        await assert.rejects(metadata.mutations.endSessionsOf(input), failure('AccessDenied'));
        await assert.rejects(metadata.mutations.deleteAccountOf(input), failure('AccessDenied'));
        await assert.rejects(metadata.mutations.removeFactorsOf(input), failure('AccessDenied'));
        const password = { ...input, passwordHash: 'hash', at: NOON };
        await assert.rejects(metadata.mutations.setPasswordOf(password), failure('AccessDenied'));
      }
      assert.deepEqual(await state(id), before);
    });

    test('spares root, but from the operator, who leaves it its role', async () => {
      const before = await state('id-of-root');
      await assert.rejects(change('id-of-root', { quotaBytes: 1 }, admin), failure('AccessDenied'));
      await assert.rejects(change('id-of-root', { role: 'member' }), failure('AccessDenied'));
      await assert.rejects(change('id-of-root', { status: 'disabled' }), failure('AccessDenied'));
      assert.deepEqual(await state('id-of-root'), before);
      await change('id-of-root', { quotaBytes: 100 });
      await change('id-of-root', { quotaBytes: null }, 'id-of-root');
    });

    test('another e-mail makes what was mailed to the old one worthless', async () => {
      const id = await somebody();
      await change(id, { email: 'old@example.org', emailVerified: true });
      const token = { tokenHash: `hash-${count}`, purpose: 'reset-password', email: 'old@example.org' } as const;
      await metadata.mutations.addOneTimeToken({ ...token, accountId: id, at: NOON, expiresAt: NOON });
      await change(id, { email: 'new@example.org' });
      assert.deepEqual(await database.rows('SELECT * FROM one_time_tokens WHERE account_id = ?', id), []);
      assert.equal((await metadata.queries.findProfile(id))?.email_verified_at, null);
    });

    test('an account with buckets is not deleted, and one without leaves nothing but its lines of the trail', async () => {
      const id = await somebody();
      const bucket = await addBucket(metadata, `bucket-of-${count}`, id);
      const input = { accountId: id, audit: by(admin) };
      await assert.rejects(metadata.mutations.deleteAccountOf(input), failure('AccountNotEmpty'));
      await metadata.mutations.deleteBucket({ bucketId: bucket.id, accountId: id, at: NOON });
      await metadata.mutations.deleteAccountOf(input);
      assert.equal(await metadata.queries.findProfile(id), undefined);
      assert.deepEqual(await database.rows('SELECT * FROM usage WHERE account_id = ?', id), []);
    });
  });
}
