import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Gatehouse } from '../../support/gatehouse.ts';
import { GatewayProcess } from '../../support/process.ts';
import { exchange, type WireRequest } from '../../support/wire-request.ts';

const PASSWORD = 'correct horse battery staple';
const OTHER_PASSWORD = 'battery staple correct horse';

let gateway: GatewayProcess;
let gatehouse: Gatehouse;

before(async () => {
  gateway = await GatewayProcess.start();
  gatehouse = new Gatehouse(gateway.folder);
});
after(() => gateway.stop());

/** A command with a password that must succeed. */
async function feed(input: string, ...words: readonly string[]): Promise<string> {
  const { status, text, complaint } = await gatehouse.feed(input, ...words);
  assert.equal(status, 0, complaint);
  return text;
}

/** A command that must be refused in one line on standard error, with nothing on standard output. */
async function refused(words: readonly string[], [status, message]: [number, RegExp], input = ''): Promise<void> {
  const finished = await gatehouse.feed(input, ...words);
  assert.deepEqual([finished.status, finished.text], [status, ''], finished.complaint);
  assert.match(finished.complaint, message);
  assert.doesNotMatch(finished.complaint, /\n\s+at /, 'no stack for what the user can mend');
}

async function ask(path: string, { method = 'GET', body, token }: { method?: string; body?: unknown; token?: string }) {
  const reply = await fetch(`${gateway.apiUrl}/api/v1${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, string>) };
}

const logIn = (name: string, password: string) => ask('/sessions', { method: 'POST', body: { name, password } });

async function tokenOf(name: string, password: string): Promise<string> {
  const { status, body } = await logIn(name, password);
  assert.equal(status, 201, JSON.stringify(body));
  return body.access_token ?? '';
}

const row = async (name: string) =>
  (await gatehouse.json<Record<string, unknown>[]>('user', 'list')).find((each) => each.name === name);

describe('user add', () => {
  test('takes a role, an e-mail and a password, with which one logs in by name or e-mail', async () => {
    const words = ['user', 'add', 'ada', '--role', 'admin', '--email', 'Ada@Example.org', '--password-stdin', '--json'];
    const added = JSON.parse(await feed(`${PASSWORD}\n`, ...words));
    assert.deepEqual(Object.keys(added).sort(), ['canonical_id', 'display_name', 'id']);
    const listed = await row('ada');
    assert.deepEqual([listed?.role, listed?.email, listed?.quota_bytes], ['admin', 'ada@example.org', null]);
    const token = await tokenOf('ada@example.org', PASSWORD);
    assert.equal((await ask('/accounts', { token })).status, 200);
  });

  test('refuses what cannot be, and then makes nothing', async () => {
    const add = (name: string, ...words: string[]) => ['user', 'add', name, ...words];
    await refused(add('bad', '--password-stdin'), [1, /12/], 'short\n');
    await refused(add('bad', '--password-stdin'), [1, /no password on standard input/]);
    await refused(add('bad', '--email', 'nowhere'), [1, /That is no e-mail address/]);
    await refused(add('bad', '--role', 'root'), [2, /Allowed choices are admin, member, auditor/]);
    await refused(add('bad', '--role', 'king'), [2, /Allowed choices/]);
    assert.equal(await row('bad'), undefined);
  });
});

test('user set-password lets one in with the new one alone, and ends what the old one began', async () => {
  await feed(PASSWORD, 'user', 'add', 'bea', '--password-stdin');
  const token = await tokenOf('bea', PASSWORD);
  const said = await feed(`${OTHER_PASSWORD}\r\nand more\n`, 'user', 'set-password', 'bea', '--password-stdin');
  assert.equal(said, "Set the password of 'bea'.");
  assert.equal((await ask('/sessions/current', { method: 'DELETE', token })).status, 401);
  assert.equal((await logIn('bea', PASSWORD)).status, 401);
  await tokenOf('bea', OTHER_PASSWORD);
  await refused(['user', 'set-password', 'bea'], [2, /required option '--password-stdin'/]);
  await refused(['user', 'set-password', 'nobody', '--password-stdin'], [1, /no account named 'nobody'/], PASSWORD);
  await refused(['user', 'set-password', 'bea', '--password-stdin'], [1, /12/], 'short');
  await tokenOf('bea', OTHER_PASSWORD);
});

test('user set-password gives root a password', async () => {
  await feed(PASSWORD, 'user', 'set-password', 'root', '--password-stdin');
  await tokenOf('root', PASSWORD);
});

test('user set-role counts at once, and ends the sessions of the old role', async () => {
  await feed(PASSWORD, 'user', 'add', 'cleo', '--password-stdin');
  const token = await tokenOf('cleo', PASSWORD);
  assert.equal((await ask('/accounts', { token })).status, 403);
  assert.deepEqual(await gatehouse.json('user', 'set-role', 'cleo', 'auditor'), { name: 'cleo', role: 'auditor' });
  assert.equal((await ask('/accounts', { token })).status, 401);
  assert.equal((await ask('/accounts', { token: await tokenOf('cleo', PASSWORD) })).status, 200);
  await refused(['user', 'set-role', 'cleo', 'root'], [2, /Allowed choices/]);
  await refused(['user', 'set-role', 'root', 'member'], [1, /root account keeps its role/]);
  await refused(['user', 'set-role', 'nobody', 'member'], [1, /no account named 'nobody'/]);
});

test('user set-quota counts at once, and none lifts it', async () => {
  await gatehouse.json('user', 'add', 'dan');
  const key = await gatehouse.json<{ access_key: string; secret_key: string }>('key', 'create', '--user', 'dan');
  const credentials = { accessKey: key.access_key, secretKey: key.secret_key };
  const put = async (request: WireRequest) => {
    return (await exchange(gateway.s3Url, { credentials, method: 'PUT', body: '', ...request })).status;
  };
  assert.equal(await put({ target: '/dans' }), 200);
  const quota = await gatehouse.json('user', 'set-quota', 'dan', '1KiB');
  assert.deepEqual(quota, { name: 'dan', quota_bytes: 1024 });
  assert.equal(await put({ target: '/dans/a', body: 'x'.repeat(1000) }), 200);
  assert.equal(await put({ target: '/dans/b', body: 'x'.repeat(25) }), 403);
  const listed = await row('dan');
  assert.deepEqual([listed?.object_count, listed?.logical_bytes, listed?.quota_bytes], [1, 1000, 1024]);
  const { text } = await gatehouse.run('user', 'list');
  assert.match(text, /^name +role +status +email +object_count +logical_bytes +quota_bytes +id\n/);
  assert.match(text, /^dan +member +active +- +1 +1000 +1024 +\S+$/m);
  assert.equal(await feed('', 'user', 'set-quota', 'dan', 'none'), "The account 'dan' has no quota.");
  assert.equal(await put({ target: '/dans/b', body: 'x'.repeat(25) }), 200);
  for (const size of ['lots', '1.5GiB', '', '1e3'])
    await refused(['user', 'set-quota', 'dan', size], [1, /quota must be/]);
  await refused(['user', 'set-quota', 'nobody', '1'], [1, /no account named 'nobody'/]);
});

test('user sessions end logs an account out everywhere', async () => {
  await feed(PASSWORD, 'user', 'add', 'eli', '--password-stdin', '--role', 'auditor');
  const token = await tokenOf('eli', PASSWORD);
  assert.equal((await ask('/accounts', { token })).status, 200);
  assert.equal(await feed('', 'user', 'sessions', 'end', 'eli'), "Logged 'eli' out everywhere.");
  assert.equal((await ask('/accounts', { token })).status, 401);
  await refused(['user', 'sessions', 'end', 'nobody'], [1, /no account named 'nobody'/]);
});

test('no list ever tells a password', async () => {
  for (const words of [
    ['user', 'list'],
    ['user', 'list', '--json'],
  ]) {
    const { text } = await gatehouse.run(...words);
    assert.doesNotMatch(text, /argon2|password/);
  }
});
