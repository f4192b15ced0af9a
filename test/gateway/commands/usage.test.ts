import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { AccountUsage, TotalUsage } from '../../../gateway/services/usage-reports.ts';
import { Gatehouse } from '../../support/gatehouse.ts';
import { GatewayProcess } from '../../support/process.ts';
import { exchange } from '../../support/wire-request.ts';

const SIZE = 70_000;

describe('gatehouse usage', () => {
  let gateway: GatewayProcess;
  let gatehouse: Gatehouse;
  before(async () => {
    gateway = await GatewayProcess.start();
    gatehouse = new Gatehouse(gateway.folder);
    await put('/shelf');
    await put('/shelf/a', randomBytes(SIZE));
    await put('/shelf/copy', undefined, { 'x-amz-copy-source': '/shelf/a' });
    await gatehouse.json('user', 'add', 'ann');
    await gatehouse.json('user', 'set-quota', 'ann', '1000');
  });
  after(() => gateway.stop());

  async function put(path: string, body: Buffer = Buffer.alloc(0), headers: Record<string, string> = {}) {
    const { status } = await exchange(gateway.s3Url, {
      method: 'PUT',
      target: path,
      body,
      headers,
      credentials: gateway,
    });
    assert.equal(status, 200, path);
  }

  test('tells what accounts store, and what that takes, while the gateway runs', async () => {
    const { accounts, total } = await gatehouse.json<{ accounts: AccountUsage[]; total: TotalUsage }>('usage');
    const rows = accounts.map((row) => [row.account, row.object_count, row.logical_bytes, row.quota_bytes]);
    assert.deepEqual(rows, [
      ['ann', 0, 0, 1000],
      ['root', 2, 2 * SIZE, null],
    ]);
    assert.deepEqual(total, {
      ...{ account_count: 2, object_count: 2, logical_bytes: 2 * SIZE, stored_bytes: SIZE, saved_bytes: SIZE },
      ...{ released_bytes: 0, trash_files: 0, trash_bytes: 0, part_count: 0, part_bytes: 0 },
    });
  });

  test('prints tables, and that of one account alone', async () => {
    const { text } = await gatehouse.run('usage');
    assert.match(text, /^account +object_count +logical_bytes +quota_bytes\nann +0 +0 +1000\nroot +2 +140000 +-\n\n/);
    assert.match(text, /^saved_bytes +70000$/m);
    const one = await gatehouse.run('usage', '--account', 'ann');
    assert.match(one.text, /^account .*\nann +0 +0 +1000$/);
    const { accounts, total } = await gatehouse.json<{ accounts: AccountUsage[]; total: null }>(
      'usage',
      '--account',
      'ann',
    );
    assert.deepEqual([accounts.length, total], [1, null]);
  });

  test('refuses an account that is not there in one line', async () => {
    const { status, text, complaint } = await gatehouse.feed('', 'usage', '--account', 'nobody');
    assert.deepEqual([status, text], [1, '']);
    assert.equal(complaint, "There is no account named 'nobody'.\n");
  });
});
