import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { readOutbox, tokenIn, waitForMail } from '../../support/mail.ts';
import { changeRows } from '../../support/passwordless.ts';

describe('invites', () => {
  let gateway: TestGateway;
  let admin: ApiUser;
  let auditor: ApiUser;
  let member: ApiUser;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_REGISTRATION: 'invite' });
    admin = await addApiUser(gateway, 'boss', { role: 'admin' });
    auditor = await addApiUser(gateway, 'watcher', { role: 'auditor' });
    member = await addApiUser(gateway, 'plain');
  });
  after(() => gateway.stop());

  const invite = (body: object, token: string | undefined = admin.token) =>
    askApi(gateway, '/invites', { method: 'POST', body, token });
  const register = (body: object) =>
    askApi(gateway, '/accounts', { method: 'POST', body: { password: PASSWORD, ...body } });
  const list = (token: string, query = '') => askApi(gateway, `/invites${query}`, { token });

  test('an invite registers one account, with the role that it says', async () => {
    const { status, body, headers, text } = await invite({ role: 'auditor', expires_in_hours: 1 });
    assert.equal(status, 201, text);
    assert.equal(headers.get('location'), `/api/v1/invites/${body.id}`);
    assert.match(body.token, /^[\w-]{43}$/);
    assert.equal(Date.parse(body.expires_at) - Date.parse(body.created_at), 3_600_000);
    const first = await register({ name: 'ann', invite: body.token });
    assert.equal(first.status, 201, first.text);
    assert.equal(first.body.role, 'auditor');
    assertProblem(await register({ name: 'bea', invite: body.token }), 403, 'invalid-invite');
    const listed = (await list(admin.token)).body.items.find(({ id }: { id: string }) => id === body.id);
    assert.equal(listed.used_by, first.body.id);
    assert.ok(Date.parse(listed.used_at) > 0);
  });

  test('of many who use an invite at once, one registers', async () => {
    const { token } = (await invite({})).body;
    const names = Array.from({ length: 6 }, (_, at) => `racer${at}`);
    const replies = await Promise.all(names.map((name) => register({ name, invite: token })));
    assert.deepEqual(replies.map(({ status }) => status).sort(), [201, 403, 403, 403, 403, 403]);
  });

  test('a registration that is refused leaves the invite as it was', async () => {
    const { token } = (await invite({})).body;
    assertProblem(await register({ name: 'plain', invite: token }), 409, 'name-taken');
    assertProblem(await register({ name: 'weak', password: 'weak', invite: token }), 400, 'weak-password');
    assert.equal((await register({ name: 'cleo', invite: token })).status, 201);
  });

  test('an invite for an e-mail is mailed, and registers that e-mail as verified', async () => {
    const { body } = await invite({ email: 'Dan@Example.org' });
    assert.equal(body.email, 'dan@example.org');
    const mail = await waitForMail(gateway, 'dan@example.org');
    assert.equal(tokenIn(mail), body.token);
    assert.ok(mail.text.includes(gateway.apiUrl));
    const other = await register({ name: 'dan', email: 'other@example.org', invite: body.token });
    assertProblem(other, 403, 'invalid-invite');
    const reply = await register({ name: 'dan', invite: body.token });
    assert.equal(reply.status, 201, reply.text);
    assert.deepEqual([reply.body.email, reply.body.email_verified], ['dan@example.org', true]);
    assert.equal((await readOutbox(gateway)).filter(({ to }) => to === 'dan@example.org').length, 1);
  });

  test('an invite for an e-mail takes it, and a name that is the same, from who only claims it', async () => {
    const claimant = await addApiUser(gateway, 'eve@example.org', { email: 'eve@example.org' });
    const { token } = (await invite({ email: 'eve@example.org' })).body;
    const reply = await register({ name: 'eve@example.org', email: 'eve@example.org', invite: token });
    assert.equal(reply.status, 201, reply.text);
    const left = (await askApi(gateway, '/accounts/me', { token: claimant.token })).body;
    assert.equal(left.email, null);
    assert.match(left.name, /^account-/);
  });

  test('an invite for an e-mail that is verified elsewhere is of no use', async () => {
    const owner = await addApiUser(gateway, 'fay', { email: 'fay@example.org' });
    changeRows(gateway, 'UPDATE accounts SET email_verified_at = created_at WHERE id = ?', owner.id);
    const { token } = (await invite({ email: 'fay@example.org' })).body;
    assertProblem(await register({ name: 'fay2', invite: token }), 409, 'email-taken');
  });

  test('an invite that was revoked, is too old, or never was registers nobody', async () => {
    const { id, token } = (await invite({})).body;
    const revoke = () => askApi(gateway, `/invites/${id}`, { method: 'DELETE', token: admin.token });
    assert.equal((await revoke()).status, 204);
    assertProblem(await revoke(), 404, 'no-such-invite');
    assertProblem(await register({ name: 'gus', invite: token }), 403, 'invalid-invite');
    const old = (await invite({})).body;
    const past = new Date(Date.now() - 1).toISOString();
    changeRows(gateway, 'UPDATE invites SET expires_at = ? WHERE id = ?', past, old.id);
    assertProblem(await register({ name: 'gus', invite: old.token }), 403, 'invalid-invite');
    assertProblem(await register({ name: 'gus', invite: 'a'.repeat(43) }), 403, 'invalid-invite');
  });

  test('an invite of somebody who is no admin any more registers nobody', async () => {
    const former = await addApiUser(gateway, 'former', { role: 'admin' });
    const { token } = (await invite({ role: 'admin' }, former.token)).body;
    await gateway.services.accounts.disable('former');
    assertProblem(await register({ name: 'backdoor', invite: token }), 403, 'invalid-invite');
  });

  test('only admins invite and revoke; auditors see the invites, without their tokens', async () => {
    const { id, token } = (await invite({})).body;
    for (const caller of [auditor, member]) {
      assertProblem(await invite({}, caller.token), 403, 'not-allowed');
      const revoke = { method: 'DELETE', token: caller.token };
      assertProblem(await askApi(gateway, `/invites/${id}`, revoke), 403, 'not-allowed');
    }
    assertProblem(await list(member.token), 403, 'not-allowed');
    assertProblem(await askApi(gateway, '/invites'), 401, 'not-authenticated');
    const page = await list(auditor.token, '?limit=1000');
    assert.equal(page.status, 200);
    assert.ok(page.body.items.some((each: { id: string }) => each.id === id));
    assert.ok(!page.text.includes(token));
    assert.doesNotMatch(page.text, /token|hash/);
  });

  test('invites are listed in pages, the newest first', async () => {
    const made: string[] = [];
    for (let count = 0; count < 3; count += 1) made.push((await invite({})).body.id);
    const first = (await list(admin.token, '?limit=2')).body;
    assert.equal(first.items.length, 2);
    const second = (await list(admin.token, `?limit=2&cursor=${first.next}`)).body;
    const ids = [...first.items, ...second.items].map(({ id }: { id: string }) => id);
    assert.deepEqual(ids.toSorted().toReversed(), ids);
    assert.equal(new Set(ids).size, 4);
    for (const id of made) assert.ok(ids.includes(id));
  });

  test('an invite that is asked for twice by the same name is one', async () => {
    const init = { method: 'POST', body: {}, token: admin.token, headers: { 'Idempotency-Key': 'one invite' } };
    const [first, second] = [await askApi(gateway, '/invites', init), await askApi(gateway, '/invites', init)];
    assert.deepEqual(first.body, second.body);
  });

  for (const [what, body, field] of [
    ['no e-mail', { email: 'nobody' }, '/email'],
    ['the role of root', { role: 'root' }, '/role'],
    ['no time at all', { expires_in_hours: 0 }, '/expires_in_hours'],
    ['more than a year', { expires_in_hours: 8761 }, '/expires_in_hours'],
    ['an unknown field', { uses: 2 }, '/uses'],
  ] as const) {
    test(`an invite for ${what} is refused, and the field named`, async () => {
      const reply = await invite(body);
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, field);
    });
  }
});
