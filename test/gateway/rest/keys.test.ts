import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MAX_KEYS } from '../../../gateway/services/access-keys.ts';
import { type ApiInit, type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const POLICY = {
  Version: '2012-10-17',
  Statement: [{ Sid: 'Read', Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::b/*' }],
};

let gateway: TestGateway;
let ann: ApiUser;
let bob: ApiUser;
let admin: ApiUser;
let auditor: ApiUser;

before(async () => {
  gateway = await startGateway();
  ann = await addApiUser(gateway, 'ann');
  bob = await addApiUser(gateway, 'bob');
  admin = await addApiUser(gateway, 'ada', { role: 'admin' });
  auditor = await addApiUser(gateway, 'abe', { role: 'auditor' });
});
after(() => gateway.stop());

const ask = ({ token }: ApiUser, path: string, init: ApiInit = {}) => askApi(gateway, path, { token, ...init });
const post = (user: ApiUser, body: unknown, path = '/keys') => ask(user, path, { method: 'POST', body });
const patch = (user: ApiUser, key: string, body: unknown) => ask(user, `/keys/${key}`, { method: 'PATCH', body });
const remove = (user: ApiUser, path: string) => ask(user, path, { method: 'DELETE' });

async function newKey(user: ApiUser, body: unknown = {}): Promise<{ accessKey: string; secretKey: string }> {
  const reply = await post(user, body);
  assert.equal(reply.status, 201, reply.text);
  return { accessKey: reply.body.access_key, secretKey: reply.body.secret_key };
}

describe('POST /keys', () => {
  test('makes a key that signs, and shows its secret this once', async () => {
    const reply = await post(ann, { name: 'laptop' });
    assert.equal(reply.status, 201, reply.text);
    const { access_key: accessKey, secret_key: secretKey, ...rest } = reply.body;
    assert.match(accessKey, /^[A-Z0-9]{20}$/);
    assert.match(secretKey, /^[A-Za-z0-9+/]{40}$/);
    assert.equal(reply.headers.get('location'), `/api/v1/keys/${accessKey}`);
    const { created_at: createdAt, ...facts } = rest;
    assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
    assert.deepEqual(facts, { name: 'laptop', last_used_at: null, expires_at: null, policy: null });
    await new Conversation(gateway, { accessKey, secretKey }).succeed({ target: '/' });
    const shown = await ask(ann, `/keys/${accessKey}`);
    assert.deepEqual(shown.body, { access_key: accessKey, ...rest });
    assert.ok(!(await ask(ann, '/keys')).text.includes(secretKey));
  });

  test('takes an expiry as a time or in days, and a policy', async () => {
    const at = await post(ann, { expires_at: '2099-12-31T23:00:00+01:00', policy: POLICY });
    assert.deepEqual([at.body.expires_at, at.body.policy], ['2099-12-31T22:00:00.000Z', POLICY]);
    const days = await post(ann, { expires_in_days: 7 });
    const left = Date.parse(days.body.expires_at) - Date.now();
    assert.ok(left > 6.99 * 86_400_000 && left <= 7 * 86_400_000);
  });

  test('is done once where it is repeated with its name', async () => {
    const init = { method: 'POST', body: { name: 'once' }, headers: { 'Idempotency-Key': 'key-once' } };
    const [first, second] = [await ask(ann, '/keys', init), await ask(ann, '/keys', init)];
    assert.deepEqual(second.body, first.body);
  });

  const bad: readonly (readonly [body: unknown, field: string])[] = [
    [{ name: '' }, '/name'],
    [{ name: 'x'.repeat(129) }, '/name'],
    [{ name: 'line\nbreak' }, '/name'],
    [{ name: 7 }, '/name'],
    [{ secret: 'x' }, '/secret'],
    [{ expires_at: 'tomorrow' }, '/expires_at'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, '/expires_at'],
    [{ expires_at: '2099-12-31T23:59:60Z' }, '/expires_at'],
    [{ expires_at: null }, '/expires_at'],
    [{ expires_in_days: 0 }, '/expires_in_days'],
    [{ expires_in_days: 1.5 }, '/expires_in_days'],
    [{ expires_in_days: 100_000 }, '/expires_in_days'],
    [{ expires_in_days: 1, expires_at: '2099-01-01T00:00:00Z' }, '/expires_in_days'],
    [{ policy: JSON.stringify(POLICY) }, '/policy'],
    [{ policy: [] }, '/policy'],
    [{ policy: {} }, '/policy/Version'],
    [
      { policy: { ...POLICY, Statement: [{ ...POLICY.Statement[0], Condition: { Later: {} } }] } },
      '/policy/Statement/0/Condition/Later',
    ],
    [{ policy: { ...POLICY, Statement: [{ ...POLICY.Statement[0], Resource: 'b' }] } }, '/policy/Statement/0/Resource'],
    [{ policy: { ...POLICY, Statement: { ...POLICY.Statement[0], Action: Array(2000).fill('s3:Get*') } } }, '/policy'],
  ];
  for (const [body, field] of bad) {
    test(`refuses ${JSON.stringify(body).slice(0, 100)} for ${field}`, async () => {
      const reply = await post(ann, body);
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, field);
    });
  }

  test('refuses one more key than an account may have', async () => {
    const many = await addApiUser(gateway, 'many');
    for (let count = 0; count < MAX_KEYS - 1; count += 1) await gateway.services.accessKeys.create({ id: many.id });
    const last = await newKey(many);
    assertProblem(await post(many, {}), 409, 'too-many-keys');
    assertProblem(await post(admin, {}, `/accounts/${many.id}/keys`), 409, 'too-many-keys');
    assert.equal((await remove(many, `/keys/${last.accessKey}`)).status, 204);
    await newKey(many);
  });

  test('is for who has logged in', async () => {
    assertProblem(await askApi(gateway, '/keys', { method: 'POST', body: {} }), 401, 'not-authenticated');
    assertProblem(await askApi(gateway, '/keys'), 401, 'not-authenticated');
  });
});

describe('GET /keys', () => {
  test('lists one’s own in pages', async () => {
    const eve = await addApiUser(gateway, 'eve');
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) made.push((await newKey(eve)).accessKey);
    const listed: string[] = [];
    for (let cursor = ''; cursor !== undefined; ) {
      const page = (await ask(eve, `/keys?limit=2${cursor}`)).body;
      listed.push(...page.items.map((item: { access_key: string }) => item.access_key));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    assert.deepEqual(listed, made.sort());
    for (const query of ['limit=0', 'limit=1001', 'cursor=!', 'x=1']) {
      assertProblem(await ask(eve, `/keys?${query}`), 400, 'invalid-request');
    }
  });

  test('tells the last use', async () => {
    const pair = await newKey(bob);
    await new Conversation(gateway, pair).succeed({ target: '/' });
    await gateway.services.accessKeys.uses.flush();
    assert.match((await ask(bob, `/keys/${pair.accessKey}`)).body.last_used_at, /:00\.000Z$/);
  });
});

describe('PATCH /keys/{access_key}', () => {
  test('changes what it names, takes away what is null, and leaves the rest', async () => {
    const { accessKey } = await newKey(ann, { name: 'old', expires_in_days: 1, policy: POLICY });
    const before = (await ask(ann, `/keys/${accessKey}`)).body;
    assert.deepEqual((await patch(ann, accessKey, { name: 'new' })).body, { ...before, name: 'new' });
    assert.equal((await patch(ann, accessKey, { expires_at: null })).body.expires_at, null);
    assert.notEqual((await patch(ann, accessKey, { expires_in_days: 2 })).body.expires_at, null);
    assert.equal((await patch(ann, accessKey, { policy: null, name: null })).body.policy, null);
    const now = (await patch(ann, accessKey, {})).body;
    assert.deepEqual([now.name, now.policy], [null, null]);
    assertProblem(await patch(ann, accessKey, { policy: { Version: '1' } }), 400, 'invalid-request');
    assertProblem(await patch(ann, accessKey, { access_key: 'MINE' }), 400, 'invalid-request');
    assertProblem(await patch(ann, accessKey, { expires_at: '2001-01-01T00:00:00Z' }), 400, 'invalid-request');
  });
});

describe('the key of another account', () => {
  test('is not there, for admins neither', async () => {
    const { accessKey } = await newKey(ann);
    for (const user of [bob, admin, auditor]) {
      assertProblem(await ask(user, `/keys/${accessKey}`), 404, 'no-such-key');
      assertProblem(await patch(user, accessKey, { name: 'mine' }), 404, 'no-such-key');
      assertProblem(await patch(user, accessKey, {}), 404, 'no-such-key');
      assertProblem(await remove(user, `/keys/${accessKey}`), 404, 'no-such-key');
    }
    assert.equal((await ask(ann, `/keys/${accessKey}`)).status, 200);
  });
});

describe('DELETE /keys/{access_key}', () => {
  test('ends it at once', async () => {
    const pair = await newKey(ann);
    assert.equal((await remove(ann, `/keys/${pair.accessKey}`)).status, 204);
    assertProblem(await remove(ann, `/keys/${pair.accessKey}`), 404, 'no-such-key');
    await new Conversation(gateway, pair).fail({ target: '/' }, 403, 'InvalidAccessKeyId');
  });
});

describe('/accounts/{id}/keys', () => {
  test('is for admins; auditors list', async () => {
    const path = `/accounts/${bob.id}/keys`;
    const made = await post(admin, { name: 'by ada' }, path);
    assert.equal(made.status, 201, made.text);
    const pair = { accessKey: made.body.access_key, secretKey: made.body.secret_key };
    await new Conversation(gateway, pair).succeed({ target: '/' });
    for (const user of [admin, auditor]) {
      const { items } = (await ask(user, path)).body;
      assert.ok(items.some((item: { access_key: string }) => item.access_key === pair.accessKey));
    }
    assert.equal((await ask(bob, `/keys/${pair.accessKey}`)).body.name, 'by ada');
    for (const user of [bob, ann]) assertProblem(await ask(user, path), 403, 'not-allowed');
    for (const user of [bob, auditor]) {
      assertProblem(await post(user, {}, path), 403, 'not-allowed');
      assertProblem(await remove(user, `${path}/${pair.accessKey}`), 403, 'not-allowed');
    }
    assertProblem(await remove(admin, `/accounts/${ann.id}/keys/${pair.accessKey}`), 404, 'no-such-key');
    assert.equal((await remove(admin, `${path}/${pair.accessKey}`)).status, 204);
    for (const other of ['/accounts/nobody/keys', '/accounts/me/keys']) {
      assertProblem(await ask(admin, other), 404, 'no-such-account');
      assertProblem(await post(admin, {}, other), 404, 'no-such-account');
      assertProblem(await remove(admin, `${other}/KEY`), 404, 'no-such-account');
    }
  });

  test('gives an admin no key of root', async () => {
    const root = await gateway.services.accounts.findRoot();
    assertProblem(await post(admin, {}, `/accounts/${root?.id}/keys`), 403, 'not-allowed');
    assertProblem(await remove(admin, `/accounts/${root?.id}/keys/${gateway.accessKey}`), 403, 'not-allowed');
  });
});

test('every change of a key is in the audit trail, without its secret', async () => {
  const lea = await addApiUser(gateway, 'lea');
  const { accessKey, secretKey } = await newKey(lea, { name: 'x' });
  await patch(lea, accessKey, { name: 'y', policy: POLICY });
  await remove(lea, `/keys/${accessKey}`);
  const { items: trail } = (await ask(lea, '/audit?limit=3')).body;
  assert.deepEqual(
    trail.map(({ type, actor, detail }: Record<string, unknown>) => [type, actor, detail]),
    [
      ['key.deleted', lea.id, { access_key: accessKey }],
      ['key.changed', lea.id, { access_key: accessKey, changed: 'name policy' }],
      ['key.created', lea.id, { access_key: accessKey }],
    ],
  );
  assert.ok(!JSON.stringify(trail).includes(secretKey));
});
