import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openSqlite } from '../../../metadata/index.ts';
import { openDatabase } from '../../../metadata/sqlite/driver.ts';
import { AUDIT, failure, NOON } from '../support/fixture.ts';

const MIGRATIONS = new URL('../../../metadata/migrations/sqlite/', import.meta.url);
/** The last schema whose accounts have keys and nothing else. */
const OLD_VERSION = 4;

/** Root, a member, one that is disabled and one whose name differs by its case alone, with all that refers to them. */
const OLD_DATA = `
  INSERT INTO facts VALUES ('store_id', 'the-store');
  INSERT INTO accounts VALUES
    ('r', '${'0'.repeat(64)}', 'root', 'Root', 'root', 'active', '${NOON}'),
    ('a', '${'a'.repeat(64)}', 'ann', 'Ann', 'member', 'active', '${NOON}'),
    ('b', '${'b'.repeat(64)}', 'ben', 'Ben', 'member', 'disabled', '${NOON}'),
    ('c', '${'c'.repeat(64)}', 'Ann', 'The other Ann', 'member', 'active', '${NOON}');
  INSERT INTO usage VALUES ('r', 0, 0), ('a', 2, 105), ('b', 0, 0), ('c', 0, 0);
  INSERT INTO access_keys VALUES
    ('ROOTKEY', 'r', 'v1.root', '${NOON}'), ('ANNKEY', 'a', 'v1.ann', '${NOON}'), ('ANNKEY2', 'a', 'v1.ann2', '${NOON}');
  INSERT INTO claims VALUES ('shelf', 'a', '${NOON}'), ('shelf', 'b', '${NOON}'), ('box-', 'a', '${NOON}');
  INSERT INTO buckets (id, name, account_id, region, created_at, versioning) VALUES
    (7, 'shelf', 'a', 'us-east-1', '${NOON}', 'Enabled');
  INSERT INTO blobs (id, location, size_bytes, refs) VALUES (1, NULL, 5, 1), (2, 'L2', 100, 1);
  INSERT INTO inline_blobs VALUES (1, CAST('hello' AS BLOB));
  INSERT INTO objects (bucket_id, key, seq, version_id, size_bytes, etag, last_modified, account_id, blob_id, attributes)
  VALUES
    (7, 'small', 1, '00000000001abcdef', 5, 'e1', '${NOON}', 'a', 1, '{"userMetadata":{}}'),
    (7, 'large', 2, '00000000002abcdef', 100, 'e2', '${NOON}', 'a', 2, '{"userMetadata":{}}');
  INSERT INTO uploads (upload_id, bucket_id, key, account_id, initiated_at, attributes) VALUES
    ('begun', 7, 'later', 'a', '${NOON}', '{"userMetadata":{}}');
  INSERT INTO events (seq, at, type, account_id, bucket, key) VALUES
    (1, '${NOON}', 'object.created', 'a', 'shelf', 'small'), (2, '${NOON}', 'object.created', 'a', 'shelf', 'large');
  INSERT INTO client_tokens (account_id, token, parameters, version_id, used_at) VALUES
    ('a', 'again', 'x', 'null', '${NOON}');
  PRAGMA user_version = ${OLD_VERSION};`;

function writeOld(path: string): void {
  const names = readdirSync(MIGRATIONS).sort().slice(0, OLD_VERSION);
  assert.equal(names.at(-1), '0004-client-tokens.sql');
  const raw = openDatabase(path);
  raw.pragma('foreign_keys = ON');
  for (const name of names) raw.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
  raw.exec(OLD_DATA);
  raw.close();
}

function contents(path: string, tables: readonly string[]): Record<string, unknown[]> {
  const raw = openDatabase(path, { readonly: true });
  try {
    return Object.fromEntries(tables.map((table) => [table, raw.prepare(`SELECT * FROM ${table}`).all()]));
  } finally {
    raw.close();
  }
}

const UNCHANGED = [
  'facts',
  'claims',
  'buckets',
  'blobs',
  'inline_blobs',
  'objects',
  'uploads',
  'events',
  'client_tokens',
];

/** What is in a new column of an old row, where that is not nothing. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  'accounts.epoch': 1,
  'accounts.second_factor': 'optional',
  'access_keys.status': 'active',
  'buckets.is_drive': 0,
  'buckets.is_database': 0,
};

describe('a database whose accounts had keys and nothing else', () => {
  let folder: string;
  let path: string;
  let old: Record<string, unknown[]>;
  let metadata: ReturnType<typeof openSqlite>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-migrate-identity-'));
    path = join(folder, 'metadata.db');
    writeOld(path);
    old = contents(path, [...UNCHANGED, 'accounts', 'access_keys', 'usage']);
    metadata = openSqlite({ path, durability: 'full', writer: 'here' });
  });
  after(async () => {
    await metadata.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const table of [...UNCHANGED, 'accounts', 'access_keys', 'usage']) {
    test(`keeps the ${table} as they were, with nothing in what is new`, () => {
      const rows = contents(path, [table])[table] as Record<string, unknown>[];
      assert.equal(rows.length, old[table]?.length);
      for (const [index, row] of rows.entries()) {
        const before = old[table]?.[index] as Record<string, unknown>;
        const added = Object.keys(row).filter((name) => !(name in before));
        const nothing = Object.fromEntries(added.map((name) => [name, DEFAULTS[`${table}.${name}`] ?? null]));
        assert.deepEqual(row, { ...nothing, ...before });
      }
    });
  }

  test('lets every reference hold', () => {
    const raw = openDatabase(path);
    assert.deepEqual(raw.pragma('foreign_key_check'), []);
    assert.deepEqual(raw.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
    raw.pragma('foreign_keys = ON');
    assert.throws(() => raw.exec("DELETE FROM accounts WHERE id = 'a'"), /FOREIGN KEY constraint failed/);
    assert.throws(() => raw.exec("INSERT INTO claims VALUES ('x', 'nobody', '')"), /FOREIGN KEY constraint failed/);
    raw.close();
  });

  test('signs, finds and stores as before', async () => {
    const { queries } = metadata;
    const credential = await queries.findCredential('ANNKEY2');
    assert.deepEqual([credential?.id, credential?.wrapped_secret, credential?.epoch], ['a', 'v1.ann2', 1]);
    assert.equal((await queries.findRootAccount())?.id, 'r');
    assert.equal((await queries.findAccountById('b'))?.status, 'disabled');
    assert.equal((await queries.findObjectContent(7, 'small'))?.data?.toString(), 'hello');
    const [first] = (await queries.listAccounts()).filter(({ name }) => name === 'ann');
    assert.deepEqual([first?.object_count, first?.logical_bytes], [2, 105]);
  });

  test('keeps apart two names that differ by their case, and takes no third', async () => {
    const { queries, mutations } = metadata;
    for (const [name, id] of [
      ['ann', 'a'],
      ['Ann', 'c'],
    ] as const)
      assert.deepEqual([(await queries.findAccount(name))?.id, (await queries.findLogin(name))?.id], [id, id]);
    const third = {
      id: 'd',
      canonicalId: 'd'.repeat(64),
      displayName: 'x',
      role: 'member',
      at: NOON,
      audit: AUDIT,
    } as const;
    await assert.rejects(mutations.createAccount({ ...third, name: 'ANN' }), failure('AccountExists'));
  });

  test('takes what accounts have since', async () => {
    const { queries, mutations } = metadata;
    await mutations.setPassword({ accountId: 'a', passwordHash: '$argon2id$x', at: NOON, audit: AUDIT });
    const profile = await queries.findProfile('a');
    assert.deepEqual([profile?.password_hash, profile?.epoch, profile?.quota_bytes], ['$argon2id$x', 2, null]);
    await mutations.createSession({
      id: 'session',
      accountId: 'a',
      methods: 'password',
      epoch: 2,
      tokenHash: 'x',
      at: NOON,
      expiresAt: '2099-01-01T00:00:00.000Z',
      audit: AUDIT,
    });
    assert.equal((await queries.findSessionAccount('session'))?.name, 'ann');
  });
});
