import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { addTotp } from '../../support/factors.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const NEW_PASSWORD = 'battery staple correct horse';

let gateway: TestGateway;
let admin: ApiUser;
let auditor: ApiUser;
let member: ApiUser;
let count = 0;

before(async () => {
  gateway = await startGateway();
  admin = await addApiUser(gateway, 'admin', { role: 'admin' });
  auditor = await addApiUser(gateway, 'auditor', { role: 'auditor' });
  member = await addApiUser(gateway, 'member');
});
after(() => gateway.stop());

/** Somebody whom nobody else is asked about. */
const somebody = (more: { role?: 'admin' | 'auditor'; email?: string } = {}) => {
  count += 1;
  return addApiUser(gateway, `somebody-${count}`, more);
};
const ask = (method: string, path: string, { token, body }: { token?: string; body?: unknown } = {}) =>
  askApi(gateway, path, { method, token, body });
const patch = (user: ApiUser, body: unknown, by = admin) =>
  ask('PATCH', `/accounts/${user.id}`, { token: by.token, body });
const get = (user: ApiUser) => ask('GET', `/accounts/${user.id}`, { token: admin.token });
const isIn = async ({ token }: ApiUser) => (await ask('GET', '/accounts/me', { token })).status === 200;
const epochOf = async ({ id }: ApiUser) => (await gateway.services.accounts.findById(id))?.epoch;
const rootId = async () => (await gateway.services.accounts.findRoot())?.id ?? '';

/** What the audit trail says of an account since it was made, the newest first. */
async function trailOf(user: ApiUser) {
  const { body } = await ask('GET', `/audit?account=${user.id}`, { token: admin.token });
  const entries = body.items as { type: string; actor: string; detail: Record<string, string> }[];
  return entries.filter(({ type }) => type !== 'account.created' && type !== 'session.created');
}

describe('who may', () => {
  const routes: [method: string, path: (id: string) => string, body?: unknown][] = [
    ['GET', () => '/accounts'],
    ['GET', (id) => `/accounts/${id}`],
    ['PATCH', (id) => `/accounts/${id}`, { display_name: 'Other' }],
    ['PUT', (id) => `/accounts/${id}/password`, { password: NEW_PASSWORD }],
    ['DELETE', (id) => `/accounts/${id}`],
    ['DELETE', (id) => `/accounts/${id}/sessions`],
    ['DELETE', (id) => `/accounts/${id}/factors`],
  ];
  for (const [method, path, body] of routes) {
    test(`${method} ${path('{id}')}: auditors ${method === 'GET' ? 'and admins' : 'not, admins do'}, members never`, async () => {
      const target = await somebody();
      const asked = (user?: ApiUser) =>
        ask(method, path(target.id), { ...(user === undefined ? {} : { token: user.token }), body });
      assertProblem(await asked(), 401, 'not-authenticated');
      assertProblem(await asked(member), 403, 'not-allowed');
      assertProblem(await asked(target), 403, 'not-allowed');
      if (method === 'GET') assert.equal((await asked(auditor)).status, 200);
      else assertProblem(await asked(auditor), 403, 'not-allowed');
      if (method !== 'GET') assert.ok(await isIn(target), 'nothing has happened');
      const { status, text } = await asked(admin);
      // There are no factors to be removed.
      assert.ok(status < 300 || (status === 404 && path('').endsWith('/factors')), text);
    });

    if (path('') === path('x')) continue;
    test(`${method} ${path('{id}')}: an account that is not there is a 404`, async () => {
      for (const id of ['nobody', '01m7zabz917mfvgvfr9d8nkr4n']) {
        assertProblem(await ask(method, path(id), { token: admin.token, body }), 404, 'no-such-account');
      }
    });
  }
});

describe('an account', () => {
  test('is told whole, and nothing that proves who it is', async () => {
    const user = await somebody({ email: 'whole@example.org' });
    const { status, body, text } = await get(user);
    assert.equal(status, 200);
    const { id, canonical_id, created_at, ...rest } = body;
    assert.equal(id, user.id);
    assert.match(canonical_id, /^[0-9a-f]{64}$/);
    assert.ok(Date.parse(created_at) > 0);
    assert.deepEqual(rest, {
      name: user.name,
      display_name: user.name,
      role: 'member',
      status: 'active',
      last_login_at: rest.last_login_at,
      email: 'whole@example.org',
      email_verified: false,
      pending_email: null,
      has_password: true,
      second_factor: 'optional',
      usage: { object_count: 0, logical_bytes: 0 },
      quota_bytes: null,
    });
    assert.doesNotMatch(text, /argon2|password_hash|epoch/);
  });

  test('changes in what is named, and keeps the rest', async () => {
    const user = await somebody();
    const { body } = await patch(user, { display_name: 'Somebody Else', quota_bytes: 1000, second_factor: 'required' });
    assert.deepEqual([body.display_name, body.quota_bytes, body.second_factor], ['Somebody Else', 1000, 'required']);
    assert.deepEqual([body.role, body.status, body.email], ['member', 'active', null]);
    assert.deepEqual((await get(user)).body, body);
    const lifted = await patch(user, { quota_bytes: null });
    assert.deepEqual([lifted.body.quota_bytes, lifted.body.display_name], [null, 'Somebody Else']);
    assert.ok(await isIn(user), 'none of that ends a session');
    const details = (await trailOf(user)).map(({ type, actor, detail }) => ({ type, actor, ...detail }));
    assert.deepEqual(details, [
      { type: 'account.quota-changed', actor: admin.id, old: '1000', new: 'none' },
      { type: 'account.changed', actor: admin.id, field: 'display_name', old: user.name, new: 'Somebody Else' },
      { type: 'account.changed', actor: admin.id, field: 'second_factor', old: 'optional', new: 'required' },
      { type: 'account.quota-changed', actor: admin.id, old: 'none', new: '1000' },
    ]);
  });

  test('that is so already is not changed, and nothing is said of it', async () => {
    const user = await somebody();
    const before = await epochOf(user);
    assert.equal((await patch(user, { role: 'member', status: 'active', quota_bytes: null })).status, 200);
    assert.equal((await patch(user, {})).status, 200);
    assert.deepEqual(await trailOf(user), []);
    assert.equal(await epochOf(user), before);
    assert.ok(await isIn(user));
  });

  const wrong: [body: unknown, field: string][] = [
    [{ role: 'root' }, '/role'],
    [{ role: 'king' }, '/role'],
    [{ status: 'gone' }, '/status'],
    [{ quota_bytes: -1 }, '/quota_bytes'],
    [{ quota_bytes: 1.5 }, '/quota_bytes'],
    [{ quota_bytes: '1' }, '/quota_bytes'],
    [{ quota_bytes: 2 ** 60 }, '/quota_bytes'],
    [{ second_factor: 'never' }, '/second_factor'],
    [{ email: 'nowhere' }, '/email'],
    [{ email: 'a@b@c' }, '/email'],
    [{ email: '' }, '/email'],
    [{ email: `${'x'.repeat(250)}@example.org` }, '/email'],
    [{ email_verified: true }, '/email_verified'],
    [{ email: null, email_verified: true }, '/email_verified'],
    [{ display_name: '' }, '/display_name'],
    [{ display_name: 'x'.repeat(129) }, '/display_name'],
    [{ name: 'other' }, '/name'],
    [{ password: NEW_PASSWORD }, '/password'],
    [{ id: 'x' }, '/id'],
  ];
  for (const [body, field] of wrong) {
    test(`refuses ${JSON.stringify(body).slice(0, 60)} by the name of the field`, async () => {
      const reply = await patch(member, body);
      assertProblem(reply, 400, 'invalid-request');
      const fields = (reply.body.errors as { field: string }[]).map((error) => error.field);
      assert.ok(fields.includes(field), reply.text);
    });
  }
});

describe('an e-mail', () => {
  test('is kept in lower case, and is not verified unless the admin says so', async () => {
    const user = await somebody();
    const { body } = await patch(user, { email: 'Ann@Example.ORG' });
    assert.deepEqual([body.email, body.email_verified], ['ann@example.org', false]);
    assert.equal((await patch(user, { email_verified: true })).body.email_verified, true);
    const changed = await patch(user, { email: 'ann2@example.org' });
    assert.deepEqual([changed.body.email, changed.body.email_verified], ['ann2@example.org', false]);
    const both = await patch(user, { email: 'ann3@example.org', email_verified: true });
    assert.deepEqual([both.body.email, both.body.email_verified], ['ann3@example.org', true]);
    assert.equal((await patch(user, { email_verified: false })).body.email_verified, false);
    assert.equal((await patch(user, { email: null })).body.email, null);
    const told = (await trailOf(user)).map(({ type, detail }) => [type, detail.old, detail.new]);
    assert.deepEqual(told, [
      ['email.changed', 'ann3@example.org', 'none'],
      ['account.changed', 'true', 'false'],
      ['email.changed', 'ann2@example.org', 'ann3@example.org'],
      ['email.changed', 'ann@example.org', 'ann2@example.org'],
      ['email.verified', 'false', 'true'],
      ['email.changed', 'none', 'ann@example.org'],
    ]);
  });

  test('that another account has is a 409, and so is one that is its name', async () => {
    const user = await somebody();
    await somebody({ email: 'taken@example.org' });
    await gateway.services.accounts.create({ name: 'Name@example.org', email: 'name@example.org' });
    for (const email of ['taken@example.org', 'TAKEN@example.org', 'name@example.org']) {
      assertProblem(await patch(user, { email, quota_bytes: 7 }), 409, 'email-taken');
    }
    assert.equal((await get(user)).body.quota_bytes, null, 'nothing of it happened');
  });
});

describe('an e-mail that is the name of its account', () => {
  const named = async (email: string) => {
    const user = await addApiUser(gateway, email, { email });
    return { user, nameOf: async () => (await get(user)).body.name as string };
  };

  test('takes the name along, so that whoever has the address next can log in by it', async () => {
    const { user, nameOf } = await named('first@example.org');
    assert.equal((await patch(user, { email_verified: true })).body.name, 'first@example.org');
    assert.equal((await patch(user, { email: 'second@example.org' })).body.name, 'second@example.org');
    assert.match((await patch(user, { email: null })).body.name, /^account-[0-9a-z]{26}$/);
    assert.equal((await patch(user, { email: 'third@example.org' })).body.email, 'third@example.org');
    assert.match(await nameOf(), /^account-/);
    for (const email of ['first@example.org', 'second@example.org']) await addApiUser(gateway, email, { email });
  });
});

describe('another role', () => {
  test('ends every session, and the next one has it', async () => {
    const user = await somebody();
    const before = (await epochOf(user)) ?? 0;
    assert.equal((await patch(user, { role: 'auditor' })).body.role, 'auditor');
    assert.equal(await epochOf(user), before + 1);
    assertProblem(await ask('GET', '/accounts/me', { token: user.token }), 401, 'invalid-token');
    const refreshed = await ask('POST', '/sessions/refresh', { body: { refresh_token: user.refreshToken } });
    assert.equal(refreshed.status, 401);
    const { body } = await ask('POST', '/sessions', { body: { name: user.name, password: PASSWORD } });
    assert.equal((await ask('GET', '/accounts', { token: body.access_token })).status, 200);
    const [newest] = (await trailOf(user)).filter(({ type }) => type === 'account.role-changed');
    assert.deepEqual([newest?.actor, newest?.detail], [admin.id, { old: 'member', new: 'auditor' }]);
  });

  test('is given by admins alone, to others alone, and never to root', async () => {
    const other = await somebody({ role: 'admin' });
    assertProblem(await patch(other, { role: 'member' }, other), 403, 'not-allowed');
    assertProblem(await patch({ ...other, id: await rootId() }, { role: 'member' }), 403, 'not-allowed');
    assertProblem(await patch({ ...other, id: await rootId() }, { status: 'disabled' }), 403, 'not-allowed');
    assert.ok(await isIn(other));
  });

  test('of two admins who demote each other, one stays', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const [one, two] = [await somebody({ role: 'admin' }), await somebody({ role: 'admin' })];
      const replies = await Promise.all([patch(one, { role: 'member' }, two), patch(two, { role: 'member' }, one)]);
      const statuses = replies.map(({ status }) => status).toSorted();
      assert.equal(statuses[0], 200);
      assert.ok(statuses[1] === 401 || statuses[1] === 403, String(statuses[1]));
      const roles = await Promise.all([get(one), get(two)]);
      assert.deepEqual(roles.map(({ body }) => body.role).toSorted(), ['admin', 'member']);
    }
  });
});

describe('root', () => {
  test('is changed by nobody else', async () => {
    const id = await rootId();
    const token = admin.token;
    assertProblem(await ask('PATCH', `/accounts/${id}`, { token, body: { quota_bytes: 1 } }), 403, 'not-allowed');
    const body = { password: NEW_PASSWORD };
    assertProblem(await ask('PUT', `/accounts/${id}/password`, { token, body }), 403, 'not-allowed');
    assertProblem(await ask('DELETE', `/accounts/${id}`, { token }), 403, 'not-allowed');
    assertProblem(await ask('DELETE', `/accounts/${id}/sessions`, { token }), 403, 'not-allowed');
    assertProblem(await ask('DELETE', `/accounts/${id}/factors`, { token }), 403, 'not-allowed');
    assert.equal((await ask('GET', `/accounts/${id}`, { token })).body.role, 'root');
  });

  test('demotes admins, and not itself', async () => {
    const root = await gateway.services.accounts.findRoot();
    assert.ok(root);
    const actor = { accountId: root.id, address: null, userAgent: null };
    const { accessToken: token } = await gateway.services.sessions.open(root, { methods: 'password', actor });
    const other = await somebody({ role: 'admin' });
    const demoted = await ask('PATCH', `/accounts/${other.id}`, { token, body: { role: 'member' } });
    assert.equal(demoted.status, 200);
    for (const body of [{ role: 'admin' }, { status: 'disabled' }]) {
      assertProblem(await ask('PATCH', `/accounts/${root.id}`, { token, body }), 403, 'not-allowed');
    }
    assert.equal((await ask('PATCH', `/accounts/${root.id}`, { token, body: { display_name: 'Boss' } })).status, 200);
  });
});

describe('a password', () => {
  test('that an admin sets is the only one from then on, and ends what the old one began', async () => {
    const user = await somebody();
    const token = admin.token;
    const reply = await ask('PUT', `/accounts/${user.id}/password`, { token, body: { password: NEW_PASSWORD } });
    assert.deepEqual([reply.status, reply.text], [204, '']);
    assert.ok(!(await isIn(user)));
    const logIn = (password: string) => ask('POST', '/sessions', { body: { name: user.name, password } });
    assertProblem(await logIn(PASSWORD), 401, 'invalid-credentials');
    assert.equal((await logIn(NEW_PASSWORD)).status, 201);
    const [entry] = (await trailOf(user)).filter(({ type }) => type === 'password.changed');
    assert.equal(entry?.actor, admin.id);
    assert.doesNotMatch(JSON.stringify(entry), /staple|argon/);
  });

  test('must be allowed, and is not set on oneself without the old one', async () => {
    const set = (user: ApiUser, body: unknown) =>
      ask('PUT', `/accounts/${user.id}/password`, { token: admin.token, body });
    const user = await somebody();
    assertProblem(await set(user, { password: 'short' }), 400, 'weak-password');
    assertProblem(await set(user, {}), 400, 'invalid-request');
    assertProblem(await set(user, { password: '' }), 400, 'invalid-request');
    assertProblem(await set(user, { password: 'x'.repeat(1025) }), 400, 'invalid-request');
    assertProblem(await set(admin, { password: NEW_PASSWORD }), 403, 'not-allowed');
    assert.ok(await isIn(user));
    assert.ok(await isIn(admin));
  });
});

test('an admin has no e-mail of its own verified by itself: a reset mailed there would set its password', async () => {
  const own = await somebody({ role: 'admin', email: 'own@example.org' });
  for (const body of [
    { email: 'elsewhere@example.org', email_verified: true },
    { email: 'elsewhere@example.org' },
    { email: null },
    { email_verified: true },
  ]) {
    assertProblem(await patch(own, body, own), 403, 'not-allowed');
  }
  const { body } = await get(own);
  assert.deepEqual([body.email, body.email_verified], ['own@example.org', false]);
  assert.equal((await patch(own, { email: 'own@example.org', display_name: 'Same' }, own)).status, 200);
});

describe('deleting', () => {
  test('removes an account with its sessions and keys, and its name is free again', async () => {
    const user = await somebody();
    const account = await gateway.services.accounts.get(user.name);
    const key = await gateway.services.accessKeys.create(account);
    const token = admin.token;
    assert.equal((await ask('DELETE', `/accounts/${user.id}`, { token })).status, 204);
    assertProblem(await get(user), 404, 'no-such-account');
    assertProblem(await ask('DELETE', `/accounts/${user.id}`, { token }), 404, 'no-such-account');
    assert.ok(!(await isIn(user)));
    assert.equal((await gateway.fetchSigned('/', { credentials: key })).status, 403);
    const [entry] = await trailOf(user);
    assert.deepEqual([entry?.type, entry?.actor, entry?.detail.name], ['account.deleted', admin.id, user.name]);
    await addApiUser(gateway, user.name);
  });

  test('waits for the buckets, and nobody deletes itself like that', async () => {
    const user = await somebody();
    const account = await gateway.services.accounts.get(user.name);
    await gateway.services.buckets.create({ name: `of-${user.name}`, account });
    assertProblem(await ask('DELETE', `/accounts/${user.id}`, { token: admin.token }), 409, 'account-not-empty');
    assert.ok(await isIn(user));
    assertProblem(await ask('DELETE', `/accounts/${admin.id}`, { token: admin.token }), 403, 'not-allowed');
    assert.ok(await isIn(admin));
  });
});

test('logging out everywhere ends every session of the account, and raises its epoch', async () => {
  const user = await somebody();
  const before = (await epochOf(user)) ?? 0;
  assert.equal((await ask('DELETE', `/accounts/${user.id}/sessions`, { token: admin.token })).status, 204);
  assert.equal(await epochOf(user), before + 1);
  assert.ok(!(await isIn(user)));
  const [entry] = await trailOf(user);
  assert.deepEqual([entry?.type, entry?.actor], ['session.all-ended', admin.id]);
});

test('who has lost the telephone gets in without it, once an admin has removed the second factors', async () => {
  const user = await somebody();
  await addTotp(gateway, user);
  const logIn = () => ask('POST', '/sessions', { body: { name: user.name, password: PASSWORD } });
  assert.equal((await logIn()).status, 202);
  assertProblem(await ask('DELETE', `/accounts/${admin.id}/factors`, { token: admin.token }), 403, 'not-allowed');
  assert.equal((await ask('DELETE', `/accounts/${user.id}/factors`, { token: admin.token })).status, 204);
  assert.equal((await logIn()).status, 201);
  const again = await ask('DELETE', `/accounts/${user.id}/factors`, { token: admin.token });
  assertProblem(again, 404, 'no-such-factor');
  const removed = (await trailOf(user)).find(({ type }) => type === 'factor.removed');
  assert.equal(removed?.actor, admin.id);
});
