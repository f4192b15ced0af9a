import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { readOutbox, startMailServer, tokenIn, waitForMail } from '../../support/mail.ts';

describe('registering', () => {
  let gateway: TestGateway;
  let admin: ApiUser;
  before(async () => {
    gateway = await startGateway();
    admin = await addApiUser(gateway, 'boss', { role: 'admin' });
  });
  after(() => gateway.stop());

  const register = (body: object, token?: string) => askApi(gateway, '/accounts', { method: 'POST', body, token });

  test('whoever registers has an account, is told where, and can log in', async () => {
    const reply = await register({ name: 'ann', password: PASSWORD, display_name: 'Ann Ø' });
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.headers.get('location'), `/api/v1/accounts/${reply.body.id}`);
    assert.equal(reply.body.name, 'ann');
    assert.equal(reply.body.display_name, 'Ann Ø');
    assert.equal(reply.body.role, 'member');
    assert.equal(reply.body.email, null);
    assert.equal(reply.body.has_password, true);
    assert.doesNotMatch(reply.text, /argon2|hash/);
    const session = await askApi(gateway, '/sessions', { method: 'POST', body: { name: 'ann', password: PASSWORD } });
    assert.equal(session.status, 201);
  });

  test('a name belongs to one account, in whatever case', async () => {
    assert.equal((await register({ name: 'Bea', password: PASSWORD })).status, 201);
    for (const name of ['Bea', 'bea', 'BEA']) {
      const reply = await register({ name, password: PASSWORD });
      assertProblem(reply, 409, 'name-taken');
      assert.equal(reply.body.errors[0].field, '/name');
    }
  });

  test('an e-mail belongs to one account, is kept in lower case and begins unverified', async () => {
    const reply = await register({ name: 'cleo', password: PASSWORD, email: 'Cleo@Example.ORG' });
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.body.email, 'cleo@example.org');
    assert.equal(reply.body.email_verified, false);
    const other = await register({ name: 'cleo2', password: PASSWORD, email: 'CLEO@example.org' });
    assertProblem(other, 409, 'email-taken');
    assert.equal(other.body.errors[0].field, '/email');
  });

  test('of many who want a name at once, one gets it', async () => {
    const body = { name: 'wanted', password: PASSWORD };
    const replies = await Promise.all(Array.from({ length: 8 }, () => register(body)));
    assert.deepEqual(replies.map(({ status }) => status).sort(), [201, ...Array.from({ length: 7 }, () => 409)]);
  });

  test('of many who want an e-mail at once, one gets it', async () => {
    const bodies = Array.from({ length: 8 }, (_, at) => ({ name: `dup${at}`, password: PASSWORD, email: 'dup@b.org' }));
    const replies = await Promise.all(bodies.map((body) => register(body)));
    assert.equal(replies.filter(({ status }) => status === 201).length, 1);
    assert.equal(replies.filter(({ body }) => body.code === 'email-taken').length, 7);
  });

  test('a name with an @ must be the e-mail of the account, and nobody has the e-mail of another as a name', async () => {
    assertProblem(await register({ name: 'dan@example.org', password: PASSWORD }), 400, 'invalid-request');
    const foreign = { name: 'dan@example.org', password: PASSWORD, email: 'eve@example.org' };
    const refused = await register(foreign);
    assertProblem(refused, 400, 'invalid-request');
    assert.equal(refused.body.errors[0].field, '/name');
    const own = await register({ name: 'Dan@example.org', password: PASSWORD, email: 'dan@example.org' });
    assert.equal(own.status, 201, own.text);
    const again = await register({ name: 'dan2', password: PASSWORD, email: 'dan@example.org' });
    assertProblem(again, 409, 'email-taken');
  });

  for (const [what, body, field] of [
    ['no name', { password: PASSWORD }, '/name'],
    ['an empty name', { name: '', password: PASSWORD }, '/name'],
    ['a name with a space', { name: 'a b', password: PASSWORD }, '/name'],
    ['a name with a line break at its end', { name: 'ab\n', password: PASSWORD }, '/name'],
    ['a name that is too long', { name: 'a'.repeat(65), password: PASSWORD }, '/name'],
    ['a name that is no text', { name: 1, password: PASSWORD }, '/name'],
    ['no password', { name: 'nobody' }, '/password'],
    ['a common password', { name: 'nobody', password: 'password1234' }, '/password'],
    ['a short password', { name: 'nobody', password: 'short' }, '/password'],
    ['an e-mail without an @', { name: 'nobody', password: PASSWORD, email: 'nobody' }, '/email'],
    ['two e-mails', { name: 'nobody', password: PASSWORD, email: 'a@b.org,c@d.org' }, '/email'],
    ['an e-mail with a header', { name: 'nobody', password: PASSWORD, email: 'a@b.org\r\nBcc: c@d.org' }, '/email'],
    ['an e-mail with a name', { name: 'nobody', password: PASSWORD, email: 'A <a@b.org>' }, '/email'],
    ['a quoted e-mail', { name: 'nobody', password: PASSWORD, email: '"a b"@b.org' }, '/email'],
    ['an unseen display name', { name: 'nobody', password: PASSWORD, display_name: ' ' }, '/display_name'],
    ['a display name that turns', { name: 'nobody', password: PASSWORD, display_name: 'a\u202eb' }, '/display_name'],
    ['a display name with NUL', { name: 'nobody', password: PASSWORD, display_name: 'a\u0000b' }, '/display_name'],
    ['a role of root', { name: 'nobody', password: PASSWORD, role: 'root' }, '/role'],
    ['an unknown field', { name: 'nobody', password: PASSWORD, is_admin: true }, '/is_admin'],
  ] as const) {
    test(`${what} is refused, and the field named`, async () => {
      const reply = await register(body);
      assert.equal(reply.status, 400, reply.text);
      assert.equal(reply.body.errors[0].field, field);
    });
  }

  test('only admins choose a role, whatever token somebody has', async () => {
    const member = await addApiUser(gateway, 'plain');
    const body = { name: 'riser', password: PASSWORD, role: 'admin' };
    assertProblem(await register(body), 403, 'not-allowed');
    assertProblem(await register(body, member.token), 403, 'not-allowed');
    const reply = await register({ ...body, name: 'raised' }, admin.token);
    assert.equal(reply.status, 201, reply.text);
    assert.equal(reply.body.role, 'admin');
  });

  test('a token that is no token is not taken for nobody', async () => {
    assertProblem(await register({ name: 'ghost', password: PASSWORD }, 'nonsense'), 401, 'invalid-token');
  });

  test('a cookie of a session that is over keeps nobody from registering', async () => {
    const reply = await askApi(gateway, '/accounts', {
      method: 'POST',
      body: { name: 'returning', password: PASSWORD },
      headers: { Cookie: 'gatehouse_access=over' },
    });
    assert.equal(reply.status, 201, reply.text);
  });

  test('a mail goes to the e-mail, and a link of it leads to this gateway', async () => {
    await register({ name: 'fay', password: PASSWORD, email: 'fay@example.org' });
    const mail = await waitForMail(gateway, 'fay@example.org');
    assert.ok(mail.text.includes(`${gateway.apiUrl}/api/v1/email-verifications#${tokenIn(mail)}`), mail.text);
    assert.match(mail.text, /"fay"/);
  });

  test('an admin makes an account without a password, whose owner is mailed how to choose one', async () => {
    const made = await register({ name: 'gus', email: 'gus@example.org' }, admin.token);
    assert.equal(made.status, 201, made.text);
    assert.equal(made.body.has_password, false);
    const token = tokenIn(await waitForMail(gateway, 'gus@example.org'));
    const body = { token, new_password: 'a horse that gus rides' };
    assert.equal((await askApi(gateway, '/password-resets', { method: 'PUT', body })).status, 204);
    const login = { email: 'gus@example.org', password: 'a horse that gus rides' };
    const session = await askApi(gateway, '/sessions', { method: 'POST', body: login });
    assert.equal(session.status, 201, session.text);
    const me = await askApi(gateway, '/accounts/me', { token: session.body.access_token });
    assert.equal(me.body.email_verified, true);
  });

  test('a registration that is repeated by its name makes one account', async () => {
    const init = {
      method: 'POST',
      body: { name: 'hal', password: PASSWORD },
      headers: { 'Idempotency-Key': 'hal registers' },
    };
    const [first, second] = [await askApi(gateway, '/accounts', init), await askApi(gateway, '/accounts', init)];
    assert.deepEqual([first.status, second.status], [201, 201]);
    assert.equal(first.body.id, second.body.id);
  });

  test('the audit trail tells of it, from where it was', async () => {
    const { body } = await register({ name: 'ida', password: PASSWORD });
    const session = await askApi(gateway, '/sessions', { method: 'POST', body: { name: 'ida', password: PASSWORD } });
    const trail = await askApi(gateway, '/audit', { token: session.body.access_token });
    const entry = trail.body.items.find(({ type }: { type: string }) => type === 'account.registered');
    assert.deepEqual([entry.account, entry.actor], [body.id, body.id]);
    assert.equal(entry.address, '127.0.0.1');
  });
});

describe('registering where not everybody may', () => {
  const start = async (mode: string) => {
    const gateway = await startGateway({ GATEHOUSE_REGISTRATION: mode });
    const admin = await addApiUser(gateway, 'boss', { role: 'admin' });
    return { gateway, admin };
  };

  test('only admins make accounts in a gateway that is closed, invites or not', async () => {
    const { gateway, admin } = await start('closed');
    const ask = (body: object, token?: string) => askApi(gateway, '/accounts', { method: 'POST', body, token });
    assertProblem(await ask({ name: 'ann', password: PASSWORD }), 403, 'registration-closed');
    const { body } = await askApi(gateway, '/invites', { method: 'POST', body: {}, token: admin.token });
    const invited = { name: 'ann', password: PASSWORD, invite: body.token };
    assertProblem(await ask(invited), 403, 'registration-closed');
    assert.equal((await ask({ name: 'ann', password: PASSWORD }, admin.token)).status, 201);
    await gateway.stop();
  });

  test('who has no invite is refused where one is needed', async () => {
    const { gateway, admin } = await start('invite');
    const ask = (body: object, token?: string) => askApi(gateway, '/accounts', { method: 'POST', body, token });
    const refused = await ask({ name: 'ann', password: PASSWORD });
    assertProblem(refused, 403, 'invalid-invite');
    assert.equal(refused.body.errors[0].field, '/invite');
    assertProblem(await ask({ name: 'ann', password: PASSWORD, invite: 'made up' }), 403, 'invalid-invite');
    assert.equal((await ask({ name: 'ann', password: PASSWORD }, admin.token)).status, 201);
    await gateway.stop();
  });

  test('so many accounts an hour come from one address, and admins are not counted', async () => {
    const gateway = await startGateway({ GATEHOUSE_REGISTRATIONS_PER_HOUR: '2' });
    const admin = await addApiUser(gateway, 'boss', { role: 'admin' });
    const ask = (name: string, token?: string) =>
      askApi(gateway, '/accounts', { method: 'POST', body: { name, password: PASSWORD }, token });
    for (const name of ['a1', 'a2']) assert.equal((await ask(name)).status, 201);
    const refused = await ask('a3');
    assertProblem(refused, 429, 'too-many-requests');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal((await ask('a4', admin.token)).status, 201);
    await gateway.stop();
  });
});

describe('registering with a mail server', () => {
  test('the mail comes by it', async () => {
    const server = await startMailServer();
    const gateway = await startGateway({ GATEHOUSE_SMTP_URL: server.url, GATEHOUSE_MAIL_FROM: 'gate@example.org' });
    const body = { name: 'ann', password: PASSWORD, email: 'ann@example.org' };
    assert.equal((await askApi(gateway, '/accounts', { method: 'POST', body })).status, 201);
    await gateway.stop(); // waits for mails under way
    await server.close();
    assert.deepEqual(
      server.received.map(({ to, subject }) => [to, subject]),
      [['ann@example.org', 'Confirm your e-mail address']],
    );
    assert.match(server.received[0]?.raw ?? '', /^From: gate@example\.org/m);
    assert.deepEqual(await readOutbox(gateway), []);
  });

  test('that it fails is no matter for the registration', async () => {
    const server = await startMailServer();
    await server.close();
    const gateway = await startGateway({ GATEHOUSE_SMTP_URL: server.url });
    const body = { name: 'ann', password: PASSWORD, email: 'ann@example.org' };
    const reply = await askApi(gateway, '/accounts', { method: 'POST', body });
    assert.equal(reply.status, 201, reply.text);
    await gateway.stop();
  });
});
