import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayProcess } from '../support/process.ts';
import { mountSmallDisk, noSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { type Answer, Client } from './client.ts';
import { checkObjects, checkRows } from './inspect.ts';
import { Ledger, stateOf } from './ledger.ts';
import { BUCKET } from './storm.ts';

const MEBIBYTE = 1 << 20;
const DISK_MEBIBYTES = 40;
const LARGE_BYTES = MEBIBYTE;
const SMALL_BYTES = 20_000;
const PATIENCE_MS = 15_000;

describe('when the disk is full', { skip: noSmallDisk ?? false }, () => {
  let disk: SmallDisk;
  let gateway: GatewayProcess;
  let client: Client;
  let ledger: Ledger;

  beforeEach(() => {
    disk = mountSmallDisk(DISK_MEBIBYTES);
    ledger = new Ledger();
  });
  afterEach(async () => {
    client.close();
    // Also complains of every 500 that it answered.
    await gateway.stop().finally(() => disk.unmount());
  });

  async function start(minFreeSpace: string): Promise<void> {
    gateway = await GatewayProcess.start({
      GATEHOUSE_DATA: join(disk.path, 'data'),
      GATEHOUSE_MIN_FREE_SPACE: minFreeSpace,
      GATEHOUSE_SWEEP_INTERVAL: '1',
      GATEHOUSE_SWEEP_GRACE: '0',
    });
    client = new Client(gateway);
    await client.expect([200], { method: 'PUT', path: `/${BUCKET}` });
  }

  async function put(key: string, sizeBytes: number): Promise<Answer> {
    const body = randomBytes(sizeBytes);
    ledger.begin(key, stateOf(body));
    const answer = await client.expect([200, 507], { method: 'PUT', path: `/${BUCKET}/${key}`, body });
    if (answer.status === 200) ledger.acknowledge(key, stateOf(body));
    else ledger.refuse(key, stateOf(body));
    return answer;
  }

  /** Puts objects, four at a time, until one is refused; resolves to the refusal. */
  async function fill(prefix: string, sizeBytes: number): Promise<Answer> {
    for (let turn = 0; turn < 2000; turn += 1) {
      const answers = await Promise.all([0, 1, 2, 3].map((i) => put(`${prefix}/${turn}-${i}`, sizeBytes)));
      const refused = answers.find(({ status }) => status === 507);
      if (refused !== undefined) return refused;
    }
    throw new Error('The disk did not get full.');
  }

  function requireFullError({ status, headers, body }: Answer): void {
    assert.equal(status, 507);
    assert.equal(headers['content-type'], 'application/xml');
    assert.match(body.toString(), /^<\?xml .*<Error><Code>InsufficientStorage<\/Code><Message>[^<]*full/s);
    assert.match(body.toString(), /<RequestId>\w+<\/RequestId>/);
  }

  async function remove(key: string): Promise<void> {
    ledger.begin(key, 'absent');
    await client.expect([204], { method: 'DELETE', path: `/${BUCKET}/${key}` });
    ledger.acknowledge(key, 'absent');
  }

  /** Without a restart: writes of every size are taken again. */
  async function requireRecovery(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (const sizeBytes of [LARGE_BYTES, SMALL_BYTES, 0]) {
      while ((await put(`again/${sizeBytes}`, sizeBytes)).status !== 200) {
        assert.ok(Date.now() < deadline, 'writes work again');
        await sleep(200);
      }
    }
  }

  async function requireNothingLost(): Promise<void> {
    await checkObjects(client, ledger);
    checkRows(join(disk.path, 'data'));
  }

  function freeBytes(): number {
    const { bavail, bsize } = statfsSync(disk.path);
    return bavail * bsize;
  }

  test('the reserve is kept: writes are refused, reads, lists and deletes go on, and deleting makes room', async () => {
    await start(`${12 * MEBIBYTE}`);
    requireFullError(await fill('large', LARGE_BYTES));
    assert.ok(freeBytes() > 10 * MEBIBYTE, `${freeBytes()} bytes are free`);
    requireFullError(await put('much-too-large', 30 * MEBIBYTE));
    await requireNothingLost();
    for (const key of ledger.keys().filter((each) => each.startsWith('large/'))) await remove(key);
    await requireRecovery();
    await requireNothingLost();
  });

  test('the reserve is kept from small objects as well', async () => {
    await start(`${24 * MEBIBYTE}`);
    requireFullError(await fill('small', SMALL_BYTES));
    // The log takes its share, and what is copied from it into the database.
    assert.ok(freeBytes() > 8 * MEBIBYTE, `${freeBytes()} bytes are free`);
    for (const key of ledger.keys().slice(0, 50)) await remove(key);
    await requireNothingLost();
  });

  test('without a reserve a large object that finds no room is refused, and nothing of it stays', async () => {
    await start('0');
    const filler = join(disk.path, 'filler');
    writeFileSync(filler, Buffer.alloc(MEBIBYTE / 2));
    requireFullError(await fill('large', LARGE_BYTES));
    await requireNothingLost();
    // The last bytes go to the database, and without any nothing can be deleted.
    rmSync(filler);
    for (const key of ledger
      .keys()
      .filter((each) => each.startsWith('large/'))
      .slice(0, 8))
      await remove(key);
    await requireRecovery();
    await requireNothingLost();
  });

  test('without a reserve a small object that finds no room in the database is refused, and nothing is lost', async () => {
    await start('0');
    const filler = join(disk.path, 'filler');
    writeFileSync(filler, Buffer.alloc(freeBytes() - 6 * MEBIBYTE));
    requireFullError(await fill('small', SMALL_BYTES));
    await requireNothingLost();
    requireFullError(await put('large', LARGE_BYTES));
    rmSync(filler);
    await requireRecovery();
    await requireNothingLost();
    for (const key of ledger.keys()) await remove(key);
    await requireNothingLost();
  });

  test('a gateway that is started on a full disk says so, and one that is started when there is room serves', async () => {
    await start('0');
    await put('kept', SMALL_BYTES);
    await put('kept-large', LARGE_BYTES);
    const filler = join(disk.path, 'filler');
    await gateway.shutDown();
    writeFileSync(filler, Buffer.alloc(freeBytes()));
    await assert.rejects(gateway.restart(), /The disk of .* is full/);
    rmSync(filler);
    await gateway.restart();
    client.close();
    client = new Client(gateway);
    await requireRecovery();
    await requireNothingLost();
  });
});
