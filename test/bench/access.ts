import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Access, type Question } from '../../gateway/services/access/index.ts';
import { BucketConfigStore } from '../../gateway/services/bucket-configs.ts';
import { GrantsSource } from '../../gateway/services/grants/index.ts';
import type { AccountRow, BucketRow, DclStatement, Metadata } from '../../metadata/index.ts';
import { openSqlite } from '../../metadata/index.ts';
import { AUDIT, addAccount, addBucket, NOON } from '../metadata/support/fixture.ts';

const GRANTS = 10_000;
const CALLS = 20_000;
const ROUNDS = 5;
/** As many as a turn of the event loop may bring: each turn asks the database once whether anything has changed. */
const CALLS_A_TURN = 20;

/** Whether friends may read what 10,000 grants on prefixes are about. */
async function measure(metadata: Metadata): Promise<void> {
  const owner = await addAccount(metadata, 'owner');
  const busy = await addAccount(metadata, 'busy');
  const friend = await addAccount(metadata, 'friend');
  const bucket = await addBucket(metadata, 'photos', owner);
  const grantTo = (name: string, path: string): DclStatement => ({
    kind: 'grant',
    privileges: ['READ'],
    target: { kind: 'prefix', bucket: 'photos', path },
    grantees: [{ kind: 'user', name }],
    withOption: false,
  });
  const statements = Array.from({ length: GRANTS - 1 }, (_, index) => grantTo('busy', `of-${index}/`));
  statements.push(grantTo('friend', 'summer/'));
  await metadata.mutations.runDcl({ statements, ids: statements.map(String), at: NOON, audit: AUDIT });

  const configs = new BucketConfigStore(metadata);
  const allowing = [new GrantsSource({ metadata, blockPublicAccess: 'on' })];
  const access = new Access({ metadata, configs, denying: [], allowing, blockPublicAccess: 'on' });
  const cases = {
    'one grant, allowed': questionOf(friend, bucket, 'summer/k'),
    'one grant, refused': questionOf(friend, bucket, 'winter/k'),
    'nearly all grants, allowed': questionOf(busy, bucket, 'of-9000/k'),
    'nearly all grants, refused': questionOf(busy, bucket, 'winter/k'),
  };
  console.log(`${GRANTS} grants`);
  for (const [name, question] of Object.entries(cases)) {
    console.log(`${name.padEnd(30)} ${(await microsecondsOf(access, question)).toFixed(1)} us`);
  }
}

function questionOf(id: string, bucket: BucketRow, key: string): Question {
  const account = { id, name: id, role: 'member' } as AccountRow; // nothing else decides
  const principal = { kind: 'account', account, accessKey: 'KEY' } as const;
  const resource = { kind: 'bucket', bucket, key } as const;
  return { principal, action: 's3:GetObject', resource, context: { get: () => undefined } };
}

/** The best of a few rounds: the machine only ever makes it slower. */
async function microsecondsOf(access: Access, question: Question): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < CALLS; call++) {
      await access.decide(question);
      if (call % CALLS_A_TURN === 0) await new Promise(setImmediate);
    }
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1000 / CALLS);
  }
  return best;
}

const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
const metadata = openSqlite({ path: join(folder, 'metadata.db'), durability: 'relaxed', writer: 'thread' });
try {
  await measure(metadata);
} finally {
  await metadata.close();
  await rm(folder, { recursive: true, force: true });
}
