import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../gateway/config.ts';
import { openAccess } from '../../gateway/gateway.ts';
import type { Access, Question } from '../../gateway/services/access/index.ts';
import { BucketConfigStore } from '../../gateway/services/bucket-configs.ts';
import type { AccountRow, BucketRow, DclStatement, Metadata } from '../../metadata/index.ts';
import { openSqlite } from '../../metadata/index.ts';
import { AUDIT, addAccount, addBucket, NOON } from '../metadata/support/fixture.ts';

const GRANTS = 10_000;
const STATEMENTS = 20;
const CALLS = 20_000;
const ROUNDS = 7;
/** As many as a turn of the event loop may bring: each turn may have to ask the database whether anything has changed. */
const CALLS_A_TURN = 20;
const ARN = 'arn:aws:s3:::photos';

/** What a request says of itself. */
const FACTS = new Map([
  ['aws:securetransport', 'true'],
  ['aws:sourceip', '203.0.113.7'],
  ['aws:useragent', 'aws-cli/2'],
]);
const context = { get: (key: string) => FACTS.get(key) };

/** A policy of 20 statements: a team each, one for friends, one for everybody, and two that deny. */
function policyText(): string {
  const team = (index: number) => ({
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::000000000000:user/friend' },
    Action: ['s3:GetObject', 's3:PutObject'],
    Resource: [`${ARN}/team-${index}/*`, `${ARN}/shared-${index}/*.jpg`],
    Condition: { IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8::/32'] } },
  });
  const denied = (Condition: object) => ({
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [ARN, `${ARN}/*`],
    Condition,
  });
  const Statement = [
    ...Array.from({ length: STATEMENTS - 3 }, (_, index) => team(index)),
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${ARN}/public/*` },
    denied({ Bool: { 'aws:SecureTransport': 'false' } }),
    denied({ StringLike: { 'aws:UserAgent': '*crawler*' } }),
  ];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

/** The same for a policy of its own. */
function ownPolicyText(): string {
  const Statement = Array.from({ length: STATEMENTS }, (_, index) => ({
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: `${ARN}/own-${index}/*`,
    Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
  }));
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

async function grantTenThousand(metadata: Metadata): Promise<void> {
  const statements = Array.from({ length: GRANTS }, (_, index): DclStatement => {
    const path = index === 0 ? 'granted/' : `of-${index}/`;
    return {
      kind: 'grant',
      privileges: ['READ'],
      target: { kind: 'prefix', bucket: 'photos', path },
      grantees: [{ kind: 'user', name: index % 2 === 0 ? 'friend' : 'busy' }],
      withOption: false,
    };
  });
  await metadata.mutations.runDcl({ statements, ids: statements.map(String), at: NOON, audit: AUDIT });
}

/** Decisions of the evaluator with everything that a gateway gives it. */
async function measure(metadata: Metadata, folder: string): Promise<void> {
  const owner = await addAccount(metadata, 'owner');
  const friend = await addAccount(metadata, 'friend');
  for (const name of ['busy', 'other']) await addAccount(metadata, name);
  const { id } = await addBucket(metadata, 'photos', owner);
  await grantTenThousand(metadata);
  await metadata.mutations.putInlinePolicy({
    holderId: friend,
    name: 'own',
    document: ownPolicyText(),
    isDelegated: false,
    audit: AUDIT,
  });
  const change = { bucketId: id, accountId: owner, at: NOON };
  const document = JSON.stringify({ text: policyText(), principals: { friend } });
  await metadata.mutations.putBucketConfig({ ...change, name: 'policy', document });
  const bucket = await metadata.queries.findBucket('photos');
  if (bucket === undefined) throw new Error('There is no bucket.');

  const config = loadConfig({ GATEHOUSE_DATA: folder, GATEHOUSE_BLOCK_PUBLIC_ACCESS: 'off' });
  const access = openAccess(config, { metadata, configs: new BucketConfigStore(metadata) });
  const account = async (name: string) => (await metadata.queries.findAccount(name)) as AccountRow; // made above
  const cases: Readonly<Record<string, Question>> = {
    owner: questionOf(await account('owner'), bucket, 'team-9/k'),
    'friend, by the policy of the bucket': questionOf(await account('friend'), bucket, 'team-16/k'),
    'friend, by a policy of its own': questionOf(await account('friend'), bucket, 'own-19/k'),
    'friend, by a grant': questionOf(await account('friend'), bucket, 'granted/k'),
    'friend, denied': questionOf(await account('friend'), bucket, 'winter/k'),
    'other account, denied': questionOf(await account('other'), bucket, 'winter/k'),
    'anonymous, allowed': questionOf(undefined, bucket, 'public/k'),
    'anonymous, denied': questionOf(undefined, bucket, 'winter/k'),
  };
  console.log(`${cpus().length} cores, node ${process.version}, load ${loadavg()[0]?.toFixed(1)}.`);
  console.log('| who asks | us | best of the rounds |\n|---|--:|--:|');
  for (const [name, question] of Object.entries(cases)) {
    const { allowed, statement } = await access.decide(question);
    if (allowed === name.endsWith('denied')) throw new Error(`${name}: ${statement}`);
    const [median, best] = await microsecondsOf(access, question);
    console.log(`| ${name} | ${median.toFixed(1)} | ${best.toFixed(1)} |`);
  }
}

function questionOf(account: AccountRow | undefined, bucket: BucketRow, key: string): Question {
  const principal =
    account === undefined
      ? ({ kind: 'anonymous' } as const)
      : ({ kind: 'account', account, accessKey: 'KEY' } as const);
  return { principal, action: 's3:GetObject', resource: { kind: 'bucket', bucket, key }, context };
}

/** Of processor time, so that others on the machine count less: the median of some rounds, and the best. */
async function microsecondsOf(access: Access, question: Question): Promise<readonly [median: number, best: number]> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    for (let call = 0; call < CALLS; call++) {
      const decision = access.decide(question);
      if (decision instanceof Promise) await decision;
      if (call % CALLS_A_TURN === 0) await new Promise(setImmediate);
    }
    const { user, system } = process.cpuUsage(start);
    rounds.push((user + system) / CALLS);
  }
  rounds.sort((left, right) => left - right);
  return [rounds[ROUNDS >> 1] ?? 0, rounds[0] ?? 0];
}

const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
const metadata = openSqlite({ path: join(folder, 'metadata.db'), durability: 'relaxed', writer: 'thread' });
try {
  await measure(metadata, folder);
} finally {
  await metadata.close();
  await rm(folder, { recursive: true, force: true });
}
