import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { keepIdentity } from '../../../gateway/jobs/identity-keeper.ts';
import { SigningKeys } from '../../../gateway/services/sessions/signing-keys.ts';
import { Vault } from '../../../gateway/services/vault.ts';
import { type Metadata, openSqlite } from '../../../metadata/index.ts';
import { openDatabase } from '../../../metadata/sqlite/driver.ts';
import { AUDIT, addAccount, addBucket } from '../../metadata/support/fixture.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.parse('2026-05-01T12:00:00.000Z');
const AUDIT_RETENTION_MS = 365 * DAY_MS;

let folder: string;
let metadata: Metadata;
let signingKeys: SigningKeys;

beforeEach(async () => {
  mock.timers.enable({ apis: ['Date'], now: NOW });
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-keeper-'));
  metadata = openSqlite({ path: join(folder, 'metadata.db'), durability: 'relaxed', writer: 'thread' });
  const vault = new Vault(Buffer.alloc(32, 1));
  signingKeys = new SigningKeys({ metadata, vault, lifetimeMs: 30 * DAY_MS, tokenLifetimeMs: HOUR_MS });
  await addBucket(metadata, 'bucket', await addAccount(metadata, 'ann'));
});
afterEach(async () => {
  mock.timers.reset();
  await metadata.close();
  await rm(folder, { recursive: true, force: true });
});

const keep = (signal?: AbortSignal) =>
  keepIdentity({ metadata, signingKeys, auditRetentionMs: AUDIT_RETENTION_MS, signal });
const ago = (ms: number) => new Date(NOW - ms).toISOString();

function fill(sql: string, ...rows: string[][]): void {
  const raw = openDatabase(join(folder, 'metadata.db'));
  const statement = raw.prepare(sql);
  raw.transaction(() => rows.forEach((row) => void statement.run(...row)))();
  raw.close();
}

function left(table: string, column: string): string[] {
  const raw = openDatabase(join(folder, 'metadata.db'), { readonly: true });
  const rows = raw.prepare(`SELECT ${column} AS value FROM ${table} ORDER BY 1`).all() as { value: string }[];
  raw.close();
  return rows.map(({ value }) => value);
}

describe('the keeper of accounts', () => {
  test('removes what has been over for as long as each is told of, and nothing else', async () => {
    const session = 'INSERT INTO sessions (id, expires_at, account_id, methods, created_at, last_used_at) VALUES';
    fill(`${session} (?, ?, 'id-of-ann', 'password', '', '')`, ['old', ago(1)], ['new', ago(-1)]);
    fill(
      `INSERT INTO one_time_tokens (token_hash, expires_at, purpose, account_id, email, created_at)
       VALUES (?, ?, 'verify-email', 'id-of-ann', 'a@b', '')`,
      ['old', ago(1)],
      ['new', ago(-1)],
    );
    fill(
      `INSERT INTO oauth_states (state_hash, expires_at, provider, sealed, created_at) VALUES (?, ?, 'x', 'x', '')`,
      ['old', ago(1)],
      ['new', ago(-1)],
    );
    fill(
      `INSERT INTO invites (id, token_hash, expires_at, role, created_at) VALUES (?, ?, ?, 'member', '')`,
      ['old', 'old', ago(30 * DAY_MS + 1)],
      ['new', 'new', ago(30 * DAY_MS - 1)],
    );
    fill(
      `INSERT INTO sms_codes (id, sent_at, account_id, phone, code_hash, expires_at)
       VALUES (?, ?, 'id-of-ann', '+15550100', 'x', '')`,
      ['old', ago(2 * DAY_MS + 1)],
      ['new', ago(2 * DAY_MS - 1)],
    );
    fill(
      `INSERT INTO idempotency_keys (scope, key, created_at, fingerprint) VALUES ('x', ?, ?, 'x')`,
      ['old', ago(DAY_MS + 1)],
      ['new', ago(DAY_MS - 1)],
    );
    fill(
      `INSERT INTO shares (id, path, expires_at, bucket_id, grantee_id, grantor_id, may_write, may_share, created_at)
       SELECT ?, ?, ?, id, account_id, account_id, 0, 0, '' FROM buckets`,
      ['old', 'old', ago(1)],
      ['new', 'new', ago(-1)],
    );
    fill(
      `INSERT INTO transfers (id, path, expires_at, bucket_id, sender_id, recipient_id, created_at)
       SELECT ?, ?, ?, id, account_id, account_id, '' FROM buckets`,
      ['old', 'old', ago(1)],
      ['new', 'new', ago(-1)],
    );
    const { removed } = await keep();
    const { auditEntries, ...others } = removed;
    assert.deepEqual(others, {
      sessions: 1,
      oneTimeTokens: 1,
      oauthStates: 1,
      invites: 1,
      shares: 1,
      transfers: 1,
      smsCodes: 1,
      idempotencyKeys: 1,
    });
    for (const [table, column] of [
      ['sessions', 'id'],
      ['one_time_tokens', 'token_hash'],
      ['oauth_states', 'state_hash'],
      ['invites', 'id'],
      ['shares', 'id'],
      ['transfers', 'id'],
      ['sms_codes', 'id'],
      ['idempotency_keys', 'key'],
    ] as const)
      assert.deepEqual(left(table, column), ['new'], table);
    assert.deepEqual((await keep()).removed.sessions, 0);
  });

  test('keeps the audit trail for as long as is set', async () => {
    for (const ageMs of [AUDIT_RETENTION_MS + 1, AUDIT_RETENTION_MS - 1, 0])
      await metadata.mutations.recordAudit({ ...AUDIT, at: ago(ageMs), type: 'session.refused' });
    await keep();
    const times = left('audit_entries', 'at');
    assert.equal(times.includes(ago(AUDIT_RETENTION_MS + 1)), false);
    assert.equal(times.includes(ago(AUDIT_RETENTION_MS - 1)), true);
  });

  test('comes to an end where there are more than one transaction takes', async () => {
    const rows = Array.from({ length: 1203 }, (_, index) => [String(index), ago(DAY_MS + index + 1)]);
    fill(`INSERT INTO idempotency_keys (scope, key, created_at, fingerprint) VALUES ('x', ?, ?, 'x')`, ...rows);
    assert.equal((await keep()).removed.idempotencyKeys, 1203);
  });

  test('ends early when it is asked to, and goes on the next time', async () => {
    const rows = Array.from({ length: 700 }, (_, index) => [String(index), ago(DAY_MS + index + 1)]);
    fill(`INSERT INTO idempotency_keys (scope, key, created_at, fingerprint) VALUES ('x', ?, ?, 'x')`, ...rows);
    assert.equal((await keep(AbortSignal.abort())).removed.idempotencyKeys, 0);
    assert.equal((await keep()).removed.idempotencyKeys, 700);
  });

  test('makes the first signing key, and another when that is due', async () => {
    assert.equal((await keep()).isKeyRotated, false);
    const first = (await signingKeys.current()).kid;
    mock.timers.setTime(NOW + 30 * DAY_MS);
    assert.equal((await keep()).isKeyRotated, true);
    assert.equal((await keep()).isKeyRotated, false);
    mock.timers.setTime(NOW + 30 * DAY_MS + HOUR_MS);
    assert.notEqual((await signingKeys.current()).kid, first);
    assert.equal(left('signing_keys', 'kid').length, 2);
    mock.timers.setTime(NOW + 30 * DAY_MS + 3 * HOUR_MS);
    await keep();
    assert.equal(left('signing_keys', 'kid').length, 1);
  });

  test('in two gateways at once does it once', async () => {
    const rows = Array.from({ length: 1100 }, (_, index) => [String(index), ago(DAY_MS + index + 1)]);
    fill(`INSERT INTO idempotency_keys (scope, key, created_at, fingerprint) VALUES ('x', ?, ?, 'x')`, ...rows);
    const passes = await Promise.all([keep(), keep()]);
    assert.equal(
      passes.reduce((sum, { removed }) => sum + (removed.idempotencyKeys ?? 0), 0),
      1100,
    );
    assert.deepEqual(left('idempotency_keys', 'key'), []);
  });
});
