import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { openTestDrive, type TestDrive } from '../../support/drives.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const NEXT_WEEK = new Date(Date.now() + 7 * 86_400_000).toISOString();
const TOMORROW = new Date(Date.now() + 86_400_000).toISOString();

describe('shares', () => {
  let gateway: TestGateway;
  let drive: TestDrive;
  let ann: ApiUser;
  let bob: ApiUser;
  let cat: ApiUser;
  let dan: ApiUser;
  let boss: ApiUser;
  let eyes: ApiUser;
  let count = 0;
  before(async () => {
    gateway = await startGateway();
    ann = await addApiUser(gateway, 'ann');
    bob = await addApiUser(gateway, 'bob', { email: 'bob@example.com' });
    cat = await addApiUser(gateway, 'cat');
    dan = await addApiUser(gateway, 'dan');
    boss = await addApiUser(gateway, 'boss', { role: 'admin' });
    eyes = await addApiUser(gateway, 'eyes', { role: 'auditor' });
    drive = await openTestDrive(gateway, 'ann');
  });
  after(() => gateway.stop());

  /** A folder of its own, with a file in it and one in a folder of that. */
  async function folder(): Promise<string> {
    count += 1;
    const path = `folder-${count}/`;
    await drive.put(`${path}file`, `${path}in/file`);
    return path;
  }

  const share = (by: ApiUser, body: object, headers: Record<string, string> = {}) =>
    askApi(gateway, '/shares', { method: 'POST', token: by.token, body: { permission: 'read', ...body }, headers });
  const ask = (by: ApiUser, query: string) => askApi(gateway, `/shares${query}`, { token: by.token });
  const change = (by: ApiUser, id: string, body: object) =>
    askApi(gateway, `/shares/${id}`, { method: 'PATCH', token: by.token, body });
  const end = (by: ApiUser, id: string) => askApi(gateway, `/shares/${id}`, { method: 'DELETE', token: by.token });

  async function shared(by: ApiUser, body: object): Promise<string> {
    const reply = await share(by, body);
    assert.equal(reply.status, 201, reply.text);
    return reply.body.id;
  }

  test('a file or folder is shared, and told of in full', async () => {
    const path = await folder();
    const reply = await share(ann, {
      path: `${path}in/`,
      with: 'bob',
      permission: 'write',
      may_share: true,
      note: 'for the trip',
      expires_at: NEXT_WEEK,
    });
    assert.equal(reply.status, 201, reply.text);
    const { id, created_at, ...rest } = reply.body;
    assert.equal(reply.headers.get('location'), `/api/v1/shares/${id}`);
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000);
    assert.deepEqual(rest, {
      drive: 'ann',
      path: `${path}in/`,
      name: 'in',
      kind: 'folder',
      with: 'bob',
      by: 'ann',
      is_passed_on: false,
      permission: 'write',
      may_share: true,
      note: 'for the trip',
      expires_at: NEXT_WEEK,
    });
    const file = await share(ann, { path: `${path}file`, with: 'bob' });
    const { name, kind, permission, may_share, note, expires_at } = file.body;
    assert.deepEqual(
      [name, kind, permission, may_share, note, expires_at],
      ['file', 'file', 'read', false, null, null],
    );
    for (const who of [ann, bob, boss, eyes]) assert.deepEqual((await ask(who, `/${id}`)).body, reply.body);
    assertProblem(await ask(cat, `/${id}`), 404, 'no-such-share');
    assertProblem(await ask(ann, '/nothing'), 404, 'no-such-share');
  });

  test('shared again it is replaced: 200, and one share', async () => {
    const path = await folder();
    const id = await shared(ann, { path, with: 'bob', permission: 'write', note: 'x' });
    const again = await share(ann, { path, with: 'bob' });
    assert.equal(again.status, 200, again.text);
    assert.deepEqual([again.body.id, again.body.permission, again.body.note], [id, 'read', null]);
    assert.equal((await ask(ann, `?path=${path}`)).body.items.length, 1);
  });

  test('a request with an Idempotency-Key is done once', async () => {
    const path = await folder();
    const headers = { 'Idempotency-Key': `key-${count}` };
    const first = await share(ann, { path, with: 'bob' }, headers);
    const second = await share(ann, { path, with: 'bob' }, headers);
    assert.equal(second.status, 201);
    assert.equal(second.headers.get('idempotent-replayed'), 'true');
    assert.deepEqual(second.body, first.body);
  });

  test('an e-mail names an account once it has been verified, in whatever case', async () => {
    const path = await folder();
    const refused = await share(ann, { path, with: 'bob@example.com' });
    assertProblem(refused, 404, 'no-such-account');
    const { accounts } = gateway.services;
    const now = new Date().toISOString();
    await accounts.create({ name: 'eve', email: 'eve@example.com', emailVerifiedAt: now });
    assert.equal((await share(ann, { path, with: 'Eve@Example.com' })).body.with, 'eve');
  });

  test('nobody shares with nobody, with oneself, with the owner or with a disabled account', async () => {
    const path = await folder();
    const unknown = await share(ann, { path, with: 'nobody' });
    assertProblem(unknown, 404, 'no-such-account');
    assert.match(unknown.body.detail, /no account named 'nobody'/);
    assertProblem(await share(ann, { path, with: 'ann' }), 400, 'invalid-request');
    await shared(ann, { path, with: 'bob', may_share: true });
    assertProblem(await share(bob, { path, drive: 'ann', with: 'ann' }), 400, 'invalid-request');
    assertProblem(await share(bob, { path, drive: 'ann', with: 'bob' }), 400, 'invalid-request');
    await gateway.services.accounts.create({ name: 'gone' });
    await gateway.services.accounts.disable('gone');
    assertProblem(await share(ann, { path, with: 'gone' }), 404, 'no-such-account');
  });

  test('only what is there is shared, by who has part in it', async () => {
    const path = await folder();
    for (const missing of ['none', `${path}none/`, `${path}file/`]) {
      assertProblem(await share(ann, { path: missing, with: 'bob' }), 404, 'no-such-file');
    }
    assertProblem(await share(bob, { path, with: 'cat' }), 404, 'no-such-file');
    assertProblem(await share(bob, { path, drive: 'ann', with: 'cat' }), 404, 'no-such-file');
    assertProblem(await share(bob, { path, drive: 'nobody', with: 'cat' }), 404, 'no-such-file');
    await shared(ann, { path, with: 'bob' });
    assertProblem(await share(bob, { path, drive: 'ann', with: 'cat' }), 403, 'not-allowed');
  });

  test('bad input is a problem that names the field', async () => {
    const path = await folder();
    for (const [body, field] of [
      [{ path }, '/with'],
      [{ with: 'bob' }, '/path'],
      [{ path, with: 'bob', permission: 'all' }, '/permission'],
      [{ path, with: 'bob', expires_at: 'tomorrow' }, '/expires_at'],
      [{ path, with: 'bob', expires_at: '2020-01-01T00:00:00Z' }, '/expires_at'],
      [{ path, with: 'bob', note: 'x'.repeat(1025) }, '/note'],
      [{ path, with: 'bob', surprise: true }, '/surprise'],
    ] as const) {
      const reply = await share(ann, body);
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, field, reply.text);
    }
    for (const bad of ['../etc', '.trash/x', 'a\0b', 'a\u0001', '/', 'x'.repeat(1025), 'a/./b']) {
      assertProblem(await share(ann, { path: bad, with: 'bob' }), 400, 'invalid-path');
    }
    const { token: _, ...nobody } = ann;
    assertProblem(await askApi(gateway, '/shares', { method: 'POST', body: nobody }), 401, 'not-authenticated');
  });

  test('who asks for many accounts that are not there has to wait', async () => {
    const path = await folder();
    const { id, token } = dan;
    const limits = gateway.services.limits;
    await shared(ann, { path, with: 'dan', may_share: true });
    for (let taken = 0; taken < 1000; taken += 1) {
      const isOver = await limits.take('unknown accounts of an account', id).then(
        () => false,
        () => true,
      );
      if (isOver) break;
    }
    const body = { path, drive: 'ann', with: 'cat', permission: 'read' };
    const reply = await askApi(gateway, '/shares', { method: 'POST', token, body });
    assertProblem(reply, 429, 'too-many-requests');
    assert.match(reply.headers.get('retry-after') ?? '', /^\d+$/);
    await limits.reset('unknown accounts of an account', id);
  });

  test('what was given is passed on, and no more than that', async () => {
    const path = await folder();
    await shared(ann, { path, with: 'bob', may_share: true, expires_at: TOMORROW });
    const more = { path, drive: 'ann', with: 'cat' };
    for (const terms of [{ permission: 'write' }, { expires_at: NEXT_WEEK }]) {
      assertProblem(await share(bob, { ...more, ...terms }), 403, 'not-allowed');
    }
    const passed = await share(bob, { path: `${path}in/`, drive: 'ann', with: 'cat', may_share: true });
    assert.equal(passed.status, 201, passed.text);
    const { by, is_passed_on, expires_at, drive: owner } = passed.body;
    assert.deepEqual([by, is_passed_on, expires_at, owner], ['bob', true, TOMORROW, 'ann']);
    assertProblem(await share(cat, { path: `${path}in/`, drive: 'ann', with: 'bob' }), 409, 'circular-grant');
  });

  test('what I was given, what I gave, and who has a path', async () => {
    const path = await folder();
    const first = await shared(ann, { path, with: 'bob', may_share: true });
    const second = await shared(bob, { path: `${path}in/file`, drive: 'ann', with: 'cat' });
    const ids = async (by: ApiUser, query: string) => {
      const reply = await ask(by, query);
      assert.equal(reply.status, 200, reply.text);
      const own = reply.body.items.filter((each: { path: string }) => each.path.startsWith(path));
      return own.map(({ id }: { id: string }) => id);
    };
    assert.deepEqual(await ids(bob, '?received'), [first]);
    assert.deepEqual(await ids(bob, ''), [first]);
    assert.deepEqual(await ids(bob, '?given'), [second]);
    assert.deepEqual(await ids(cat, '?received=true'), [second]);
    assert.deepEqual(await ids(ann, '?given&limit=1000'), [first]);
    assert.deepEqual(await ids(ann, `?path=${path}in/file`), [first, second]);
    assert.deepEqual(await ids(ann, `?path=${path}`), [first]);
    assert.deepEqual(await ids(boss, `?path=${path}in/file&drive=ann`), [first, second]);
    assert.deepEqual(await ids(bob, `?path=${path}in/file&drive=ann`), [first, second]);
    assert.deepEqual(await ids(cat, `?path=${path}in/file&drive=ann`), [second]);
    assert.deepEqual(await ids(dan, `?path=${path}in/file&drive=ann`), []);
    const page = await ask(ann, `?path=${path}in/file&limit=1`);
    assert.equal(page.body.items[0].id, first);
    const next = await ask(ann, `?path=${path}in/file&limit=1&cursor=${page.body.next}`);
    assert.deepEqual([next.body.items[0].id, next.body.next], [second, null]);
    assertProblem(await ask(ann, `?given&path=${path}`), 400, 'invalid-request');
    assertProblem(await ask(ann, '?drive=ann'), 400, 'invalid-request');
    assertProblem(await ask(ann, '?given=no'), 400, 'invalid-request');
  });

  test('who gave it, and the owner, change it; what was passed on is narrowed with it', async () => {
    const path = await folder();
    const id = await shared(ann, { path, with: 'bob', permission: 'write', may_share: true });
    const passed = await shared(bob, { path, drive: 'ann', with: 'cat', permission: 'write' });
    assertProblem(await change(bob, id, { note: 'mine' }), 403, 'not-allowed');
    assertProblem(await change(dan, id, { note: 'mine' }), 404, 'no-such-share');
    const reply = await change(ann, id, { permission: 'read', expires_at: TOMORROW, note: 'less' });
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual([reply.body.permission, reply.body.expires_at, reply.body.note], ['read', TOMORROW, 'less']);
    const narrowed = (await ask(cat, `/${passed}`)).body;
    assert.deepEqual([narrowed.permission, narrowed.expires_at], ['read', TOMORROW]);
    assertProblem(await change(bob, passed, { permission: 'write' }), 403, 'not-allowed');
    assertProblem(await change(ann, id, { expires_at: '2020-01-01T00:00:00Z' }), 400, 'invalid-request');
    assert.equal((await change(ann, id, { expires_at: null, note: null })).body.expires_at, null);
    assert.equal((await change(boss, id, { may_share: false })).body.may_share, false);
    assertProblem(await ask(cat, `/${passed}`), 404, 'no-such-share');
  });

  test('it is revoked with all that was passed on, by who gave it or the owner; who has it leaves it', async () => {
    const path = await folder();
    const id = await shared(ann, { path, with: 'bob', may_share: true });
    const passed = await shared(bob, { path, drive: 'ann', with: 'cat', may_share: true });
    const last = await shared(cat, { path, drive: 'ann', with: 'dan' });
    assertProblem(await end(dan, passed), 404, 'no-such-share');
    assert.equal((await end(dan, last)).status, 204);
    await shared(cat, { path, drive: 'ann', with: 'dan' });
    assert.equal((await end(ann, passed)).status, 204);
    assert.equal((await ask(ann, `?path=${path}`)).body.items.length, 1);
    assert.equal((await end(boss, id)).status, 204);
    assertProblem(await end(ann, id), 404, 'no-such-share');
    assert.equal((await ask(ann, `?path=${path}`)).body.items.length, 0);
  });

  test('an admin acts as the owner', async () => {
    const path = await folder();
    const reply = await share(boss, { path, drive: 'ann', with: 'bob' });
    assert.deepEqual([reply.body.by, reply.body.drive, reply.body.is_passed_on], ['ann', 'ann', false]);
  });

  test('an auditor sees all shares, and neither gives nor changes any', async () => {
    const path = await folder();
    const id = await shared(ann, { path, with: 'eyes', may_share: true });
    assert.equal((await ask(eyes, `?path=${path}&drive=ann`)).body.items.length, 1);
    assertProblem(await share(eyes, { path, drive: 'ann', with: 'bob' }), 403, 'not-allowed');
    assertProblem(await change(eyes, id, { note: 'x' }), 403, 'not-allowed');
  });

  test('it goes when the file goes', async () => {
    const path = await folder();
    const id = await shared(ann, { path: `${path}file`, with: 'bob' });
    await drive.remove(`${path}file`);
    assertProblem(await ask(bob, `/${id}`), 404, 'no-such-share');
  });

  test('a share by a disabled account is none, until it is enabled again', async () => {
    const path = await folder();
    await shared(ann, { path, with: 'bob', may_share: true });
    const id = await shared(bob, { path, drive: 'ann', with: 'cat' });
    const received = async () =>
      (await ask(cat, '?received')).body.items.filter((each: { id: string }) => each.id === id).length;
    assert.equal(await received(), 1);
    await gateway.services.accounts.disable('bob');
    assert.equal(await received(), 0);
    await gateway.services.accounts.enable('bob');
    assert.equal(await received(), 1);
  });

  test('explain tells of the share', async () => {
    const path = await folder();
    const id = await shared(ann, { path, with: 'cat' });
    const query = new URLSearchParams({
      account: 'cat',
      action: 's3:GetObject',
      resource: `${drive.bucket.name}/${path}file`,
    });
    const reply = await askApi(gateway, `/access/explain?${query}`, { token: cat.token });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.body.allowed, true);
    assert.equal(reply.body.source, 'share');
    assert.equal(reply.body.statement, `share ${id} of '${path}' with cat: read`);
  });

  test('the audit trail of who was given it tells of it', async () => {
    const path = await folder();
    const id = await shared(ann, { path, with: 'dan' });
    await change(ann, id, { permission: 'write' });
    await end(ann, id);
    const { body } = await askApi(gateway, '/audit?limit=3', { token: dan.token });
    const told = body.items.map(({ type, detail }: { type: string; detail: object }) => [type, detail]);
    assert.deepEqual(told, [
      ['share.revoked', { path }],
      ['share.changed', { path, permission: 'write' }],
      ['share.created', { path, permission: 'read', may_share: 'no' }],
    ]);
  });
});
