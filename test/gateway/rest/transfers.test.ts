import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import { type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { openTestDrive, type TestDrive } from '../../support/drives.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const DAY_MS = 86_400_000;

interface Person extends ApiUser {
  readonly drive: TestDrive;
}

describe('ownership transfers', () => {
  let gateway: TestGateway;
  let ann: Person;
  let bob: Person;
  let cat: Person;
  let eyes: ApiUser;
  let count = 0;
  before(async () => {
    gateway = await startGateway();
    [ann, bob, cat] = [await person('ann'), await person('bob'), await person('cat')];
    eyes = await addApiUser(gateway, 'eyes', { role: 'auditor' });
  });
  after(() => gateway.stop());

  async function person(name: string): Promise<Person> {
    const user = await addApiUser(gateway, name, { email: `${name}@example.com` });
    return { ...user, drive: await openTestDrive(gateway, name) };
  }

  /** A file of its own, which holds its path. */
  async function file(owner: Person = ann): Promise<string> {
    count += 1;
    const path = `files/${count}.txt`;
    await owner.drive.put(path);
    return path;
  }

  const offer = (by: ApiUser, body: object) => askApi(gateway, '/transfers', { method: 'POST', token: by.token, body });
  const accept = (by: ApiUser, id: string, body?: object) =>
    askApi(gateway, `/transfers/${id}/accept`, { method: 'POST', token: by.token, body });
  const end = (by: ApiUser, id: string) => askApi(gateway, `/transfers/${id}`, { method: 'DELETE', token: by.token });
  const list = async (by: ApiUser, query = '') => {
    const reply = await askApi(gateway, `/transfers${query}`, { token: by.token });
    assert.equal(reply.status, 200, reply.text);
    return reply.body;
  };
  const read = async ({ drive }: Person, path: string) => {
    const reply = await gateway.fetchSigned(`/${drive.bucket.name}/${encodeURI(path)}`, { credentials: drive.key });
    return reply.status === 200 ? reply.text() : reply.status;
  };
  const usage = async ({ id }: Person) => (await gateway.services.administration.get(id)).logical_bytes;

  async function offered(path: string, to = bob): Promise<string> {
    const reply = await offer(ann, { path, to: to.name });
    assert.equal(reply.status, 201, reply.text);
    return reply.body.id;
  }

  test('an offer says what is given to whom and until when, and both see it until it is accepted', async () => {
    const path = await file();
    const reply = await offer(ann, { path, to: 'bob', note: 'all yours' });
    assert.equal(reply.status, 201, reply.text);
    const { id, created_at, expires_at, ...told } = reply.body;
    assert.deepEqual(told, { status: 'offered', path, kind: 'file', from: 'ann', to: 'bob', note: 'all yours' });
    assert.equal(Date.parse(expires_at) - Date.parse(created_at), 14 * DAY_MS);
    assert.deepEqual((await list(ann, '?sent')).items, [reply.body]);
    assert.deepEqual((await list(bob, '?received')).items, [reply.body]);
    assert.deepEqual((await list(bob)).items, [reply.body]);
    for (const nothing of [list(ann, '?received'), list(bob, '?sent'), list(cat)]) {
      assert.deepEqual(await nothing, { items: [], next: null });
    }
    assert.deepEqual([await read(ann, path), await read(bob, path)], [path, 404]);

    const accepted = await accept(bob, id);
    assert.equal(accepted.status, 200, accepted.text);
    assert.deepEqual(accepted.body, { status: 'accepted', path, kind: 'file', from: 'ann', to: 'bob' });
    assert.deepEqual([await read(ann, path), await read(bob, path)], [404, path]);
    assert.deepEqual((await list(ann)).items, []);
    assertProblem(await accept(bob, id), 404, 'no-such-transfer');
  });

  test('a folder is handed over with all that is in it, and may be called otherwise', async () => {
    for (const name of ['a', 'b/c']) await ann.drive.put(`given/${name}`);
    const [before, id] = [await usage(ann), await offered('given/')];
    const reply = await accept(bob, id, { path: 'taken/from ann' });
    assert.deepEqual(reply.body, {
      status: 'accepted',
      path: 'taken/from ann/',
      kind: 'folder',
      from: 'ann',
      to: 'bob',
    });
    assert.equal(await read(bob, 'taken/from ann/b/c'), 'given/b/c');
    assert.equal(await usage(ann), before - 'given/a'.length - 'given/b/c'.length);
  });

  test('what has the name of something else gets a number, and no path that is taken', async () => {
    const path = await file();
    await bob.drive.put(path, 'taken');
    const id = await offered(path);
    assertProblem(await accept(bob, id, { path: 'taken' }), 409, 'file-exists');
    assertProblem(await accept(bob, id, { path: '../up' }), 400, 'invalid-path');
    assertProblem(await accept(bob, id, { path: 'a folder/' }), 400, 'invalid-path');
    assertProblem(await accept(bob, id, { to: 'x' }), 400, 'invalid-request');
    const reply = await accept(bob, id);
    assert.equal(reply.body.path, path.replace('.txt', ' (2).txt'));
    assert.equal(await read(bob, reply.body.path), path);
  });

  test('an offer is withdrawn or declined, and is nobody else’s to end or accept', async () => {
    const path = await file();
    for (const party of [ann, bob]) {
      const id = await offered(path);
      assertProblem(await offer(ann, { path, to: 'cat' }), 409, 'offer-exists');
      for (const other of [cat, eyes]) {
        assertProblem(await accept(other, id), 404, 'no-such-transfer');
        assertProblem(await end(other, id), 404, 'no-such-transfer');
      }
      assertProblem(await accept(ann, id), 404, 'no-such-transfer');
      assert.equal((await end(party, id)).status, 204);
      assertProblem(await end(party, id), 404, 'no-such-transfer');
      assertProblem(await accept(bob, id), 404, 'no-such-transfer');
    }
    assert.equal(await read(ann, path), path);
  });

  test('only what is there and one’s own is offered, to another who is there and may own files', async () => {
    const path = await file();
    assertProblem(await offer(ann, { path: 'nothing', to: 'bob' }), 404, 'no-such-file');
    assertProblem(await offer(bob, { path, to: 'cat' }), 404, 'no-such-file');
    assertProblem(await offer(ann, { path: 'a/../b', to: 'bob' }), 400, 'invalid-path');
    assertProblem(await offer(ann, { path: '.trash/x', to: 'bob' }), 400, 'invalid-path');
    assertProblem(await offer(ann, { path, to: 'nobody' }), 404, 'no-such-account');
    assertProblem(await offer(ann, { path, to: 'ann' }), 400, 'invalid-request');
    assertProblem(await offer(ann, { path, to: 'eyes' }), 400, 'invalid-request');
    assertProblem(await offer(ann, { path }), 400, 'invalid-request');
    assertProblem(await offer(ann, { path, to: 'bob', note: 'x'.repeat(1025) }), 400, 'invalid-request');
    assertProblem(
      await askApi(gateway, '/transfers', { method: 'POST', body: { path, to: 'bob' } }),
      401,
      'not-authenticated',
    );
    await addApiUser(gateway, 'fay');
    await gateway.services.accounts.disable('fay');
    assertProblem(await offer(ann, { path, to: 'fay' }), 404, 'no-such-account');
    assert.deepEqual((await list(ann)).items, []);
  });

  test('what is deleted meanwhile cannot be accepted, and what is moved can', async () => {
    const [gone, path] = [await file(), await file()];
    const ids = [await offered(gone), await offered(path)] as const;
    await ann.drive.remove(gone);
    assertProblem(await accept(bob, ids[0]), 404, 'no-such-transfer');
    const init = { method: 'PUT', credentials: ann.drive.key, headers: { 'x-amz-rename-source': encodeURI(path) } };
    const renamed = await gateway.fetchSigned(`/${ann.drive.bucket.name}/moved.txt?renameObject`, init);
    assert.equal(renamed.status, 200, await renamed.text());
    assert.equal((await accept(bob, ids[1])).body.path, 'moved.txt');
  });

  test('a recipient without room is told so, and everything stays as it was', async () => {
    const path = await file();
    const id = await offered(path);
    const setQuota = (quotaBytes: number | null) =>
      gateway.services.administration.change(bob.id, { quotaBytes }, OPERATOR);
    await setQuota((await usage(bob)) + path.length - 1);
    const before = [await usage(ann), await usage(bob)];
    assertProblem(await accept(bob, id), 507, 'quota-exceeded');
    assert.deepEqual([await usage(ann), await usage(bob)], before);
    assert.deepEqual([await read(ann, path), await read(bob, path)], [path, 404]);
    await setQuota((await usage(bob)) + path.length);
    assert.equal((await accept(bob, id)).status, 200);
    await setQuota(null);
  });

  test('whom it is shared with keeps it', async () => {
    const path = await file();
    const body = { path, with: 'cat', permission: 'read' };
    assert.equal((await askApi(gateway, '/shares', { method: 'POST', token: ann.token, body })).status, 201);
    await accept(bob, await offered(path));
    const received = await askApi(gateway, '/shares?received', { token: cat.token });
    assert.equal(received.status, 200, received.text);
    const { items } = received.body;
    assert.deepEqual(
      items.map((share: Record<string, unknown>) => [share.path, share.drive]),
      [[path, 'bob']],
    );
    const seen = await askApi(gateway, `/files/${path}?drive=bob`, { token: cat.token });
    assert.deepEqual([seen.status, seen.text], [200, path]);
    assertProblem(await askApi(gateway, `/files/${path}?drive=bob`, { token: ann.token }), 404, 'no-such-file');
  });

  test('the list comes in pages, and offers are in the audit trail', async () => {
    const dora = await person('dora');
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) ids.push(await offered(await file(), dora));
    const first = await list(dora, '?received&limit=2');
    const second = await list(dora, `?received&limit=2&cursor=${first.next}`);
    const found = [...first.items, ...second.items].map(({ id }: { id: string }) => id);
    assert.deepEqual([found, second.next], [ids, null]);
    await end(dora, ids[0] ?? '');
    await accept(dora, ids[1] ?? '');
    const { items } = (await askApi(gateway, '/audit?limit=10', { token: dora.token })).body;
    const types = items
      .map((entry: Record<string, unknown>) => entry.type)
      .filter((type: string) => type.startsWith('transfer'));
    assert.deepEqual(types, ['transfer.accepted', 'transfer.withdrawn', ...Array(3).fill('transfer.offered')]);
  });

  test('who repeats a request with its idempotency key is told what came of the first', async () => {
    const path = await file();
    const init = {
      method: 'POST',
      token: ann.token,
      body: { path, to: 'bob' },
      headers: { 'Idempotency-Key': 'once' },
    };
    const [first, second] = [await askApi(gateway, '/transfers', init), await askApi(gateway, '/transfers', init)];
    assert.deepEqual([first.status, second.status, second.body], [201, 201, first.body]);
  });

  test('an owner hands over at once where a dialect says so, and nobody else does', async () => {
    const path = await file();
    const { transfers, drives } = gateway.services;
    const askerOf = async ({ name, id }: Person) => ({
      principal: { kind: 'account', account: await gateway.services.accounts.get(name), accessKey: undefined } as const,
      actor: { accountId: id, address: null, userAgent: null },
      context: { get: () => undefined },
    });
    const drive = await drives.get('ann');
    await assert.rejects(transfers.handOver(await askerOf(bob), { drive, path, to: 'cat' }), { code: 'NoSuchKey' });
    const moved = await transfers
      .handOver(await askerOf(ann), { drive, path, to: 'bob@example.com' })
      .catch((error) => error);
    assert.equal(moved.code, 'NoSuchAccount', 'an e-mail that is not verified names nobody');
    const { path: now } = await transfers.handOver(await askerOf(ann), { drive, path, to: 'bob' });
    assert.deepEqual([now, await read(bob, path)], [path, path]);
  });
});

describe('where ownership is handed over at once', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_TRANSFERS: 'at-once' });
  });
  after(() => gateway.stop());

  test('the reply says so, the recipient owns it, and its quota counts', async () => {
    const [ann, bob] = [await addApiUser(gateway, 'ann'), await addApiUser(gateway, 'bob')];
    const drive = await openTestDrive(gateway, 'ann');
    await drive.put('special/file', 'other');
    const offer = (path: string) =>
      askApi(gateway, '/transfers', { method: 'POST', token: ann.token, body: { path, to: 'bob' } });
    const reply = await offer('special/file');
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(reply.body, { status: 'accepted', path: 'special/file', kind: 'file', from: 'ann', to: 'bob' });
    const seen = await askApi(gateway, '/files/special/file', { token: bob.token });
    assert.deepEqual([seen.status, seen.text], [200, 'special/file']);
    assertProblem(await askApi(gateway, '/files/special/file', { token: ann.token }), 404, 'no-such-file');
    assertProblem(await offer('special/file'), 404, 'no-such-file');
    await gateway.services.administration.change(bob.id, { quotaBytes: 12 }, OPERATOR);
    assertProblem(await offer('other'), 507, 'quota-exceeded');
    assert.equal((await askApi(gateway, '/files/other', { token: ann.token })).status, 200);
  });
});
