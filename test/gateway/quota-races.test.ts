import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATOR } from '../../gateway/services/audit.ts';
import { openDatabase } from '../../metadata/sqlite/driver.ts';
import { addApiUser } from '../support/api.ts';
import { openTestDrive } from '../support/drives.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { QuotaRacer, type RaceResult } from '../support/quota-racer.ts';
import { INVARIANTS } from '../support/row-invariants.ts';

const QUOTA = 1_234_567;
const RACERS = 50;
const ACTS_EACH = 9;
const PATIENCE_MS = 10_000;

/** What may be answered, beside that it was done, and that there is no room. */
const REFUSALS = new Set<RaceResult>([400, 404, 409]);
const DONE = new Set<RaceResult>([200, 201, 204]);

/** The same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('fifty racing writers over every surface, some of whom hang up', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_DURABILITY: 'relaxed', GATEHOUSE_DEDUPLICATION: 'always' });
  });
  after(() => gateway.stop());

  function rows<Row>(sql: string): Row[] {
    const database = openDatabase(join(gateway.dataFolder, 'metadata.db'), { readonly: true });
    try {
      return database.prepare(sql).all() as Row[];
    } finally {
      database.close();
    }
  }

  async function files(): Promise<string[]> {
    const entries = await readdir(join(gateway.dataFolder, 'blobs'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && entry.name !== 'store-id').map(({ name }) => name);
  }

  /** What is discarded goes as soon as it can, and not before the reply. */
  async function untilSettled(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const known = rows<{ location: string }>('SELECT location FROM blobs WHERE location IS NOT NULL');
      const [found, expected] = [(await files()).toSorted(), known.map(({ location }) => location).toSorted()];
      if (found.join() === expected.join()) return;
      if (Date.now() > deadline)
        assert.deepEqual(found, expected, 'the backend holds what rows refer to, and nothing else');
      await sleep(50);
    }
  }

  test('never overrun a quota by a byte, lose none of it, and leave nothing behind', async () => {
    const user = await addApiUser(gateway, 'ann');
    const drive = await openTestDrive(gateway, 'ann');
    const { administration } = gateway.services;
    await administration.change(user.id, { quotaBytes: QUOTA }, OPERATOR);
    const seed = Date.now() >>> 0;
    const seen = new Map<string, Set<RaceResult>>();
    let isOver = false;
    let highest = 0;

    const watch = async () => {
      while (!isOver) {
        const { logical_bytes: bytes } = await administration.get(user.id);
        assert.ok(bytes <= QUOTA, `seed ${seed}: ${bytes} bytes of ${QUOTA}`);
        assert.ok(bytes >= 0, `seed ${seed}: ${bytes} bytes`);
        highest = Math.max(highest, bytes);
        await sleep(2);
      }
    };
    const race = async (number: number) => {
      const racer = new QuotaRacer({ gateway, user, drive, random: generator(seed + number * 7919) });
      for (let index = 0; index < ACTS_EACH; index += 1) {
        const [name, result] = await racer.act();
        seen.set(name, (seen.get(name) ?? new Set()).add(result));
      }
    };
    const watching = watch();
    await Promise.all(Array.from({ length: RACERS }, (_, number) => race(number))).finally(() => {
      isOver = true;
    });
    await watching;

    for (const [name, results] of seen) {
      const noRoom = name.startsWith('REST') ? 507 : 403;
      const other = [...results].filter(
        (each) => !DONE.has(each) && !REFUSALS.has(each) && each !== noRoom && each !== 'hung up',
      );
      assert.deepEqual(other, [], `seed ${seed}: ${name}`);
    }
    assert.ok(highest > QUOTA / 2, 'it came near');
    const idle = [...seen].filter(([, results]) => ![...results].some((each) => DONE.has(each) || each === 'hung up'));
    assert.deepEqual(idle, [], `seed ${seed}: each of them was done at least once`);
    const refused = [...seen.values()].flatMap((results) => [...results]);
    assert.ok(refused.includes(403) && refused.includes(507), 'both surfaces said that there was no room');

    await untilSettled();
    for (const [name, sql] of Object.entries(INVARIANTS)) assert.deepEqual(rows(sql), [], `seed ${seed}: ${name}`);
    const [{ total } = { total: -1 }] = rows<{ total: number }>(
      `SELECT (SELECT coalesce(sum(size_bytes), 0) FROM objects) + (SELECT coalesce(sum(size_bytes), 0) FROM versions)
         + (SELECT coalesce(sum(size_bytes), 0) FROM uploads JOIN parts ON set_id = upload_id) AS total`,
    );
    assert.equal((await administration.get(user.id)).logical_bytes, total);
  });
});
