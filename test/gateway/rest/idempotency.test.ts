import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { openDatabase } from '../../../metadata/sqlite/driver.ts';
import { type ApiReply, type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let user: ApiUser;
let other: ApiUser;

before(async () => {
  gateway = await startGateway();
  user = await addApiUser(gateway, 'walker');
  other = await addApiUser(gateway, 'runner');
});
after(() => gateway.stop());

/** Makes an access key in a request of that name. */
function makeKey(name: string, { body = { name: 'laptop' } as unknown, token = user.token } = {}): Promise<ApiReply> {
  return askApi(gateway, '/keys', { method: 'POST', body, token, headers: { 'Idempotency-Key': name } });
}

async function countKeys(token: string = user.token): Promise<number> {
  return (await askApi(gateway, '/keys?limit=1000', { token })).body.items.length;
}

describe('A creating request with an Idempotency-Key', () => {
  test('is done once, and has the same reply when it comes again', async () => {
    const name = randomUUID();
    const first = await makeKey(name);
    assert.equal(first.status, 201, first.text);
    assert.equal(first.headers.get('idempotent-replayed'), null);
    const before = await countKeys();
    const again = await makeKey(name);
    assert.equal(again.status, 201);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(again.text, first.text);
    assert.equal(again.headers.get('location'), first.headers.get('location'));
    assert.equal(await countKeys(), before);
  });

  test('is the same request whatever the order of its fields', async () => {
    const name = randomUUID();
    const expires_at = '2030-01-01T00:00:00Z';
    const first = await makeKey(name, { body: { name: 'a', expires_at } });
    assert.equal((await makeKey(name, { body: { expires_at, name: 'a' } })).text, first.text);
  });

  test('is another request with another body: 422', async () => {
    const name = randomUUID();
    await makeKey(name);
    assertProblem(await makeKey(name, { body: { name: 'phone' } }), 422, 'idempotency-mismatch');
  });

  test('is done once where many come at a time: the others are told to wait, or have its reply', async () => {
    const before = await countKeys();
    const name = randomUUID();
    const replies = await Promise.all(Array.from({ length: 12 }, () => makeKey(name)));
    assert.equal(await countKeys(), before + 1);
    const made = replies.filter(({ status }) => status === 201);
    assert.equal(new Set(made.map(({ text }) => text)).size, 1);
    assert.equal(made.filter(({ headers }) => headers.get('idempotent-replayed') === null).length, 1);
    for (const reply of replies.filter(({ status }) => status !== 201)) {
      assertProblem(reply, 409, 'idempotency-key-in-use');
      assert.equal(reply.headers.get('retry-after'), '1');
    }
  });

  test('may come again after it was refused', async () => {
    const name = randomUUID();
    assertProblem(await makeKey(name, { body: { expires_at: '2001-01-01T00:00:00Z' } }), 400, 'invalid-request');
    assert.equal((await makeKey(name)).status, 201);
  });

  test('is of the account that sent it', async () => {
    const name = randomUUID();
    const first = await makeKey(name);
    const second = await makeKey(name, { token: other.token });
    assert.equal(second.status, 201);
    assert.notEqual(second.body.access_key, first.body.access_key);
  });

  test('is refused when the key is empty, too long or not printable', async () => {
    for (const name of ['', 'x'.repeat(256), 'caf\u00e9', 'a\tb']) {
      const reply = await makeKey(name);
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, 'idempotency-key');
    }
    assert.equal((await makeKey(`"${'x'.repeat(253)}"`)).status, 201);
  });

  test('proves who asks each time', async () => {
    const name = randomUUID();
    await makeKey(name);
    assertProblem(await makeKey(name, { token: 'junk' }), 401, 'invalid-token');
  });

  test('leaves no secret in the database', async () => {
    const { body } = await makeKey(randomUUID());
    const database = openDatabase(`${gateway.dataFolder}/metadata.db`, { readonly: true });
    const rows = database.prepare('SELECT * FROM idempotency_keys').all();
    database.close();
    assert.ok(rows.length > 0);
    assert.ok(!JSON.stringify(rows).includes(body.secret_key));
    assert.ok(!JSON.stringify(rows).includes(body.access_key));
  });
});

describe('A registration with an Idempotency-Key', () => {
  function register(key: string, name: string): Promise<ApiReply> {
    const body = { name, email: `${name}@example.com`, password: PASSWORD };
    return askApi(gateway, '/accounts', { method: 'POST', body, headers: { 'Idempotency-Key': key } });
  }

  test('makes one account, of whoever asks from that address', async () => {
    const key = randomUUID();
    const first = await register(key, 'newcomer');
    assert.ok(first.status < 300, first.text);
    const again = await register(key, 'newcomer');
    assert.deepEqual([again.status, again.text], [first.status, first.text]);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.deepEqual(again.headers.getSetCookie(), []);
  });
});

test('A key has no meaning where nothing is made', async () => {
  const key = { 'Idempotency-Key': '' };
  assert.equal((await askApi(gateway, '/sessions', { token: user.token, headers: key })).status, 200);
});
