import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let ann: ApiUser;
let bob: ApiUser;
let cat: ApiUser;
let admin: ApiUser;
let auditor: ApiUser;

before(async () => {
  gateway = await startGateway();
  ann = await addApiUser(gateway, 'ann');
  bob = await addApiUser(gateway, 'bob');
  cat = await addApiUser(gateway, 'cat');
  admin = await addApiUser(gateway, 'admin', { role: 'admin' });
  auditor = await addApiUser(gateway, 'auditor', { role: 'auditor' });
  for (const name of ['photos', 'films', 'plans', 'notes']) {
    const { account } = await gateway.services.sessions.authenticate(ann.token);
    await gateway.services.buckets.create({ name, account });
  }
});
after(() => gateway.stop());

const dcl = (user: ApiUser | undefined, statements: string) =>
  askApi(gateway, '/dcl', { method: 'POST', token: user?.token, body: { statements } });
const ask = (user: ApiUser | undefined, asked: string, body?: unknown) => {
  const [method = 'GET', path = ''] = asked.split(' ');
  return askApi(gateway, path, { method, token: user?.token, body });
};

describe('POST /dcl', () => {
  test('executes statements and tells what became of each', async () => {
    const reply = await dcl(
      ann,
      'grant read on bucket photos to user bob with grant option; SHOW GRANTS ON BUCKET photos',
    );
    assert.equal(reply.status, 200, reply.text);
    const [granted, shown] = reply.body.results;
    const statement = 'GRANT READ ON BUCKET photos TO USER bob WITH GRANT OPTION';
    assert.deepEqual(granted, { statement, changed: 1 });
    const { id, created_at, ...row } = shown.grants[0];
    assert.deepEqual(row, {
      privilege: 'READ',
      bucket: 'photos',
      prefix: null,
      object: null,
      collection: null,
      grantee: 'USER bob',
      grantor: 'USER ann',
      grant_option: true,
      statement,
    });
    assert.ok(id > 0 && Date.parse(created_at) > 0);
  });

  test('says where a statement is none', async () => {
    const reply = await dcl(ann, 'SHOW ROLES;\nGRANT READ TO PUBLIC');
    assertProblem(reply, 400, 'invalid-request');
    const message = "Line 2, column 15: expected USER or ROLE, but found 'PUBLIC'.";
    assert.deepEqual(reply.body.errors, [{ field: '/statements', message }]);
  });

  test('executes up to 100 statements at once', async () => {
    assert.equal((await dcl(ann, 'SHOW ROLES;'.repeat(100))).status, 200);
    assertProblem(await dcl(ann, 'SHOW ROLES;'.repeat(101)), 400, 'invalid-request');
  });

  test('grants or revokes up to 1000 privileges and roles at once: nobody else writes meanwhile', async () => {
    const to = (count: number) => `${'USER admin, '.repeat(count - 1)}USER admin`;
    assert.equal((await dcl(ann, `REVOKE ALL ON BUCKET photos FROM ${to(200)}`)).status, 200);
    for (const statements of [
      `REVOKE ALL ON BUCKET photos FROM ${to(201)}`,
      `REVOKE READ, LIST ON BUCKET photos FROM ${to(501)}`,
      `GRANT a, b TO ${to(501)}`,
      `REVOKE READ ON BUCKET photos FROM ${to(999)}; SHOW ROLES; SHOW GRANTS`,
    ]) {
      const reply = await dcl(ann, statements);
      assertProblem(reply, 400, 'invalid-request');
      const message = 'The statements grant or revoke more than 1000 privileges or roles, each to or from one.';
      assert.deepEqual(reply.body.errors, [{ field: '/statements', message }]);
    }
  });

  test('refuses what others hang on with 409, naming them', async () => {
    await dcl(bob, "GRANT READ ON BUCKET photos PREFIX 'a/' TO USER cat");
    const reply = await dcl(ann, 'REVOKE READ ON BUCKET photos FROM USER bob');
    assertProblem(reply, 409, 'grants-depend');
    assert.match(reply.body.detail, /READ ON BUCKET photos PREFIX 'a\/' TO USER cat \(granted by USER bob\)/);
    assert.equal((await dcl(ann, 'REVOKE READ ON BUCKET photos FROM USER bob CASCADE')).body.results[0].changed, 2);
  });

  test('is for who is logged in; auditors look and change nothing', async () => {
    assertProblem(await dcl(undefined, 'SHOW ROLES'), 401, 'not-authenticated');
    assertProblem(await dcl(auditor, 'GRANT READ ON BUCKET photos TO USER bob'), 403, 'not-allowed');
    assertProblem(await dcl(auditor, 'CREATE ROLE r'), 403, 'not-allowed');
    assert.equal((await dcl(auditor, 'SHOW GRANTS; SHOW ROLES')).status, 200);
    assertProblem(await dcl(cat, 'GRANT READ ON BUCKET photos TO USER bob'), 403, 'not-allowed');
  });

  test('says what is not there', async () => {
    assertProblem(await dcl(ann, 'GRANT READ ON BUCKET nowhere TO USER bob'), 404, 'not-found');
    assertProblem(await dcl(ann, 'GRANT READ ON BUCKET photos TO USER nobody'), 404, 'no-such-account');
    assertProblem(await dcl(ann, 'GRANT READ ON BUCKET photos TO ROLE nobody'), 404, 'no-such-role');
    assertProblem(await dcl(ann, 'DROP ROLE nobody'), 404, 'no-such-role');
  });

  test('lets admins act as the owner', async () => {
    const reply = await dcl(admin, 'GRANT LIST ON BUCKET films TO USER bob');
    assert.equal(reply.status, 200, reply.text);
    const { items } = (await ask(bob, 'GET /grants?user=bob')).body;
    assert.deepEqual(
      items.map(({ statement, grantor }: { statement: string; grantor: string }) => `${statement} by ${grantor}`),
      ['GRANT LIST ON BUCKET films TO USER bob by USER ann'],
    );
    assertProblem(await dcl(admin, 'GRANT READ ON COLLECTION letters TO USER cat'), 404, 'no-such-collection');
  });

  test('is in the audit trail of whom it is about', async () => {
    await dcl(ann, 'GRANT WRITE ON BUCKET films TO USER cat');
    const { items } = (await ask(cat, 'GET /audit?type=grant.given')).body;
    assert.equal(items[0].actor, ann.id);
    assert.match(items[0].detail.grant, /^WRITE ON BUCKET films TO USER cat \(granted by USER ann\)$/);
  });
});

describe('/grants', () => {
  const body = { privileges: ['READ', 'LIST'], on: { bucket: 'plans', prefix: 'a/' } };

  test('POST grants, GET lists, DELETE revokes', async () => {
    const granted = await ask(ann, 'POST /grants', { ...body, to: [{ user: 'bob' }, { public: true }] });
    assert.equal(granted.status, 201, granted.text);
    assert.deepEqual(granted.body, { changed: 4 });
    const listed = await ask(ann, 'GET /grants?bucket=plans&prefix=a/&user=bob');
    assert.equal(listed.body.items.length, 2);
    assert.equal(listed.body.items[0].prefix, 'a/');
    const revoked = await ask(ann, 'DELETE /grants', { ...body, from: [{ user: 'bob' }, { public: true }] });
    assert.deepEqual([revoked.status, revoked.body], [200, { changed: 4 }]);
    assert.deepEqual((await ask(ann, 'GET /grants?bucket=plans')).body, { items: [], next: null });
  });

  test('are listed in pages', async () => {
    await dcl(ann, 'GRANT ALL ON BUCKET notes TO USER bob');
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page = await ask(ann, `GET /grants?bucket=notes&limit=2${next === '' ? '' : `&cursor=${next}`}`);
      seen.push(...page.body.items.map(({ privilege }: { privilege: string }) => privilege));
      next = page.body.next;
    }
    assert.deepEqual(seen, ['READ', 'WRITE', 'LIST', 'DELETE', 'ADMIN']);
    assertProblem(await ask(ann, 'GET /grants?cursor=eA'), 400, 'invalid-request');
  });

  test('are seen by whom they concern, and by all who oversee', async () => {
    const count = async (user: ApiUser) => (await ask(user, 'GET /grants?bucket=notes')).body.items.length;
    assert.deepEqual([await count(ann), await count(bob), await count(cat)], [5, 5, 0]);
    assert.deepEqual([await count(admin), await count(auditor)], [5, 5]);
    assertProblem(await ask(undefined, 'GET /grants'), 401, 'not-authenticated');
  });

  const malformed: readonly (readonly [body: object, field: string])[] = [
    [{ ...body, to: [] }, '/to'],
    [{ ...body, to: [{}] }, '/to/0/user'],
    [{ ...body, to: [{ user: 'bob', role: 'r' }] }, '/to/0/user'],
    [{ ...body, privileges: ['EAT'], to: [{ user: 'bob' }] }, '/privileges/0'],
    [{ ...body, privileges: ['ALL', 'READ'], to: [{ user: 'bob' }] }, '/privileges'],
    [{ ...body, on: {}, to: [{ user: 'bob' }] }, '/on/bucket'],
    [{ ...body, on: { prefix: 'a' }, to: [{ user: 'bob' }] }, '/on/bucket'],
    [{ ...body, on: { bucket: 'plans', prefix: 'a', object: 'b' }, to: [{ user: 'bob' }] }, '/on/collection'],
    [{ ...body, on: { bucket: 'plans', object: 'b' }, to: [{ user: 'bob' }] }, '/privileges'],
    [{ ...body, to: [{ user: 'bob' }], more: 1 }, '/more'],
  ];
  for (const [wrong, field] of malformed) {
    test(`POST refuses ${JSON.stringify(wrong)}`, async () => {
      const reply = await ask(ann, 'POST /grants', wrong);
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, field);
    });
  }

  test('POST grants no option to everybody', async () => {
    const reply = await ask(ann, 'POST /grants', { ...body, to: [{ public: true }], grant_option: true });
    assertProblem(reply, 400, 'invalid-request');
  });
});

describe('/roles', () => {
  test('are made, filled, seen, emptied and dropped', async () => {
    const made = await ask(ann, 'POST /roles', { name: 'crew' });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.body.name, made.body.owner], ['crew', 'ann']);
    assertProblem(await ask(bob, 'POST /roles', { name: 'CREW' }), 409, 'role-exists');
    assertProblem(await ask(bob, 'POST /roles/crew/members', { user: 'bob' }), 403, 'not-allowed');
    const joined = await ask(ann, 'POST /roles/crew/members', { user: 'bob', admin_option: true });
    assert.equal(joined.status, 204, joined.text);
    const [member] = (await ask(bob, 'GET /roles/crew/members')).body.items;
    assert.deepEqual([member.member, member.grantor, member.admin_option], ['USER bob', 'USER ann', true]);
    assertProblem(await ask(cat, 'GET /roles/crew/members'), 404, 'no-such-role');
    const names = async (user: ApiUser) =>
      (await ask(user, 'GET /roles')).body.items.map(({ name }: { name: string }) => name);
    assert.deepEqual([await names(ann), await names(bob), await names(cat)], [['crew'], ['crew'], []]);
    assert.deepEqual([await names(admin), await names(auditor)], [['crew'], ['crew']]);
    assertProblem(await ask(ann, 'DELETE /roles/crew'), 409, 'grants-depend');
    assert.equal((await ask(ann, 'DELETE /roles/crew/members?user=bob')).status, 204);
    assert.equal((await ask(ann, 'DELETE /roles/crew')).status, 204);
    assertProblem(await ask(ann, 'DELETE /roles/crew'), 404, 'no-such-role');
  });

  test('are in no circle', async () => {
    await dcl(ann, 'CREATE ROLE one; CREATE ROLE two; GRANT one TO ROLE two');
    assertProblem(await ask(ann, 'POST /roles/two/members', { role: 'one' }), 409, 'circular-grant');
  });
});
