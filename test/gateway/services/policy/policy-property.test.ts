import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PolicyPrincipal } from '../../../../gateway/services/policy/index.ts';
import { ARN, bucketPolicy, contextOf, PEOPLE } from './ask.ts';
import { judgeNaively, type NaiveQuestion, type NaiveStatement } from './naive.ts';

const { alice, bob } = PEOPLE as { alice: PolicyPrincipal; bob: PolicyPrincipal };
const USERNAME = `\${aws:username}`;

const some = <T>(...values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

/** Either the element, or all but what it names. */
const either = <T>(name: string, values: fc.Arbitrary<T>) =>
  fc.tuple(fc.constantFrom(name, name, `Not${name}`), values).map(([element, value]) => ({ [element]: value }));

/** Texts over few letters, so that they often match. */
const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?', '.', '😀'), maxLength: 4 });
/** A variable and ? between two * are refused: that could be slow. */
const SLOW = /\*[^*]*(\?[^*]*\$\{aws|\$\{aws[^*]*\?)[^*]*\*/;
const pattern = fc
  .array(fc.constantFrom('a', 'b', '/', '*', '?', '.', '😀', USERNAME, `\${*}`, `\${?}`), { maxLength: 5 })
  .map((parts) => parts.join(''))
  .filter((text) => !SLOW.test(text.replace(/\$\{.\}/g, '')));

const set = fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:');
const ifExists = fc.constantFrom('', '', 'IfExists');
const named = (names: readonly string[]) =>
  fc.tuple(set, fc.constantFrom(...names), ifExists).map((parts) => parts.join(''));
const list = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 3 });

const texts = fc.tuple(
  named(['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike']),
  fc.constantFrom('s3:prefix', 'aws:UserAgent'),
  list(pattern),
);
const folded = fc.tuple(
  named(['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase']),
  fc.constant('s3:delimiter'),
  list(fc.constantFrom('a', 'A', 'b')),
);
const many = fc
  .tuple(
    fc.tuple(fc.constantFrom('ForAllValues:', 'ForAnyValue:'), fc.constantFrom('StringLike', 'StringNotLike')),
    fc.constant('s3:RequestObjectTagKeys'),
    list(pattern),
  )
  .map(([operator, ...rest]) => [operator.join(''), ...rest] as const);
const numbers = fc.tuple(
  named(['NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericGreaterThanEquals']),
  fc.constant('s3:max-keys'),
  list(fc.constantFrom('1', '2.0', '-3')),
);
const nulls = fc.tuple(
  fc.constant('Null'),
  fc.constantFrom('s3:prefix', 's3:RequestObjectTagKeys'),
  list(fc.constantFrom('true', 'false')),
);
const condition = fc
  .array(fc.oneof(texts, folded, many, numbers, nulls), { maxLength: 3 })
  .map((rows) => Object.fromEntries(rows.map(([operator, key, values]) => [operator, { [key]: values }])));

const statement = fc
  .tuple(
    fc.constantFrom('Allow', 'Deny'),
    either(
      'Principal',
      some('*', alice.accountId, bob.accountId).map((AWS) => ({ AWS })),
    ),
    either('Action', some('s3:GetObject', 's3:Get*', 'S3:PUTOBJECT', 's3:?etObject*', 's3:*')),
    either('Resource', list(pattern.map((text) => `${ARN}/${text}`))),
    condition,
  )
  .map(([Effect, ...rest]) => Object.assign({ Effect }, ...rest.slice(0, 3), { Condition: rest[3] }) as NaiveStatement);

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const values = fc
  .record({
    's3:prefix': optional(word),
    'aws:useragent': optional(word),
    's3:delimiter': optional(fc.constantFrom('a', 'A', 'c', '')),
    's3:max-keys': optional(fc.constantFrom('1', '2', '0', 'x', '')),
    's3:requestobjecttagkeys': optional(
      fc.array(
        word.filter((text) => text !== ''),
        { maxLength: 3 },
      ),
    ),
    'aws:username': optional(word),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

const question = fc.record({
  action: fc.constantFrom('s3:GetObject', 's3:PutObject', 's3:GetObjectTagging'),
  resource: word.map((key) => `${ARN}/${key}`),
  principal: fc.constantFrom(undefined, alice, bob),
  values,
}) as fc.Arbitrary<NaiveQuestion>;

test('a policy says what going through it step by step says', () => {
  const seen = new Map<string | undefined, number>();
  const policies = fc.array(statement, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(policies, fc.array(question, { minLength: 5, maxLength: 5 }), (statements, questions) => {
      const policy = bucketPolicy(...statements);
      for (const asked of questions) {
        const verdict = policy.judge({ ...asked, context: contextOf(asked.values) })?.effect;
        assert.equal(verdict, judgeNaively(statements, asked));
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
      }
    }),
    { numRuns: 3000 },
  );
  for (const verdict of ['Allow', 'Deny', undefined]) assert.ok((seen.get(verdict) ?? 0) > 300, String([...seen]));
});
