import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let member: ApiUser;
let other: ApiUser;
let auditor: ApiUser;
let admin: ApiUser;

before(async () => {
  gateway = await startGateway();
  member = await addApiUser(gateway, 'member');
  other = await addApiUser(gateway, 'other');
  auditor = await addApiUser(gateway, 'auditor', { role: 'auditor' });
  admin = await addApiUser(gateway, 'admin', { role: 'admin' });
  for (let attempt = 0; attempt < 3; attempt += 1) await logInWrongly('member');
});
after(() => gateway.stop());

const headers = { 'User-Agent': 'a browser '.repeat(50) };

async function logInWrongly(name: string): Promise<void> {
  const body = { name, password: 'not the password' };
  assertProblem(await askApi(gateway, '/sessions', { method: 'POST', body, headers }), 401, 'invalid-credentials');
}

interface Entry {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly account: string | null;
  readonly actor: string | null;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly detail: Readonly<Record<string, string>>;
}

async function entriesFor(user: ApiUser, query = ''): Promise<Entry[]> {
  const reply = await askApi(gateway, `/audit?${query}`, { token: user.token });
  assert.equal(reply.status, 200, reply.text);
  return reply.body.items;
}

describe('GET /audit', () => {
  test('shows a member what is about it or by it, the newest first', async () => {
    const entries = await entriesFor(member);
    assert.ok(entries.length >= 5);
    for (const { account, actor } of entries) assert.ok(account === member.id || actor === member.id);
    const numbers = entries.map(({ seq }) => seq);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => b - a),
    );
  });

  test('tells what happened, to whom, by whom, when and from where', async () => {
    const [refused] = await entriesFor(member, 'type=session.refused');
    assert.ok(refused);
    assert.deepEqual(Object.keys(refused).sort(), [
      'account',
      'actor',
      'address',
      'at',
      'detail',
      'seq',
      'type',
      'user_agent',
    ]);
    assert.deepEqual([refused.account, refused.actor, refused.address], [member.id, null, '127.0.0.1']);
    assert.equal(refused.user_agent?.length, 256, 'a long one is cut');
    assert.ok(Math.abs(Date.now() - Date.parse(refused.at)) < 60_000);
  });

  test('tells of a refresh token that came twice, and from where', async () => {
    const robbed = await addApiUser(gateway, 'robbed');
    const log = { method: 'POST', body: { name: 'robbed', password: PASSWORD } } as const;
    const { refresh_token } = (await askApi(gateway, '/sessions', log)).body;
    const refresh = { method: 'POST', body: { refresh_token }, headers } as const;
    assert.equal((await askApi(gateway, '/sessions/refresh', refresh)).status, 200);
    assertProblem(await askApi(gateway, '/sessions/refresh', refresh), 401, 'invalid-token');
    const [reused] = await entriesFor(robbed, 'type=session.reused');
    assert.deepEqual([reused?.account, reused?.actor, reused?.address], [robbed.id, null, '127.0.0.1']);
    assert.equal(reused?.user_agent?.length, 256, 'a long one is cut');
  });

  test('names what an account changed of itself as its fields are named', async () => {
    const { token } = member;
    await askApi(gateway, '/accounts/me', { method: 'PATCH', token, body: { display_name: 'A member' } });
    const [changed] = await entriesFor(member, 'type=account.changed');
    assert.deepEqual(changed?.detail, { display_name: 'A member' });
  });

  test('shows admins and auditors everything, or what they ask for', async () => {
    for (const overseer of [admin, auditor]) {
      const all = await entriesFor(overseer, 'limit=1000');
      assert.ok(all.some(({ account }) => account === member.id) && all.some(({ account }) => account === other.id));
      const ofMember = await entriesFor(overseer, `limit=1000&account=${member.id}`);
      assert.deepEqual(
        ofMember.map(({ seq }) => seq),
        (await entriesFor(member, 'limit=1000')).map(({ seq }) => seq),
      );
    }
  });

  test('shows a member nothing about another account, and not where an admin was', async () => {
    assertProblem(await askApi(gateway, `/audit?account=${other.id}`, { token: member.token }), 403, 'not-allowed');
    assertProblem(await askApi(gateway, '/audit?account=nobody', { token: member.token }), 403, 'not-allowed');
    assert.ok((await entriesFor(member, `account=${member.id}`)).length > 0);
    const actor = { accountId: admin.id, address: '192.0.2.1', userAgent: 'of the admin' };
    await gateway.services.accounts.enable('other', actor);
    const [seen] = await entriesFor(other, 'type=account.enabled');
    assert.deepEqual([seen?.actor, seen?.address, seen?.user_agent], [admin.id, null, null]);
    const [whole] = await entriesFor(auditor, `type=account.enabled&account=${other.id}`);
    assert.equal(whole?.address, '192.0.2.1');
  });

  test('comes in pages that have each entry once', async () => {
    const whole = (await entriesFor(member, 'limit=1000')).map(({ seq }) => seq);
    const paged: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path: string = `/audit?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await askApi(gateway, path, { token: member.token });
      assert.ok(body.items.length <= 2);
      paged.push(...body.items.map(({ seq }: Entry) => seq));
      cursor = body.next;
    }
    assert.deepEqual(paged, whole);
  });

  test('is narrowed by type and time', async () => {
    assert.equal((await entriesFor(member, 'type=session.refused')).length, 3);
    assert.deepEqual(await entriesFor(member, 'type=no.such-type'), []);
    const [, second] = await entriesFor(member);
    const at = encodeURIComponent(second?.at ?? '');
    assert.equal((await entriesFor(member, `since=${at}`)).at(-1)?.seq === undefined, false);
    assert.ok((await entriesFor(member, `since=${at}`)).every((entry) => entry.at >= (second?.at ?? '')));
    assert.ok((await entriesFor(member, `until=${at}`)).every((entry) => entry.at < (second?.at ?? '')));
    assert.deepEqual(await entriesFor(member, 'until=2001-01-01T00:00:00%2B02:00'), []);
  });

  test('refuses times, cursors and parameters that are none: 400', async () => {
    const cursors = ['abc', 'MA', Buffer.from('-1').toString('base64url'), Buffer.from('1e3').toString('base64url')];
    for (const query of [
      'since=yesterday',
      'until=2026-02-30',
      'since=2026-11-21T23:59:60Z',
      ...cursors.map((cursor) => `cursor=${cursor}`),
      'limit=1001',
      'limit=1.5',
      `type=${'x'.repeat(65)}`,
      'kind=any',
    ]) {
      const reply = await askApi(gateway, `/audit?${query}`, { token: member.token });
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors?.[0]?.field.replace(/^\//, ''), query.split('=')[0], reply.text);
    }
  });

  test('is for who is logged in', async () => {
    assertProblem(await askApi(gateway, '/audit'), 401, 'not-authenticated');
    assertProblem(await askApi(gateway, '/audit', { token: 'junk' }), 401, 'invalid-token');
  });
});
