import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiInit, type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { Conversation } from '../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

/** A gateway with accounts of every role, each with a bucket maker. */
class Town {
  readonly gateway: TestGateway;
  readonly users: Readonly<Record<'ann' | 'bob' | 'admin' | 'auditor', ApiUser>>;

  private constructor(gateway: TestGateway, users: Town['users']) {
    this.gateway = gateway;
    this.users = users;
  }

  static async found(claims: 'admin' | 'first-come'): Promise<Town> {
    const gateway = await startGateway({ GATEHOUSE_CLAIMS: claims });
    return new Town(gateway, {
      ann: await addApiUser(gateway, 'ann'),
      bob: await addApiUser(gateway, 'bob'),
      admin: await addApiUser(gateway, 'ada', { role: 'admin' }),
      auditor: await addApiUser(gateway, 'abe', { role: 'auditor' }),
    });
  }

  ask(user: ApiUser, path: string, init: ApiInit = {}) {
    return askApi(this.gateway, path, { token: user.token, ...init });
  }

  claim(user: ApiUser, body: object) {
    return this.ask(user, '/claims', { method: 'POST', body });
  }

  give(user: ApiUser, prefix: string, query = '') {
    return this.ask(user, `/claims/${prefix}${query}`, { method: 'DELETE' });
  }

  async addBucket(user: ApiUser, name: string): Promise<void> {
    const pair = await this.gateway.services.accessKeys.create({ id: user.id });
    await new Conversation(this.gateway, pair).createBucket(name);
  }

  async prefixes(user: ApiUser, query = ''): Promise<string[]> {
    const { body } = await this.ask(user, `/claims${query}`);
    return body.items.map((item: { prefix: string; account: string }) => `${item.account}:${item.prefix}`);
  }
}

const BAD_PREFIXES = ['', 'Upper', '-dash', '.dot', 'with space', 'sl/ash', 'ünder', 'x'.repeat(64)];

describe('claims that admins give', () => {
  let town: Town;
  let users: Town['users'];
  before(async () => {
    town = await Town.found('admin');
    ({ users } = town);
  });
  after(() => town.gateway.stop());

  test('go to any account, by name or id, also to several', async () => {
    const { ann, bob, admin } = users;
    const given = await town.claim(admin, { prefix: 'team-', account: 'ann' });
    assert.equal(given.status, 201, given.text);
    const { created_at: createdAt, ...claim } = given.body;
    assert.deepEqual(claim, { prefix: 'team-', account: 'ann', account_id: ann.id });
    assert.ok(Date.parse(createdAt) <= Date.now());
    assert.equal((await town.claim(admin, { prefix: 'team-', account: bob.id })).status, 201);
    assert.equal((await town.claim(admin, { prefix: 'adas-' })).body.account, 'ada');
    assertProblem(await town.claim(admin, { prefix: 'team-', account: 'ann' }), 409, 'claim-exists');
    assertProblem(await town.claim(admin, { prefix: 'x-', account: 'nobody' }), 404, 'no-such-account');
  });

  test('are shown to their account, and all of them to admins and auditors', async () => {
    const { ann, bob, admin, auditor } = users;
    assert.deepEqual(await town.prefixes(ann), ['ann:team-']);
    for (const user of [admin, auditor]) {
      assert.deepEqual(await town.prefixes(user), ['ada:adas-', 'ann:team-', 'bob:team-']);
      assert.deepEqual(await town.prefixes(user, `?account=${bob.id}`), ['bob:team-']);
      assertProblem(await town.ask(user, '/claims?account=nobody'), 404, 'no-such-account');
    }
    assert.deepEqual(await town.prefixes(ann, '?account=ann'), ['ann:team-']);
    for (const other of ['bob', 'nobody']) {
      assertProblem(await town.ask(ann, `/claims?account=${other}`), 403, 'not-allowed');
    }
    const first = (await town.ask(admin, '/claims?limit=2')).body;
    const second = (await town.ask(admin, `/claims?limit=2&cursor=${first.next}`)).body;
    assert.deepEqual([first.items.length, second.items.length, second.next], [2, 1, null]);
    for (const query of ['cursor=!', `cursor=${Buffer.from('one').toString('base64url')}`, 'limit=0', 'x=1']) {
      assertProblem(await town.ask(admin, `/claims?${query}`), 400, 'invalid-request');
    }
  });

  test('are for nobody else to give, take or give up', async () => {
    const { ann, auditor } = users;
    for (const body of [
      { prefix: 'mine-' },
      { prefix: 'mine-', account: 'ann' },
      { prefix: 'm-', grandfather: true },
    ]) {
      const refused = await town.claim(ann, body);
      assertProblem(refused, 403, 'not-allowed');
      assert.ok(refused.body.detail.includes(`'${body.prefix}'`), refused.text);
    }
    assertProblem(await town.claim(ann, { prefix: 'mine-', account: 'bob' }), 403, 'not-allowed');
    assertProblem(await town.claim(auditor, { prefix: 'mine-' }), 403, 'not-allowed');
    assertProblem(await town.claim(auditor, { prefix: 'mine-', account: 'ann' }), 403, 'not-allowed');
    assertProblem(await town.give(ann, 'team-'), 403, 'not-allowed');
    assertProblem(await town.give(ann, 'team-', '?account=bob'), 403, 'not-allowed');
    assertProblem(await town.give(auditor, 'team-', '?account=ann'), 403, 'not-allowed');
    assertProblem(await askApi(town.gateway, '/claims'), 401, 'not-authenticated');
  });

  test('over buckets of others need to be told to leave them', async () => {
    const { bob, admin } = users;
    await town.addBucket(bob, 'early-bob');
    const conflict = await town.claim(admin, { prefix: 'early-', account: 'ann' });
    assertProblem(conflict, 409, 'claim-conflict');
    assert.match(conflict.body.detail, /early-bob \(of bob\)/);
    assert.equal((await town.claim(admin, { prefix: 'early-', account: 'ann', grandfather: true })).status, 201);
    await assert.rejects(town.addBucket(bob, 'early-two'));
  });

  test('end for their account alone', async () => {
    const { ann, admin } = users;
    assert.equal((await town.give(admin, 'team-', '?account=ann')).status, 204);
    assertProblem(await town.give(admin, 'team-', '?account=ann'), 404, 'no-such-claim');
    assertProblem(await town.give(admin, 'team-'), 404, 'no-such-claim');
    assertProblem(await town.give(admin, 'team-', '?account=nobody'), 404, 'no-such-account');
    assert.ok(!(await town.prefixes(ann)).includes('ann:team-'));
    assert.ok((await town.prefixes(admin)).includes('bob:team-'));
  });

  for (const prefix of BAD_PREFIXES) {
    test(`do not begin with '${prefix.slice(0, 12)}'`, async () => {
      const reply = await town.claim(users.admin, { prefix });
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, '/prefix');
    });
  }

  test('have no other fields', async () => {
    assertProblem(await town.claim(users.admin, { prefix: 'a-', force: true }), 400, 'invalid-request');
    assertProblem(await town.claim(users.admin, {}), 400, 'invalid-request');
    assertProblem(await town.claim(users.admin, { prefix: 'a-', grandfather: 'yes' }), 400, 'invalid-request');
  });
});

describe('claims of who comes first', () => {
  let town: Town;
  let users: Town['users'];
  before(async () => {
    town = await Town.found('first-come');
    ({ users } = town);
  });
  after(() => town.gateway.stop());

  test('are taken where they are free, by their account', async () => {
    const { ann, bob, admin } = users;
    const taken = await town.claim(ann, { prefix: 'ann-' });
    assert.equal(taken.status, 201, taken.text);
    assert.deepEqual([taken.body.prefix, taken.body.account], ['ann-', 'ann']);
    assert.equal((await town.claim(ann, { prefix: 'ann-s-', account: ann.id })).status, 201);
    assertProblem(await town.claim(ann, { prefix: 'ann-' }), 409, 'claim-exists');
    for (const prefix of ['ann-', 'ann', 'a', 'ann-x', 'ann-s-1']) {
      const refused = await town.claim(bob, { prefix });
      assertProblem(refused, 403, 'not-allowed');
      assert.ok(refused.body.detail.includes(`'${prefix}'`), refused.text);
    }
    assert.equal((await town.claim(admin, { prefix: 'ann-', account: 'bob' })).status, 201);
    assertProblem(await town.claim(bob, { prefix: 'b-', account: 'ann' }), 403, 'not-allowed');
    assertProblem(await town.claim(users.auditor, { prefix: 'c-' }), 403, 'not-allowed');
  });

  test('are not over buckets of others, whose names are not told', async () => {
    const { ann, bob } = users;
    await town.addBucket(bob, 'plot-secret-name');
    const conflict = await town.claim(ann, { prefix: 'plot-' });
    assertProblem(conflict, 409, 'claim-conflict');
    assert.ok(!conflict.text.includes('secret'), conflict.text);
    assertProblem(await town.claim(ann, { prefix: 'plot-', grandfather: true }), 403, 'not-allowed');
    assert.equal((await town.claim(bob, { prefix: 'plot-' })).status, 201);
  });

  test('of two who ask at once one has it', async () => {
    const { ann, bob } = users;
    const replies = await Promise.all([ann, bob].map((user) => town.claim(user, { prefix: 'race-' })));
    assert.deepEqual(replies.map(({ status }) => status).sort(), [201, 403]);
  });

  test('are done once where they are repeated with their name', async () => {
    const init = { method: 'POST', body: { prefix: 'twice-' }, headers: { 'Idempotency-Key': 'claim-twice' } };
    const [first, second] = [await town.ask(users.ann, '/claims', init), await town.ask(users.ann, '/claims', init)];
    assert.deepEqual([second.status, second.body], [201, first.body]);
  });

  test('are given up by their account, and no others', async () => {
    const { ann, bob } = users;
    assert.equal((await town.give(ann, 'ann-s-')).status, 204);
    assertProblem(await town.give(ann, 'ann-s-'), 404, 'no-such-claim');
    assertProblem(await town.give(bob, 'twice-'), 404, 'no-such-claim');
    assertProblem(await town.give(bob, 'twice-', '?account=ann'), 403, 'not-allowed');
    assertProblem(await town.give(ann, 'x'.repeat(64)), 400, 'invalid-request');
  });

  test('of several that are registered at once are granted all or none, naming what is in the way', async () => {
    const { claims, accounts } = town.gateway.services;
    const cat = await accounts.create({ name: 'cat' });
    const actor = { accountId: cat.id, address: null, userAgent: null };
    for (const taken of ['ann-', 'plot-secret']) {
      await assert.rejects(claims.requestClaims(cat, ['cats-', taken], actor), (error: unknown) => {
        assert.deepEqual(
          [(error as { code: string }).code, (error as { detail: { Prefix: string } }).detail.Prefix],
          ['PrefixClaimed', taken],
        );
        return true;
      });
    }
    await claims.requestClaims(cat, ['cats-', 'kittens-', 'cats-'], actor);
    await claims.requestClaims(cat, ['cats-'], actor);
    assert.deepEqual(await town.prefixes(users.admin, '?account=cat'), ['cat:cats-', 'cat:kittens-']);
  });

  test('are in the audit trail', async () => {
    const dan = await addApiUser(town.gateway, 'dan');
    await town.claim(dan, { prefix: 'dans-' });
    await town.give(dan, 'dans-');
    const { items } = (await town.ask(dan, '/audit?limit=2')).body;
    assert.deepEqual(
      items.map(({ type, actor, detail }: Record<string, unknown>) => [type, actor, detail]),
      [
        ['claim.removed', dan.id, { prefix: 'dans-' }],
        ['claim.added', dan.id, { prefix: 'dans-' }],
      ],
    );
  });
});
