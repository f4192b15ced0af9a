import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { Conversation } from '../../support/conversation.ts';
import { openTestDrive } from '../../support/drives.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { textOf } from '../../support/strict-xml.ts';
import { xmlOf } from '../../support/wire.ts';

const LARGE = 100_000;

describe('usage', () => {
  let gateway: TestGateway;
  let root: ApiUser;
  let ann: ApiUser;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_DEDUPLICATION: 'always' });
    ann = await addApiUser(gateway, 'ann');
    root = await addApiUser(gateway, 'boss', { role: 'admin' });
    await addApiUser(gateway, 'bob');
  });
  after(() => gateway.stop());

  const usage = async (query = '') => {
    const reply = await askApi(gateway, `/usage${query}`, { token: root.token });
    assert.equal(reply.status, 200, reply.text);
    return reply.body;
  };

  test('is for admins and auditors', async () => {
    assertProblem(await askApi(gateway, '/usage'), 401, 'not-authenticated');
    assertProblem(await askApi(gateway, '/usage', { token: ann.token }), 403, 'not-allowed');
    const eyes = await addApiUser(gateway, 'eyes', { role: 'auditor' });
    assert.equal((await askApi(gateway, '/usage', { token: eyes.token })).status, 200);
  });

  test('of nothing is nothing', async () => {
    const { total, items } = await usage();
    assert.equal(total.account_count, items.length);
    const { account_count: _, ...numbers } = total;
    assert.deepEqual(new Set(Object.values(numbers)), new Set([0]));
  });

  test('says what accounts store, what that takes, what sharing saves, and what waits for somebody', async () => {
    const drives = { ann: await openTestDrive(gateway, 'ann'), bob: await openTestDrive(gateway, 'bob') };
    const send = (name: 'ann' | 'bob') => new Conversation(gateway, drives[name].key);
    const put = (name: 'ann' | 'bob', key: string, body: Buffer) =>
      send(name).succeed({ method: 'PUT', target: `/${drives[name].bucket.name}/${key}`, body });
    const same = Buffer.alloc(LARGE, 'same');
    await put('ann', 'a', same);
    await put('bob', 'b', same);
    await put('bob', 'c', Buffer.alloc(LARGE, 'other'));
    await put('bob', 'c', Buffer.alloc(7, 'x'));
    const bucket = `/${drives.ann.bucket.name}`;
    const begun = xmlOf(await send('ann').succeed({ method: 'POST', target: `${bucket}/up?uploads=`, body: '' }));
    const target = `${bucket}/up?partNumber=1&uploadId=${textOf(begun, 'UploadId')}`;
    await send('ann').succeed({ method: 'PUT', target, body: Buffer.alloc(50_000, 'part') });

    const { total, items, next } = await usage();
    assert.deepEqual(total, {
      account_count: items.length,
      object_count: 3,
      logical_bytes: 2 * LARGE + 7 + 50_000,
      stored_bytes: LARGE + 7 + 50_000,
      saved_bytes: LARGE,
      released_bytes: LARGE,
      ...{ trash_files: 0, trash_bytes: 0, part_count: 1, part_bytes: 50_000 },
    });
    assert.equal(next, null);
    const of = (name: string) => items.find(({ account }: { account: string }) => account === name);
    assert.deepEqual(of('ann'), {
      ...{ account: 'ann', account_id: ann.id, object_count: 1, logical_bytes: LARGE + 50_000, quota_bytes: null },
    });
    assert.equal(of('bob').logical_bytes, LARGE + 7);
  });

  test('counts what is in the trash of drives', async () => {
    const drive = await openTestDrive(gateway, 'bob');
    await drive.put('thrown away');
    const before = (await usage()).total;
    const bob = await gateway.services.sessions.open(await gateway.services.accounts.get('bob'), {
      methods: 'password',
      actor: { accountId: null, address: null, userAgent: null },
    });
    const init = { method: 'DELETE', token: bob.accessToken };
    assert.equal((await askApi(gateway, '/files/thrown%20away', init)).status, 204);
    const { total } = await usage();
    assert.deepEqual([total.trash_files, total.trash_bytes], [1, 'thrown away'.length]);
    assert.equal(total.logical_bytes, before.logical_bytes);
  });

  test('comes in pages by name, with the total on the first, and of one account alone', async () => {
    const first = await usage('?limit=2');
    const second = await usage(`?limit=100&cursor=${first.next}`);
    assert.notEqual(first.total, null);
    assert.equal(second.total, null);
    const names = [...first.items, ...second.items].map(({ account }: { account: string }) => account);
    assert.deepEqual(names, names.toSorted());
    assert.equal(names.length, first.total.account_count);
    const { total, items } = await usage('?account=ann');
    assert.deepEqual([total, items.length, items[0].account], [null, 1, 'ann']);
    const reply = await askApi(gateway, '/usage?account=nobody', { token: root.token });
    assertProblem(reply, 404, 'no-such-account');
  });
});
