import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import {
  Access,
  type AccessSource,
  type Decision,
  type Principal,
  type Resource,
} from '../../../gateway/services/access/index.ts';
import { Accounts } from '../../../gateway/services/accounts.ts';
import { BucketConfigStore } from '../../../gateway/services/bucket-configs.ts';
import { Buckets } from '../../../gateway/services/buckets.ts';
import { compilePolicy } from '../../../gateway/services/policy/index.ts';
import type { AccountRole, AccountRow, BucketRow, Metadata } from '../../../metadata/index.ts';
import { openSqlite } from '../../../metadata/index.ts';
import { contextOf, type Values } from './policy/ask.ts';
import { judgeNaively, type NaiveStatement } from './policy/naive.ts';

const BUCKET = 'photos';
const ARN = `arn:aws:s3:::${BUCKET}`;
const ROLES = ['root', 'admin', 'auditor', 'member', 'member'] as const;
const MENDING = ['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy'];

let folder: string;
let metadata: Metadata;
let configs: BucketConfigStore;
let accounts: readonly AccountRow[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  metadata = openSqlite({ path: join(folder, 'gatehouse.db'), durability: 'relaxed', writer: 'here' });
  configs = new BucketConfigStore(metadata);
  const services = new Accounts({ metadata });
  const made = ROLES.map((role: AccountRole, index) => services.create({ name: `account-${index}`, role }));
  accounts = await Promise.all(made);
  const [owner] = accounts.slice(3);
  assert.ok(owner !== undefined);
  await new Buckets({ metadata, region: 'us-east-1' }).create({ name: BUCKET, account: owner });
});
after(async () => {
  await metadata.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a source says, and whether it has to look it up. */
interface Saying {
  readonly says: boolean | undefined;
  readonly isLater: boolean;
}

interface Case {
  /** Which account asks; undefined: nobody in particular. */
  readonly asker: number | undefined;
  readonly keyPolicy: readonly NaiveStatement[] | undefined;
  readonly bucketPolicy: readonly NaiveStatement[] | undefined;
  readonly isRestricted: boolean;
  readonly action: string;
  readonly key: string | undefined;
  readonly isService: boolean;
  readonly values: Values;
  readonly denying: readonly Saying[];
  readonly allowing: readonly Saying[];
}

const some = <T>(...values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const either = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc.tuple(fc.constantFrom(name, name, name, `Not${name}`), value).map(([element, it]) => ({ [element]: it }));
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const actions = ['s3:GetObject', 's3:PutObject', 's3:ListBucket', 's3:GetBucketTagging', ...MENDING];
const what = either('Action', some('s3:*', 's3:Get*', 's3:PutObject', 's3:ListBucket', 's3:*BucketPolicy'));
const where = fc.constantFrom([ARN, `${ARN}/*`], [`${ARN}/a*`, ARN], [ARN, `${ARN}/\${aws:username}`]);
const condition = fc.constantFrom(
  {},
  {},
  { StringEquals: { 's3:prefix': ['a'] } },
  { StringNotEqualsIfExists: { 's3:prefix': ['a'] } },
  { StringLike: { 'aws:username': ['*-4'] } },
);
const effect = fc.constantFrom('Allow', 'Allow', 'Deny');

/** @param who what a bucket's names, and a key's does not */
function statements(who: fc.Arbitrary<object>): fc.Arbitrary<readonly NaiveStatement[]> {
  const statement = fc
    .tuple(effect, who, what, either('Resource', where), condition)
    .map(([Effect, ...rest]) => Object.assign({ Effect }, ...rest.slice(0, 3), { Condition: rest[3] }));
  return fc.array(statement, { minLength: 1, maxLength: 3 });
}

/** Accounts by their place, as they are made later. */
const who = either(
  'Principal',
  some('*', '2', '3', '4').map((AWS) => ({ AWS })),
);
const saying = fc.record({ says: fc.constantFrom(undefined, undefined, true, false), isLater: fc.boolean() });
const yes = fc.record({ says: fc.constantFrom(undefined, undefined, undefined, true), isLater: fc.boolean() });

const cases: fc.Arbitrary<Case> = fc.record({
  asker: optional(fc.nat({ max: ROLES.length - 1 })),
  keyPolicy: fc.option(statements(fc.constant({})), { nil: undefined, freq: 2 }),
  bucketPolicy: optional(statements(who)),
  isRestricted: fc.boolean(),
  action: fc.constantFrom(...actions),
  key: optional(fc.constantFrom('a', 'b', 'account-3', 'account-4')),
  isService: fc.constantFrom(false, false, false, true),
  values: fc.constantFrom<Values[]>({}, { 's3:prefix': 'a' }, { 's3:prefix': 'b' }),
  denying: fc.array(saying, { maxLength: 2 }),
  allowing: fc.array(yes, { maxLength: 2 }),
});

/** Places as the ids of the accounts. */
function named(policy: readonly NaiveStatement[] | undefined): readonly NaiveStatement[] | undefined {
  const ids = (list: { readonly AWS: readonly string[] } | undefined) =>
    list && { AWS: list.AWS.map((each) => (each === '*' ? each : (accounts[Number(each)]?.id ?? ''))) };
  return policy?.map((statement) => {
    const { Principal, NotPrincipal, ...rest } = statement;
    const [principal, others] = [ids(Principal), ids(NotPrincipal)];
    return { ...rest, ...(principal && { Principal: principal }), ...(others && { NotPrincipal: others }) };
  });
}

/** A statement that opens something to whoever comes. */
function isPublic({ Effect, Principal, NotPrincipal }: NaiveStatement): boolean {
  return Effect === 'Allow' && (NotPrincipal !== undefined || Principal?.AWS.includes('*') === true);
}

/**
 * "Policy evaluation logic" of IAM, and the roles and owners of the gateway: all that is said is gathered first. An explicit
 * deny wins, then a narrowed key needs its policy's leave, then one allow is enough.
 */
function decideNaively(asked: Case): boolean {
  const { action, isService, asker, values } = asked;
  const account = asker === undefined ? undefined : accounts[asker];
  const resource = isService ? 'arn:aws:s3:::*' : asked.key === undefined ? ARN : `${ARN}/${asked.key}`;
  const principal = account && { accountId: account.id, canonicalId: account.canonical_id };
  const facts = account === undefined ? values : { ...values, 'aws:username': account.name };
  const ask = (policy: readonly NaiveStatement[]) =>
    judgeNaively(policy, { action, resource, principal, values: facts });

  const isAdmin = account?.role === 'root' || account?.role === 'admin';
  const isOwner = account !== undefined && (isService || account === accounts[3]);
  const isReading = /^s3:(Get|List)/.test(action);
  const counted = asked.isRestricted ? asked.bucketPolicy?.filter((each) => !isPublic(each)) : asked.bucketPolicy;
  const bucket = isService || counted === undefined ? undefined : ask(counted);
  const key = account === undefined || asked.keyPolicy === undefined ? 'Allow' : ask(asked.keyPolicy);
  const mends = !isService && MENDING.includes(action) && (isAdmin || isOwner);
  const others = [...asked.denying, ...asked.allowing].map(({ says }) => says);

  const denials = [
    key === 'Deny',
    bucket === 'Deny' && !mends,
    account?.role === 'auditor' && !isReading,
    others.includes(false),
  ];
  if (denials.includes(true) || key !== 'Allow') return false;
  const leaves = [isAdmin, account?.role === 'auditor', isOwner && account?.role === 'member', bucket === 'Allow'];
  return leaves.includes(true) || others.includes(true);
}

function sourceOf({ says, isLater }: Saying, place: number): AccessSource {
  const decision: Decision | undefined = says === undefined ? undefined : { allowed: says, statement: `${place}` };
  return { name: 'grant', judge: () => (isLater ? Promise.resolve(decision) : decision) };
}

function principalOf({ asker, keyPolicy }: Case): Principal {
  const account = asker === undefined ? undefined : accounts[asker];
  if (account === undefined) return { kind: 'anonymous' };
  const policy = keyPolicy && compilePolicy({ Version: '2012-10-17', Statement: keyPolicy }, 'key');
  return { kind: 'account', account, accessKey: 'KEY', policy };
}

async function configure({ bucketPolicy, isRestricted: restrictPublicBuckets }: Case): Promise<BucketRow> {
  const find = () => metadata.queries.findBucket(BUCKET);
  const bucket = await find();
  assert.ok(bucket !== undefined);
  const target = { bucket, accountId: bucket.account_id };
  const text = JSON.stringify({ Version: '2012-10-17', Statement: bucketPolicy });
  if (bucketPolicy === undefined) await configs.delete({ ...target, name: 'policy' });
  else await configs.put({ ...target, name: 'policy', document: { text, principals: {} } });
  const block = { blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets };
  await configs.put({ ...target, name: 'publicAccessBlock', document: block });
  return (await find()) ?? bucket;
}

test('the evaluator decides as the logic that is written down, and explains what it decides', async () => {
  const seen = new Map<string, number>();
  const count = (name: string) => seen.set(name, (seen.get(name) ?? 0) + 1);
  await fc.assert(
    fc.asyncProperty(cases, async (drawn) => {
      const asked = { ...drawn, bucketPolicy: named(drawn.bucketPolicy) };
      const bucket = await configure(asked);
      const [denying, allowing] = [asked.denying.map(sourceOf), asked.allowing.map(sourceOf)];
      const access = new Access({ metadata, configs, denying, allowing, blockPublicAccess: 'on' });
      const resource: Resource = asked.isService ? { kind: 'service' } : { kind: 'bucket', bucket, key: asked.key };
      const question = {
        principal: principalOf(asked),
        action: asked.action,
        resource,
        context: contextOf(asked.values),
      };
      const decision = await access.decide(question);
      assert.equal(decision.allowed, decideNaively(asked), decision.statement);
      const { decision: explained, steps } = await access.explain(question);
      assert.deepEqual(explained, decision);
      const source = steps.find((step) => step.decision === explained)?.source;
      // What nothing allowed was decided by nobody; whatever else it was is among what was asked.
      assert.ok(source !== undefined || /^no statement/.test(explained.statement), explained.statement);
      count(String(decision.allowed));
      count(source ?? 'nothing');
    }),
    { numRuns: 2000 },
  );
  for (const name of ['true', 'false', 'nothing', 'key-policy', 'bucket-policy', 'role', 'ownership', 'grant']) {
    assert.ok((seen.get(name) ?? 0) > 20, `${name}: ${JSON.stringify([...seen])}`);
  }
});
