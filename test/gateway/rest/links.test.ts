import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { LinkOwner } from '../../support/links.ts';

const IN_A_YEAR = new Date(Date.now() + 365 * 86_400_000).toISOString();

let gateway: TestGateway;
let owner: LinkOwner;
before(async () => {
  gateway = await startGateway();
  owner = await LinkOwner.open(gateway, 'cary');
  for (const path of ['plans.txt', 'photos/one.png', 'photos/two.png', 'ümläut ☂/x']) await owner.put(path);
});
after(() => gateway.stop());

async function assertRefused(body: object, field: string): Promise<void> {
  const reply = await owner.ask('/links', { method: 'POST', body: { path: 'plans.txt', ...body } });
  assertProblem(reply, 400, 'invalid-request');
  assert.equal(reply.body.errors[0].field, field, reply.text);
}

describe('Making a link', () => {
  test('answers its URL with a token of 128 bits, this once, and where to look at it', async () => {
    const body = { path: 'plans.txt', note: 'for the builders' };
    const reply = await owner.ask('/links', { method: 'POST', body });
    assert.equal(reply.status, 201, reply.text);
    const { id, url, created_at, ...rest } = reply.body;
    assert.match(url, new RegExp(`^${gateway.apiUrl}/shared/cary/[A-Za-z0-9_-]{22}$`));
    assert.equal(reply.headers.get('location'), `/api/v1/links/${id}`);
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000);
    assert.deepEqual(rest, {
      path: 'plans.txt',
      kind: 'file',
      state: 'active',
      alias: null,
      alias_url: null,
      note: 'for the builders',
      has_password: false,
      expires_at: null,
      revoked_at: null,
      max_downloads: null,
      download_count: 0,
      view_count: 0,
      last_used_at: null,
    });
    assert.equal((await owner.get(id)).url, undefined);
    assert.doesNotMatch((await owner.ask('/links')).text, new RegExp(url.slice(-22)));
  });

  test('tokens are never the same', async () => {
    const urls = await Promise.all(Array.from({ length: 20 }, async () => (await owner.link('plans.txt')).url));
    assert.equal(new Set(urls).size, 20);
  });

  test('takes a folder, by the / at its end, and odd names', async () => {
    assert.equal((await owner.link('photos/')).kind, 'folder');
    assert.equal((await owner.link('ümläut ☂/x')).path, 'ümläut ☂/x');
  });

  test('names the alias in the URL, and refuses one that another link has', async () => {
    const made = await owner.link('photos/', { alias: 'summer_2026' });
    assert.equal(made.alias_url, `${gateway.apiUrl}/shared/cary/summer_2026`);
    assert.notEqual(made.url, made.alias_url);
    const again = { method: 'POST', body: { path: 'plans.txt', alias: 'summer_2026' } };
    const reply = await owner.ask('/links', again);
    assertProblem(reply, 409, 'alias-taken');
    assert.equal(reply.body.errors[0].field, '/alias');
    const other = await LinkOwner.open(gateway, 'other-alias');
    await other.put('x');
    assert.equal((await other.link('x', { alias: 'summer_2026' })).alias, 'summer_2026', 'of another account');
  });

  test('encodes the name of the account in the URL', async () => {
    const odd = await LinkOwner.open(gateway, 'a+b@example.com');
    await odd.put('x');
    assert.match((await odd.link('x')).url, /\/shared\/a%2Bb%40example\.com\/[\w-]{22}$/);
  });

  test('refuses what is not there, also in the trash, and what is no path', async () => {
    await owner.put('.trash/old');
    for (const [path, status, code] of [
      ['nothing', 404, 'no-such-file'],
      ['photos', 404, 'no-such-file'],
      ['plans.txt/', 404, 'no-such-file'],
      ['.trash/', 400, 'invalid-path'],
      ['.trash/old', 400, 'invalid-path'],
      ['photos/../plans.txt', 400, 'invalid-path'],
      ['/plans.txt', 400, 'invalid-path'],
      ['a\u0000b', 400, 'invalid-path'],
      ['ä'.repeat(513), 400, 'invalid-path'],
      ['', 400, 'invalid-request'],
      ['a'.repeat(1025), 400, 'invalid-request'],
    ] as const) {
      const reply = await owner.ask('/links', { method: 'POST', body: { path } });
      assertProblem(reply, status, code);
    }
  });

  test('refuses aliases, times, counts and notes that are none', async () => {
    for (const alias of ['ab', 'a'.repeat(65)]) await assertRefused({ alias }, '/alias');
    for (const alias of ['Upper', 'a b', 'a/b', 'a.b', 'ä-ö-ü']) await assertRefused({ alias }, '/alias');
    await assertRefused({ alias: 'a'.repeat(22) }, '/alias');
    for (const at of ['2020-01-01T00:00:00Z', '9999-12-31T23:59:59-23:00']) {
      await assertRefused({ expires_at: at }, '/expires_at');
    }
    for (const at of ['tomorrow', '2026-13-01T00:00:00Z', '']) await assertRefused({ expires_at: at }, '/expires_at');
    for (const max of [0, -1, 1.5, 1e12]) await assertRefused({ max_downloads: max }, '/max_downloads');
    await assertRefused({ note: 'a\u0000b' }, '/note');
    await assertRefused({ note: 'x'.repeat(1025) }, '/note');
    await assertRefused({ password: '' }, '/password');
    await assertRefused({ token: 'x' }, '/token');
  });

  test('needs an account, and a drive with the file in it', async () => {
    const init = { method: 'POST', body: { path: 'plans.txt' } };
    assertProblem(await askApi(gateway, '/links', init), 401, 'not-authenticated');
    const stranger = await addApiUser(gateway, 'no-drive');
    assertProblem(await askApi(gateway, '/links', { ...init, token: stranger.token }), 404, 'no-such-file');
    const admin = await addApiUser(gateway, 'an-admin', { role: 'admin' });
    assertProblem(await askApi(gateway, '/links', { ...init, token: admin.token }), 404, 'no-such-file');
  });

  test('is refused where a policy denies the owner to read the file', async () => {
    const here = await LinkOwner.open(gateway, 'denied');
    await here.put('secret');
    await here.deny('s3:GetObject', 'secret');
    assertProblem(await here.ask('/links', { method: 'POST', body: { path: 'secret' } }), 403, 'not-allowed');
  });

  test('is repeated by an Idempotency-Key with the same URL', async () => {
    const init = { method: 'POST', body: { path: 'plans.txt' }, token: owner.user.token };
    const headers = { 'Idempotency-Key': 'the-key' };
    const [first, second] = [
      await askApi(gateway, '/links', { ...init, headers }),
      await askApi(gateway, '/links', { ...init, headers }),
    ];
    assert.deepEqual(second.body, first.body);
  });
});

describe('Looking at links', () => {
  test('lists them, the newest first, in pages and by path', async () => {
    const here = await LinkOwner.open(gateway, 'lister');
    for (const path of ['a', 'b']) await here.put(path);
    const ids: string[] = [];
    for (const path of ['a', 'b', 'a']) ids.unshift((await here.link(path)).id);
    const first = await here.ask('/links?limit=2');
    const rest = await here.ask(`/links?limit=2&cursor=${first.body.next}`);
    const listed = [...first.body.items, ...rest.body.items];
    assert.deepEqual(
      listed.map(({ id }) => id),
      ids,
    );
    assert.equal(rest.body.next, null);
    const ofB = (await here.ask('/links?path=b')).body.items;
    assert.deepEqual(
      ofB.map(({ id }: { id: string }) => id),
      [ids[1]],
    );
    assertProblem(await here.ask('/links?cursor=!'), 400, 'invalid-request');
  });

  test('shows nobody the links of another', async () => {
    const { id } = await owner.link('plans.txt');
    const admin = await addApiUser(gateway, 'curious', { role: 'admin' });
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { active: false } : undefined;
      const reply = await askApi(gateway, `/links/${id}`, { method, body, token: admin.token });
      assertProblem(reply, 404, 'no-such-link');
    }
    assert.equal((await owner.get(id)).state, 'active');
    assertProblem(await owner.ask('/links/none'), 404, 'no-such-link');
  });
});

describe('Changing a link', () => {
  test('says what it names, and takes it away by null', async () => {
    const { id } = await owner.link('plans.txt');
    const facts = { alias: 'to-change', note: 'a', expires_at: IN_A_YEAR, max_downloads: 3 };
    const changed = await owner.change(id, { ...facts, password: 'open sesame' });
    assert.equal(changed.status, 200, changed.text);
    const { alias, note, expires_at, max_downloads, has_password, url } = changed.body;
    assert.deepEqual({ alias, note, expires_at, max_downloads }, facts);
    assert.deepEqual([has_password, url], [true, undefined]);
    assert.equal((await owner.change(id, {})).body.note, 'a');
    const nothing = { alias: null, note: null, expires_at: null, max_downloads: null, password: null };
    const cleared = (await owner.change(id, nothing)).body;
    assert.deepEqual(
      [cleared.alias, cleared.alias_url, cleared.note, cleared.expires_at, cleared.max_downloads, cleared.has_password],
      [null, null, null, null, null, false],
    );
  });

  test('revokes and reactivates it', async () => {
    const { id } = await owner.link('plans.txt');
    const revoked = (await owner.change(id, { active: false })).body;
    assert.equal(revoked.state, 'revoked');
    assert.ok(Math.abs(Date.parse(revoked.revoked_at) - Date.now()) < 60_000);
    const again = (await owner.change(id, { active: true })).body;
    assert.deepEqual([again.state, again.revoked_at], ['active', null]);
  });

  test('reactivates an expired one with another time alone', async () => {
    const { id } = await owner.link('plans.txt', { expires_at: new Date(Date.now() + 300).toISOString() });
    await new Promise((resolve) => setTimeout(resolve, 350));
    assert.equal((await owner.get(id)).state, 'expired');
    const refused = await owner.change(id, { active: true });
    assertProblem(refused, 400, 'invalid-request');
    assert.equal(refused.body.errors[0].field, '/expires_at');
    const again = await owner.change(id, { active: true, expires_at: IN_A_YEAR });
    assert.equal(again.body.state, 'active', again.text);
  });

  test('gives it another URL', async () => {
    const made = await owner.link('plans.txt');
    const renewed = (await owner.change(made.id, { new_token: true })).body;
    assert.match(renewed.url, /\/shared\/cary\/[\w-]{22}$/);
    assert.notEqual(renewed.url, made.url);
    assert.equal((await fetch(made.url)).status, 404);
    assert.equal((await fetch(renewed.url)).status, 200);
  });

  test('refuses what creating refuses', async () => {
    const { id } = await owner.link('plans.txt');
    await owner.link('plans.txt', { alias: 'held' });
    assertProblem(await owner.change(id, { alias: 'held' }), 409, 'alias-taken');
    for (const body of [{ alias: 'A!' }, { max_downloads: 0 }, { expires_at: 'x' }, { path: 'photos/' }]) {
      assertProblem(await owner.change(id, body), 400, 'invalid-request');
    }
  });
});

describe('Deleting a link', () => {
  test('forgets it', async () => {
    const { id, url } = await owner.link('plans.txt', { alias: 'to-forget' });
    assert.equal((await owner.ask(`/links/${id}`, { method: 'DELETE' })).status, 204);
    assertProblem(await owner.ask(`/links/${id}`), 404, 'no-such-link');
    assertProblem(await owner.ask(`/links/${id}`, { method: 'DELETE' }), 404, 'no-such-link');
    assert.equal((await fetch(url)).status, 404);
    assert.equal((await owner.link('plans.txt', { alias: 'to-forget' })).alias, 'to-forget', 'the alias is free');
  });
});

test('what is done to links is in the audit trail, and no token, password or hash with it', async () => {
  const here = await LinkOwner.open(gateway, 'audited');
  await here.put('a');
  const { id, url } = await here.link('a', { password: 'open sesame' });
  await here.change(id, { active: false, note: 'x' });
  await here.ask(`/links/${id}`, { method: 'DELETE' });
  const reply = await here.ask('/audit');
  const entries = reply.body.items.filter(({ type }: { type: string }) => type.startsWith('link.'));
  assert.deepEqual(
    entries.map(({ type, detail }: { type: string; detail: object }) => [type, detail]),
    [
      ['link.deleted', { link: id }],
      ['link.changed', { link: id, changed: 'note', active: 'false' }],
      ['link.created', { link: id, path: 'a' }],
    ],
  );
  assert.doesNotMatch(reply.text, new RegExp(`sesame|argon|${url.slice(-22)}`));
});
