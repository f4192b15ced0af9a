import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { loadConfig } from '../../../gateway/config.ts';
import { type Gateway, startGateway } from '../../../gateway/gateway.ts';
import { openDatabase } from '../../../metadata/sqlite/driver.ts';

const PASSWORD = 'open sesame, please';
const ROUNDS = 100;
/** A look-up that took another way would take several times as long; a busy machine blurs the rest. */
const FACTOR = 2;

let folder: string;
let gateway: Gateway;
let token: string;
let linkToken: string;
let url: string;
const lines: string[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  const config = loadConfig({ GATEHOUSE_DATA: folder, GATEHOUSE_S3_PORT: '0', GATEHOUSE_API_PORT: '0' });
  gateway = await startGateway(config, pino({ level: 'trace' }, { write: (line) => void lines.push(line) }));
  const { accounts, sessions } = gateway.services;
  const account = await accounts.create({ name: 'owner' });
  await accounts.create({ name: 'other' });
  const actor = { accountId: account.id, address: null, userAgent: null };
  token = (await sessions.open(account, { methods: 'password', actor })).accessToken;
  assert.equal((await send('PUT', '/files/file', 'bytes')).status, 201);
  const body = JSON.stringify({ path: 'file', password: PASSWORD, alias: 'the-alias' });
  const made = await send('POST', '/links', body);
  assert.equal(made.status, 201);
  ({ url } = (await made.json()) as { url: string });
  linkToken = url.slice(-22);
});
after(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

function send(method: string, path: string, body: string): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  return fetch(`${gateway.api}/api/v1${path}`, { method, body, headers });
}

test('neither the token nor the password of a link is in the log, whatever is asked', async () => {
  lines.length = 0;
  const basic = Buffer.from(`x:${PASSWORD}`).toString('base64');
  const asked: (readonly [string, RequestInit])[] = [
    [url, {}],
    [`${url}/file`, {}],
    [`${url}/file`, { headers: { Authorization: `Basic ${basic}` } }],
    [`${url}/file`, { headers: { 'X-Link-Password': 'a wrong password' } }],
    [`${url}/file`, { headers: { 'X-Link-Password': PASSWORD } }],
    [`${url}/file?path=../x`, { headers: { 'X-Link-Password': PASSWORD } }],
    [url, { method: 'POST', body: new URLSearchParams({ password: PASSWORD }), redirect: 'manual' }],
    [url, { method: 'POST', body: PASSWORD, headers: { 'Content-Type': 'text/odd' } }],
    [url, { method: 'DELETE' }],
    [`${url}/more/than/that`, {}],
    [`${url}%`, {}],
    [`${url}${'x'.repeat(2000)}`, {}],
    [url.replace('/owner/', '/other/'), {}],
  ];
  for (const [address, init] of asked) await (await fetch(address, init)).arrayBuffer();
  const until = Date.now() + 5000;
  while (lines.length < asked.length && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(lines.length >= asked.length, `${lines.length} lines`);
  const log = lines.join('');
  for (const secret of [linkToken, PASSWORD, 'a wrong password', basic, 'the-alias']) {
    assert.ok(!log.includes(secret), secret);
  }
  assert.match(log, /"operation":"readLink"/);
});

test('the database has neither the token nor the password of a link, and no answer has their hashes', async () => {
  const database = openDatabase(join(folder, 'metadata.db'), { readonly: true });
  const row = database.prepare('SELECT * FROM links').get() as Record<string, string>;
  const audit = JSON.stringify(database.prepare('SELECT * FROM audit_entries').all());
  database.close();
  assert.match(row.token_hash ?? '', /^[0-9a-f]{64}$/);
  assert.match(row.password_hash ?? '', /^\$argon2id\$/);
  for (const text of [JSON.stringify(row), audit]) assert.ok(!text.includes(linkToken) && !text.includes(PASSWORD));
  const headers = { Authorization: `Bearer ${token}` };
  const list = await (await fetch(`${gateway.api}/api/v1/links`, { headers })).text();
  const info = await (await fetch(url, { headers: { 'X-Link-Password': PASSWORD } })).text();
  for (const text of [list, info]) assert.doesNotMatch(text, /argon2|hash|[0-9a-f]{64}/);
});

test('a wrong token, a wrong alias and a wrong account are unknown after the same time', async () => {
  const wrong = {
    token: `owner/${'A'.repeat(22)}`,
    alias: 'owner/no-alias',
    account: `other/${linkToken}`,
    nobody: `nobody/${linkToken}`,
    both: `nobody/${'A'.repeat(22)}`,
  };
  const samples = new Map<string, number[]>();
  for (let round = 0; round <= ROUNDS; round++) {
    // In another order every time: whatever the machine does meanwhile meets all of them.
    for (const [name, path] of rotated(Object.entries(wrong), round)) {
      const begun = performance.now();
      const reply = await fetch(`${gateway.api}/shared/${path}`);
      await reply.arrayBuffer();
      assert.equal(reply.status, 404);
      // The first round warms up.
      if (round > 0) samples.set(name, [...(samples.get(name) ?? []), performance.now() - begun]);
    }
  }
  // What else the machine does makes a request slower and never faster.
  const best = [...samples].map(([name, times]) => ({ name, ms: Math.min(...times) }));
  const [fastest, slowest] = [Math.min, Math.max].map((pick) => pick(...best.map(({ ms }) => ms)));
  assert.ok(slowest! / fastest! < FACTOR, JSON.stringify(best));
});

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  return items.map((_, index) => items[(index + by) % items.length]!);
}
