import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ARN, bucketPolicy, contextOf, PEOPLE } from './ask.ts';

/**
 * Another evaluator of IAM policies, by people who know nothing of this one. It is AGPL and so no part of the gateway:
 * the comparison runs where somebody has installed it.
 */
const ORACLE = '@cloud-copilot/iam-simulate';

interface Oracle {
  readonly anonymousPrincipal: unknown;
  runSimulation(
    simulation: object,
    options: object,
  ): Promise<
    | { readonly resultType: 'error'; readonly errors: unknown }
    | {
        readonly resultType: 'single';
        readonly overallResult: 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';
        readonly result: { readonly ignoredContextKeys?: readonly string[] };
      }
  >;
}

const oracle: Oracle | undefined = await import(ORACLE).catch(() => undefined);

const ACCOUNT = '000000000000';
const userArn = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`;
const USERNAME = `\${aws:username}`;

const list = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 3 });
const some = <T>(...values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const either = <T>(name: string, values: fc.Arbitrary<T>) =>
  fc.tuple(fc.constantFrom(name, name, `Not${name}`), values).map(([element, value]) => ({ [element]: value }));

const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', 'é'), minLength: 1, maxLength: 4 });
/** A variable and ? between two * are refused here: that could be slow. */
const SLOW = /\*[^*]*(\?[^*]*\$\{aws|\$\{aws[^*]*\?)[^*]*\*/;
const pattern = fc
  .array(fc.constantFrom('a', 'b', '/', '*', '*', '?', '.', 'é', USERNAME), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''))
  .filter((text) => !SLOW.test(text));

const ifExists = fc.constantFrom('', '', 'IfExists');
const named = (...names: readonly string[]) =>
  fc.tuple(fc.constantFrom(...names), ifExists).map((parts) => parts.join(''));
const sets = (...names: readonly string[]) =>
  fc.tuple(fc.constantFrom('ForAllValues:', 'ForAnyValue:'), fc.constantFrom(...names)).map((parts) => parts.join(''));
const row = (operator: fc.Arbitrary<string>, key: fc.Arbitrary<string>, values: fc.Arbitrary<readonly string[]>) =>
  fc.tuple(operator, key, values);

const prefix = fc.constant('s3:prefix');
/** The oracle lets nothing be in 0.0.0.0/0, and an address of IPv6 not be outside of a range of IPv4. */
const range = fc.constantFrom('192.0.2.0/24', '192.0.2.7', '128.0.0.0/1');
const instant = fc.constantFrom('2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z', '2026-06-02T00:00:00Z');
const conditions = fc.array(
  fc.oneof(
    row(named('StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'), prefix, list(pattern)),
    row(named('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'), prefix, list(fc.constantFrom('a', 'A', 'B'))),
    row(sets('StringEquals', 'StringLike', 'StringNotLike'), fc.constant('aws:TagKeys'), list(pattern)),
    row(
      named('NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericGreaterThanEquals'),
      fc.constant('s3:max-keys'),
      list(fc.constantFrom('1', '2', '30')),
    ),
    row(named('DateLessThan', 'DateGreaterThanEquals', 'DateEquals'), fc.constant('aws:CurrentTime'), list(instant)),
    row(named('Bool'), fc.constant('aws:SecureTransport'), list(fc.constantFrom('true', 'false'))),
    row(named('IpAddress', 'NotIpAddress'), fc.constant('aws:SourceIp'), list(range)),
    row(fc.constant('Null'), fc.constantFrom('s3:prefix', 'aws:TagKeys'), list(fc.constantFrom('true', 'false'))),
  ),
  { maxLength: 2 },
);
const condition = conditions.map((rows) =>
  Object.fromEntries(rows.map(([name, key, values]) => [name, { [key]: values }])),
);

const statement = fc
  .tuple(
    fc.constantFrom('Allow', 'Deny'),
    either(
      'Principal',
      some('*', userArn('alice'), userArn('bob')).map((AWS) => ({ AWS })),
    ),
    either('Action', some('s3:ListBucket', 's3:GetObject', 's3:Get*', 's3:?etObject', 's3:*', 's3:PutObject')),
    either(
      'Resource',
      list(
        fc.oneof(
          fc.constant(ARN),
          pattern.map((text) => `${ARN}/${text}`),
        ),
      ),
    ),
    condition,
  )
  .map(([Effect, who, what, where, Condition]) => ({ Effect, ...who, ...what, ...where, Condition }))
  // A list or an object, and nothing that it could be done to: S3 refuses it.
  .filter(isSensible);

function isSensible(made: object): boolean {
  try {
    bucketPolicy(made);
    return true;
  } catch {
    return false;
  }
}

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const values = fc
  .record({
    's3:prefix': optional(fc.oneof(word, fc.constantFrom('A', 'b'))),
    's3:max-keys': optional(fc.constantFrom('1', '2', '29')),
    'aws:TagKeys': optional(fc.array(word, { minLength: 1, maxLength: 3 })),
    'aws:CurrentTime': optional(instant),
    'aws:SecureTransport': optional(fc.constantFrom('true', 'false')),
    'aws:SourceIp': optional(fc.constantFrom('192.0.2.7', '198.51.100.1', '203.0.113.9')),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

const action = fc.constantFrom('s3:ListBucket', 's3:GetObject', 's3:PutObject');
const question = fc.record({
  request: fc.oneof(
    fc.constant({ action: 's3:ListBucket', resource: ARN }),
    fc.record({
      action: action.filter((name) => name !== 's3:ListBucket'),
      resource: word.map((key) => `${ARN}/${key}`),
    }),
  ),
  name: fc.constantFrom(undefined, 'alice', 'bob'),
  values,
});

type Question = typeof question extends fc.Arbitrary<infer Value> ? Value : never;
const VERDICTS = { Allowed: 'Allow', ExplicitlyDenied: 'Deny', ImplicitlyDenied: undefined } as const;

/** What the oracle says, and which condition keys it does not let a request of that kind have. */
async function consult({ runSimulation, anonymousPrincipal }: Oracle, statements: readonly object[], asked: Question) {
  const { request, name, values: facts } = asked;
  const answer = await runSimulation(
    {
      request: {
        principal: name === undefined ? anonymousPrincipal : userArn(name),
        action: request.action,
        resource: { resource: request.resource, accountId: ACCOUNT },
        contextVariables: name === undefined ? facts : { ...facts, 'aws:username': name },
      },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: { Version: '2012-10-17', Statement: statements },
    },
    {},
  );
  assert.ok(answer.resultType === 'single', JSON.stringify(answer));
  const ignored = (answer.result.ignoredContextKeys ?? []).map((key) => key.toLowerCase());
  return { verdict: VERDICTS[answer.overallResult], ignored: new Set(ignored) };
}

/**
 * Who has a name is asked about what the two tell apart of who has none. The oracle passes over a statement with a variable
 * that stands for nothing; here only that pattern matches nothing, so that a Deny of all but that still denies. It keeps
 * an Allow with NotPrincipal from anonymous requests, to which S3 gives it ("also allows [...] anonymous users").
 */
function known(asked: Question, statements: readonly object[]): Question {
  const isApart = JSON.stringify(statements).includes(USERNAME) || statements.some((each) => 'NotPrincipal' in each);
  return isApart ? { ...asked, name: asked.name ?? 'bob' } : asked;
}

test('a bucket policy says what another evaluator says', {
  skip: oracle === undefined && `${ORACLE} is not installed`,
}, async () => {
  assert.ok(oracle !== undefined);
  const seen = new Map<string | undefined, number>();
  const policies = fc.array(statement, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(policies, fc.array(question, { minLength: 3, maxLength: 3 }), async (statements, questions) => {
      const policy = bucketPolicy(...statements);
      for (const drawn of questions) {
        const asked = known(drawn, statements);
        const { verdict, ignored } = await consult(oracle, statements, asked);
        const facts = Object.entries({ ...asked.values, ...(asked.name && { 'aws:username': asked.name }) })
          .map(([key, value]) => [key.toLowerCase(), value] as const)
          .filter(([key]) => !ignored.has(key));
        const principal = asked.name === undefined ? undefined : PEOPLE[asked.name];
        const own = policy.judge({
          ...asked.request,
          principal,
          context: contextOf(Object.fromEntries(facts)),
        })?.effect;
        assert.equal(own, verdict, JSON.stringify({ asked, facts }));
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
      }
    }),
    { numRuns: 1000 },
  );
  for (const verdict of ['Allow', 'Deny', undefined]) assert.ok((seen.get(verdict) ?? 0) > 150, String([...seen]));
});
