import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type ApiReply, addApiUser, askApi } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const REGISTER = '//middleware/api/v1/user/register';

suite('the dialect `middleware`', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_PASSWORD_POLICY: 'off', GATEHOUSE_CLAIMS: 'first-come' });
  });
  after(() => gateway.stop());

  function register(email: string, allowed_prefixes?: readonly string[]): Promise<ApiReply> {
    const body = { email, password: 'secret', ...(allowed_prefixes && { allowed_prefixes }) };
    return askApi(gateway, REGISTER, { method: 'POST', body });
  }

  async function auth(email: string): Promise<string> {
    const body = { email, password: 'secret' };
    const reply = await askApi(gateway, '//middleware/api/v1/user/auth', { method: 'POST', body });
    assert.equal(reply.status, 200, reply.text);
    return reply.body.token;
  }

  function createBucket(name: string, token: string | undefined, method = 'PUT'): Promise<ApiReply> {
    return askApi(gateway, `//resty-api/bucket/${name}`, { method, token });
  }

  test('those who share a claim create buckets under it, nobody else does, and other names are free', async () => {
    assert.equal((await register('a@example.org', ['arvan', 'aws', 'sas'])).status, 201);
    assert.equal((await register('b@example.org')).status, 201);
    assert.equal((await register('c@example.org')).status, 201);
    // A second account on a claim is for an admin to say.
    const admin = await addApiUser(gateway, 'boss', { role: 'admin' });
    const shared = { prefix: 'arvan', account: 'b@example.org' };
    const claimed = await askApi(gateway, '/claims', { method: 'POST', token: admin.token, body: shared });
    assert.equal(claimed.status, 201, claimed.text);

    const [a, b, c] = [await auth('a@example.org'), await auth('b@example.org'), await auth('c@example.org')];
    assert.equal((await createBucket('arvan-of-a', a)).status, 201);
    assert.equal((await createBucket('arvan-of-b', b, 'GET')).status, 201);
    assert.equal((await createBucket('free-of-a', a)).status, 201);
    assert.equal((await createBucket('free-of-c', c)).status, 201);
    const refused = await createBucket('arvan-of-c', c);
    assert.equal(refused.status, 403);
    assert.match(refused.body.error, /arvan/);
    assert.equal((await createBucket('arvan-of-a', b)).status, 409);
  });

  test('any e-mail registers, also one that cannot be the name of an account', async () => {
    for (const email of [`${'long'.repeat(16)}@example.org`, "miles.o'brien@example.org", '_underscore@example.org']) {
      assert.equal((await register(email)).status, 201, email);
      assert.equal((await register(email)).status, 409, email);
      const me = await askApi(gateway, '/accounts/me', { token: await auth(email) });
      assert.match(me.body.name, /^account-/);
      assert.equal(me.body.email, email);
    }
  });

  test('who bears no token is told that one is needed', async () => {
    const refused = await createBucket('nobodys', undefined);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('www-authenticate'), 'Bearer realm="gatehouse"');
  });

  test('an account whose claim is refused is not made, and the refusal names the prefix', async () => {
    assert.equal((await register('first@example.org', ['mine'])).status, 201);
    for (const prefixes of [['mine'], ['unclaimed', 'mine'], ['min'], ['mine-too']]) {
      const refused = await register('late@example.org', prefixes);
      assert.equal(refused.status, 403, refused.text);
      assert.match(refused.body.error, /min/);
    }
    assert.equal((await register('late@example.org', ['unclaimed'])).status, 201);
  });

  test('a claim is never granted over buckets of others', async () => {
    await register('owner@example.org');
    assert.equal((await createBucket('taken-bucket', await auth('owner@example.org'))).status, 201);
    const refused = await register('grabber@example.org', ['taken']);
    assert.equal(refused.status, 403, refused.text);
    assert.match(refused.body.error, /taken/);
  });

  test('bad input is told', async () => {
    assert.equal((await register('no e-mail')).status, 400);
    assert.equal((await register('x@example.org', ['UPPER'])).status, 400);
    assert.equal((await createBucket('free', undefined)).status, 401);
    assert.equal((await createBucket('free', 'nonsense')).status, 401);
    assert.equal((await register('namer@example.org')).status, 201);
    const token = await auth('namer@example.org');
    for (const name of ['ab', 'UPPER', 'a..b', '1.2.3.4', 'x'.repeat(64), '%00a', 'a%2Fb']) {
      assert.equal((await createBucket(name, token)).status, 400, name);
    }
  });

  test('an auditor creates no bucket', async () => {
    const auditor = await addApiUser(gateway, 'auditor', { role: 'auditor' });
    assert.equal((await createBucket('by-auditor', auditor.token)).status, 403);
  });
});

test('where admins alone give claims, a self-registered one is refused by its name', async () => {
  const gateway = await startGateway({ GATEHOUSE_PASSWORD_POLICY: 'off' });
  try {
    const body = { email: 'a@example.org', password: 'secret', allowed_prefixes: ['arvan'] };
    const reply = await askApi(gateway, REGISTER, { method: 'POST', body });
    assert.equal(reply.status, 403, reply.text);
    assert.match(reply.body.error, /arvan/);
  } finally {
    await gateway.stop();
  }
});

test('dialects that are switched off are not there', async () => {
  const gateway = await startGateway({ GATEHOUSE_DIALECTS: 'general' });
  try {
    const ask = (path: string) => askApi(gateway, path, { method: 'POST', body: {} });
    assert.equal((await ask(REGISTER)).status, 404);
    assert.equal((await ask('//users/register')).status, 404);
    assert.equal((await ask('//login')).status, 404);
    assert.equal((await ask('/api/v1/user/login')).status, 400);
  } finally {
    await gateway.stop();
  }
});
