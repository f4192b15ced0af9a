import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Gatehouse } from '../../support/gatehouse.ts';
import type { Credentials } from '../../support/gateway.ts';
import { GatewayProcess } from '../../support/process.ts';
import { assertFailure } from '../../support/wire.ts';
import { exchange, type WireRequest } from '../../support/wire-request.ts';

const KEY_FIELDS = ['access_key', 'user', 'name', 'created_at', 'expires_at', 'last_used_at', 'narrowed'];

interface Key {
  readonly access_key: string;
  readonly secret_key: string;
  readonly user: string;
}

let gateway: GatewayProcess;
let gatehouse: Gatehouse;

before(async () => {
  gateway = await GatewayProcess.start();
  gatehouse = new Gatehouse(gateway.folder);
});
after(() => gateway.stop());

const send = (credentials: Credentials, request: WireRequest = {}) =>
  exchange(gateway.s3Url, { credentials, ...request });
const pairOf = ({ access_key, secret_key }: Key): Credentials => ({ accessKey: access_key, secretKey: secret_key });

/** An account with a key, made by commands. */
async function newUser(name: string): Promise<Credentials> {
  await gatehouse.json('user', 'add', name);
  return pairOf(await gatehouse.json<Key>('key', 'create', '--user', name));
}

/** A command that must be refused in one line on standard error, with nothing on standard output. */
async function refused(words: readonly string[], [status, message]: [number, RegExp]): Promise<void> {
  const finished = await gatehouse.run(...words);
  assert.deepEqual([finished.status, finished.text], [status, ''], finished.complaint);
  assert.match(finished.complaint, message);
  assert.doesNotMatch(finished.complaint, /\n\s+at /, 'no stack for what the user can mend');
}

describe('user', () => {
  test('add prints id, canonical id and display name, which S3 tells too', async () => {
    const added = await gatehouse.json<Record<string, string>>('user', 'add', 'amy');
    assert.deepEqual(Object.keys(added).sort(), ['canonical_id', 'display_name', 'id']);
    assert.match(added.id ?? '', /^\S+$/);
    assert.match(added.canonical_id ?? '', /^[0-9a-f]{64}$/);
    assert.equal(added.display_name, 'amy');
    const amy = pairOf(await gatehouse.json<Key>('key', 'create', '--user', 'amy'));
    const { status, body } = await send(amy);
    assert.equal(status, 200);
    assert.ok(body.includes(`<ID>${added.canonical_id}</ID><DisplayName>amy</DisplayName>`));
  });

  test('add without --json says it in words', async () => {
    const { status, text } = await gatehouse.run('user', 'add', 'wordy');
    assert.equal(status, 0);
    assert.match(text, /^Created the account 'wordy' \(\S+\)\.$/);
  });

  test('list tells every account and what it stores', async () => {
    const bob = await newUser('bob');
    await send(bob, { method: 'PUT', target: '/bobs-bucket', body: '' });
    await send(bob, { method: 'PUT', target: '/bobs-bucket/key', body: 'twelve bytes' });
    const rows = await gatehouse.json<Record<string, unknown>[]>('user', 'list');
    const row = rows.find(({ name }) => name === 'bob');
    assert.deepEqual([row?.role, row?.status, row?.object_count, row?.logical_bytes], ['member', 'active', 1, 12]);
    assert.equal(rows.find(({ name }) => name === 'root')?.role, 'root');
    const { text } = await gatehouse.run('user', 'list');
    assert.match(text, /^name +role +status +email +object_count +logical_bytes +quota_bytes +id\n/);
    assert.match(text, /^bob +member +active +- +1 +12 +- +\S+$/m);
  });

  test('disable and enable count at once', async () => {
    const carol = await newUser('carol');
    assert.equal((await send(carol)).status, 200);
    assert.deepEqual(await gatehouse.json('user', 'disable', 'carol'), { name: 'carol', status: 'disabled' });
    assertFailure(await send(carol), { status: 403, code: 'AccountProblem' });
    assert.deepEqual(await gatehouse.json('user', 'enable', 'carol'), { name: 'carol', status: 'active' });
    assert.equal((await send(carol)).status, 200);
  });

  test('refuses what cannot be', async () => {
    await gatehouse.json('user', 'add', 'twice');
    await Promise.all([
      refused(['user', 'add', 'twice'], [1, /An account named 'twice' exists/]),
      refused(['user', 'add', ''], [1, /account name/]),
      refused(['user', 'add', 'with space'], [1, /account name/]),
      refused(['user', 'add', 'x'.repeat(65)], [1, /account name/]),
      refused(['user', 'disable', 'nobody'], [1, /no account named 'nobody'/]),
      refused(['user', 'enable', 'nobody'], [1, /no account named 'nobody'/]),
      refused(['user', 'disable', 'root'], [1, /root account cannot be disabled/]),
      refused(['user', 'add'], [2, /missing required argument/]),
      refused(['user', 'add', 'a', 'b'], [2, /too many arguments/]),
      refused(['user', 'remove', 'twice'], [2, /unknown command/]),
      refused(['user', 'add', 'new', '--colour'], [2, /unknown option/]),
    ]);
  });
});

describe('key', () => {
  test('create prints a pair that is good at once', async () => {
    await gatehouse.json('user', 'add', 'dora');
    const key = await gatehouse.json<Key>('key', 'create', '--user', 'dora');
    assert.deepEqual(Object.keys(key).sort(), ['access_key', 'secret_key', 'user']);
    assert.match(key.access_key, /^[A-Z0-9]{20}$/);
    assert.match(key.secret_key, /^[A-Za-z0-9+/]{40}$/);
    assert.equal(key.user, 'dora');
    assert.equal((await send(pairOf(key))).status, 200);
  });

  test('create takes a given pair in', async () => {
    await gatehouse.json('user', 'add', 'emma');
    const given = ['--access-key', 'AKIAIOSFODNN7EXAMPLE', '--secret-key', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'];
    const key = await gatehouse.json<Key>('key', 'create', '--user', 'emma', ...given);
    assert.deepEqual([key.access_key, key.secret_key], [given[1], given[3]]);
    assert.equal((await send(pairOf(key))).status, 200);
    await refused(['key', 'create', '--user', 'emma', ...given], [1, /AKIAIOSFODNN7EXAMPLE' exists/]);
  });

  test('an account may have several, and each is good until it is deleted', async () => {
    const first = await newUser('fred');
    const second = pairOf(await gatehouse.json<Key>('key', 'create', '--user', 'fred'));
    for (const pair of [first, second]) assert.equal((await send(pair)).status, 200);
    const listed = await gatehouse.json<Record<string, string>[]>('key', 'list', '--user', 'fred');
    assert.deepEqual(listed.map(({ access_key }) => access_key).sort(), [first.accessKey, second.accessKey].sort());
    for (const row of listed) assert.deepEqual(Object.keys(row), KEY_FIELDS);
    assert.deepEqual(await gatehouse.json('key', 'delete', first.accessKey), {
      access_key: first.accessKey,
      deleted: true,
    });
    assertFailure(await send(first), { status: 403, code: 'InvalidAccessKeyId' });
    assert.equal((await send(second)).status, 200);
  });

  test('create gives a key a name and an expiry, which list shows', async () => {
    await gatehouse.json('user', 'add', 'nora');
    const options = ['--name', 'nightly backup', '--expires-in-days', '30'];
    const key = await gatehouse.json<Key>('key', 'create', '--user', 'nora', ...options);
    const plain = await gatehouse.json<Key>('key', 'create', '--user', 'nora');
    assert.equal((await send(pairOf(key))).status, 200);
    const rows = await gatehouse.json<Record<string, string | null>[]>('key', 'list', '--user', 'nora');
    const row = (accessKey: string) => rows.find(({ access_key }) => access_key === accessKey);
    assert.equal(row(key.access_key)?.name, 'nightly backup');
    const days = (Date.parse(row(key.access_key)?.expires_at ?? '') - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days <= 30, `${days}`);
    const { name, expires_at, narrowed } = row(plain.access_key) ?? {};
    assert.deepEqual([name, expires_at, narrowed], [null, null, false]);
    const { text } = await gatehouse.run('key', 'list', '--user', 'nora');
    assert.match(text, /^access_key +user +name +created_at +expires_at +last_used_at +narrowed\n/);
    assert.match(text, new RegExp(`^${plain.access_key} +nora +- .* never +never +no$`, 'm'));
  });

  test('list never tells a secret', async () => {
    const gina = await newUser('gina');
    for (const words of [
      ['key', 'list'],
      ['key', 'list', '--json'],
      ['user', 'list', '--json'],
    ]) {
      const { output } = await gatehouse.run(...words);
      assert.ok(!output.includes(gina.secretKey));
      assert.ok(!output.includes(gateway.secretKey));
    }
  });

  test('refuses what cannot be', async () => {
    await gatehouse.json('user', 'add', 'hugo');
    const create = (...words: string[]) => ['key', 'create', '--user', 'hugo', ...words];
    await Promise.all([
      refused(['key', 'create'], [2, /required option '--user <name>'/]),
      refused(['key', 'create', '--user', 'nobody'], [1, /no account named 'nobody'/]),
      refused(create('--access-key', 'LONELYKEY'), [1, /go together/]),
      refused(create('--secret-key', 'lonely-secret'), [1, /go together/]),
      refused(create('--access-key', 'ab', '--secret-key', 'long-enough'), [1, /access key has 3 to 128/]),
      refused(create('--access-key', 'with/slash', '--secret-key', 'long-enough'), [1, /access key has 3 to 128/]),
      refused(create('--access-key', 'GOODKEY', '--secret-key', 'short'), [1, /secret key has 8 to 256/]),
      refused(create('--access-key', 'GOODKEY', '--secret-key', 'with a space'), [1, /secret key has 8 to 256/]),
      refused(create('--expires-in-days', '0'), [1, /--expires-in-days is a whole number from 1/]),
      refused(create('--name', ''), [1, /A name has 1 to 128 characters/]),
      refused(['key', 'delete', 'NOSUCHKEY'], [1, /no access key 'NOSUCHKEY'/]),
      refused(['key', 'list', '--user', 'nobody'], [1, /no account named 'nobody'/]),
    ]);
    assert.deepEqual(await gatehouse.json('key', 'list', '--user', 'hugo'), []);
  });
});

describe('claim', () => {
  test('add, list and remove count at once', async () => {
    const [ida, jan] = [await newUser('ida'), await newUser('jan')];
    const create = (pair: Credentials, name: string) => send(pair, { method: 'PUT', target: `/${name}`, body: '' });
    assert.equal((await create(jan, 'team-before')).status, 200);
    await refused(['claim', 'add', 'team-', '--user', 'ida'], [1, /without a claim: team-before \(of jan\)\.$/m]);
    assert.deepEqual(await gatehouse.json('claim', 'add', 'team-', '--user', 'ida', '--grandfather'), {
      prefix: 'team-',
      user: 'ida',
    });
    const error = assertFailure(await create(jan, 'team-jan'), { status: 403, code: 'AccessDenied' });
    assert.match(error.elements.find(({ name }) => name === 'Message')?.text ?? '', /'team-'/);
    assert.equal((await create(ida, 'team-ida')).status, 200);
    const rows = await gatehouse.json<Record<string, string>[]>('claim', 'list');
    assert.deepEqual(
      rows.map(({ prefix, user }) => [prefix, user]),
      [['team-', 'ida']],
    );
    assert.deepEqual(await gatehouse.json('claim', 'remove', 'team-', '--user', 'ida'), {
      prefix: 'team-',
      user: 'ida',
      removed: true,
    });
    assert.equal((await create(jan, 'team-jan')).status, 200);
  });

  test('refuses what cannot be', async () => {
    await gatehouse.json('user', 'add', 'kim');
    await gatehouse.json('claim', 'add', 'kims-', '--user', 'kim');
    await Promise.all([
      refused(['claim', 'add', 'kims-', '--user', 'kim'], [1, /claimed 'kims-' already/]),
      refused(['claim', 'add', 'Upper', '--user', 'kim'], [1, /cannot begin a bucket name/]),
      refused(['claim', 'add', '', '--user', 'kim'], [1, /cannot begin a bucket name/]),
      refused(['claim', 'add', '--user', 'kim', '--', '-dash'], [1, /cannot begin a bucket name/]),
      refused(['claim', 'add', 'x-', '--user', 'nobody'], [1, /no account named 'nobody'/]),
      refused(['claim', 'add', 'x-'], [2, /required option '--user <name>'/]),
      refused(['claim', 'remove', 'other-', '--user', 'kim'], [1, /no claim on 'other-'/]),
    ]);
  });
});

test('version prints the version, and so in JSON', async () => {
  const { version } = await gatehouse.json<{ version: string }>('version');
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.equal((await gatehouse.run('version')).text, version);
});

test('help is no failure, and a command that is not there is', async () => {
  const help = await gatehouse.run('--help');
  assert.equal(help.status, 0);
  for (const word of ['serve', 'user', 'key', 'claim', 'version'])
    assert.match(help.text, new RegExp(`^  ${word}`, 'm'));
  await refused(['frobnicate'], [2, /unknown command 'frobnicate'/]);
  assert.equal((await gatehouse.run()).status, 2);
});

test('commands and writes go on beside each other', async () => {
  const writer = await newUser('writer');
  await send(writer, { method: 'PUT', target: '/busy', body: '' });
  const names = Array.from({ length: 6 }, (_, index) => `parallel-${index}`);
  let isDone = false;
  const writing = (async () => {
    let count = 0;
    for (; !isDone; count += 8) {
      const puts = Array.from({ length: 8 }, (_, index) =>
        send(writer, { method: 'PUT', target: `/busy/${count + index}`, body: 'x' }),
      );
      for (const { status } of await Promise.all(puts)) assert.equal(status, 200);
    }
    return count;
  })();
  const pairs = await Promise.all(names.map(newUser));
  isDone = true;
  assert.ok((await writing) > 0);
  for (const pair of pairs) assert.equal((await send(pair)).status, 200);
});
