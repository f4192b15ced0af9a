import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { Gatehouse } from '../../support/gatehouse.ts';
import { GatewayProcess } from '../../support/process.ts';

interface Key {
  readonly kid: string;
  readonly state: string;
  readonly created_at: string;
  readonly signs_from: string;
  readonly verifies_until: string | null;
}

const PASSWORD = 'correct horse battery staple';

let gateway: GatewayProcess;
let gatehouse: Gatehouse;

before(async () => {
  gateway = await GatewayProcess.start();
  gatehouse = new Gatehouse(gateway.folder);
});
after(() => gateway.stop());

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(gateway.apiUrl + path, init);
}

async function published(): Promise<string[]> {
  const { keys } = (await (await ask('/.well-known/jwks.json')).json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid);
}

describe('signing-key', () => {
  test('list tells every key, and never what it is', async () => {
    const [kid] = await published();
    const rows = await gatehouse.json<Key[]>('signing-key', 'list');
    assert.deepEqual(
      rows.map((row) => [row.kid, row.state, row.verifies_until]),
      [[kid, 'signing', null]],
    );
    const { text } = await gatehouse.run('signing-key', 'list');
    assert.match(text, /^kid +state +created_at +signs_from +verifies_until\n/);
    assert.match(text, /^\S{16} +signing +\S+Z +\S+Z +-$/m);
    assert.doesNotMatch(text + JSON.stringify(rows), /v1\.|"d"/);
  });

  test('rotate announces the next key', async () => {
    const key = await gatehouse.json<Key>('signing-key', 'rotate');
    assert.equal(key.state, 'published');
    assert.equal(Date.parse(key.signs_from) - Date.parse(key.created_at), 3_600_000);
    assert.equal((await gatehouse.json<Key[]>('signing-key', 'list')).length, 2);
  });

  test('rotate --now lets it sign at once, and the tokens that are out stay valid', async () => {
    await register('ann');
    const before = await logIn('ann');
    const key = await gatehouse.json<Key>('signing-key', 'rotate', '--now');
    assert.equal(key.state, 'signing');
    await gateway.restart();
    const after = await logIn('ann');
    assert.equal(decodeProtectedHeader(after).kid, key.kid);
    assert.notEqual(decodeProtectedHeader(before).kid, key.kid);
    assert.equal((await published()).includes(key.kid), true);
    for (const token of [before, after]) {
      const reply = await ask('/api/v1/sessions/current', { headers: { Authorization: `Bearer ${token}` } });
      assert.equal(reply.status, 200);
    }
  });

  test('without --json it is said in words', async () => {
    const { status, text } = await gatehouse.run('signing-key', 'rotate', '--now');
    assert.equal(status, 0);
    assert.match(text, /^The key \S{16} signs from \S+Z\.$/);
  });

  test('refuses what cannot be, in a line', async () => {
    const other = new Gatehouse(gateway.folder, { GATEHOUSE_MASTER_KEY: 'ab'.repeat(32) });
    for (const words of [['list'], ['rotate'], ['rotate', '--now']]) {
      const { status, complaint } = await other.run('signing-key', ...words);
      assert.equal(status, 1);
      assert.match(complaint, /^GATEHOUSE_MASTER_KEY is not the key that the stored secrets were wrapped with\.$/m);
      assert.doesNotMatch(complaint, /\n\s+at /);
    }
    for (const words of [['delete'], ['rotate', 'x'], ['list', '--now']])
      assert.equal((await gatehouse.run('signing-key', ...words)).status, 2);
  });

  test('is in the help', async () => {
    assert.match((await gatehouse.run('--help')).text, /^ {2}signing-key/m);
  });
});

describe('a gateway with another master key', () => {
  test('does not start beside signing keys that it cannot open, be there secrets or not', async () => {
    await published();
    await gateway.shutDown();
    const keys = (await gatehouse.json<{ access_key: string }[]>('key', 'list')).map(({ access_key }) => access_key);
    for (const key of keys) await gatehouse.json('key', 'delete', key);
    const restart = gateway.restart({ GATEHOUSE_MASTER_KEY: 'ab'.repeat(32) });
    await assert.rejects(restart, /GATEHOUSE_MASTER_KEY is not the key that the stored secrets were wrapped with/);
    await gateway.restart();
  });
});

async function post(path: string, body: object): Promise<{ readonly access_token?: string }> {
  const headers = { 'Content-Type': 'application/json' };
  const reply = await ask(path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await reply.text();
  assert.equal(reply.status, 201, text);
  return JSON.parse(text) as { access_token?: string };
}

async function register(name: string): Promise<void> {
  await post('/api/v1/accounts', { name, password: PASSWORD });
}

async function logIn(name: string): Promise<string> {
  return (await post('/api/v1/sessions', { name, password: PASSWORD })).access_token ?? '';
}
