import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compilePolicy, keyPolicies, NO_CONTEXT } from '../../../../gateway/services/policy/index.ts';
import { Failure } from '../../../../metadata/index.ts';

const VERSION = '2012-10-17';
const ALLOW = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' };
const policyOf = (...statements: object[]) => ({ Version: VERSION, Statement: statements });

type Verdict = 'allowed' | 'denied' | 'not-mentioned';

const question = (action: string, resource: string) => ({
  action,
  resource: `arn:aws:s3:::${resource}`,
  principal: undefined,
  context: NO_CONTEXT,
});

function judge(statements: object[], action: string, resource: string): Verdict {
  const verdict = compilePolicy(policyOf(...statements), 'key').judge(question(action, resource));
  if (verdict === undefined) return 'not-mentioned';
  return verdict.effect === 'Allow' ? 'allowed' : 'denied';
}

describe('a policy of a key', () => {
  const deny = { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::b/secret/*' };
  const rows: readonly (readonly [statements: object[], action: string, resource: string, verdict: Verdict])[] = [
    [[ALLOW], 's3:GetObject', 'b/key', 'allowed'],
    [[ALLOW], 's3:PutObject', 'b/key', 'not-mentioned'],
    [[ALLOW], 's3:GetObject', 'b', 'not-mentioned'],
    [[ALLOW], 's3:GetObject', 'bb/key', 'not-mentioned'],
    [[ALLOW], 's3:GetObjectVersion', 'b/key', 'not-mentioned'],
    [[{ ...ALLOW, Action: 'S3:getobject' }], 's3:GetObject', 'b/key', 'allowed'],
    [[{ ...ALLOW, Action: 's3:Get*' }], 's3:GetObjectTagging', 'b/key', 'allowed'],
    [[{ ...ALLOW, Action: 's3:?etObject' }], 's3:GetObject', 'b/key', 'allowed'],
    [[{ ...ALLOW, Action: '*' }], 's3:DeleteObject', 'b/key', 'allowed'],
    [[{ ...ALLOW, Action: ['s3:PutObject', 's3:GetObject'] }], 's3:GetObject', 'b/key', 'allowed'],
    [[{ ...ALLOW, Resource: '*' }], 's3:GetObject', 'any/key', 'allowed'],
    [[{ ...ALLOW, Resource: ['arn:aws:s3:::a/*', 'arn:aws:s3:::c/*'] }], 's3:GetObject', 'b/key', 'not-mentioned'],
    [[{ ...ALLOW, Resource: 'arn:aws:s3:::b*' }], 's3:GetObject', 'bb/deep/key', 'allowed'],
    [[{ ...ALLOW, Resource: 'arn:aws:s3:::b/k?y' }], 's3:GetObject', 'b/key', 'allowed'],
    [[{ ...ALLOW, Resource: 'arn:aws:s3:::b/K*' }], 's3:GetObject', 'b/key', 'not-mentioned'],
    [[ALLOW, deny], 's3:GetObject', 'b/secret/key', 'denied'],
    [[deny, ALLOW], 's3:GetObject', 'b/secret/key', 'denied'],
    [[ALLOW, deny], 's3:GetObject', 'b/open', 'allowed'],
    [[{ Effect: 'Allow', NotAction: 's3:Delete*', Resource: '*' }], 's3:DeleteObject', 'b/key', 'not-mentioned'],
    [[{ Effect: 'Allow', NotAction: 's3:Delete*', Resource: '*' }], 's3:PutObject', 'b/key', 'allowed'],
    [[{ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::b/*' }], 's3:GetObject', 'b/key', 'not-mentioned'],
    [[{ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::b/*' }], 's3:ListBucket', 'b', 'allowed'],
    [[{ Effect: 'Allow', Action: '*', Resource: 'arn:aws:s3:::*' }], 's3:ListAllMyBuckets', '*', 'allowed'],
    [[{ Effect: 'Allow', Action: '*', Resource: 'arn:aws:s3:::b' }], 's3:ListAllMyBuckets', '*', 'not-mentioned'],
  ];
  for (const [statements, action, resource, verdict] of rows) {
    test(`${JSON.stringify(statements)}: ${action} on ${resource} is ${verdict}`, () => {
      assert.equal(judge(statements, action, resource), verdict);
    });
  }

  test('may have a statement that is in no list, and a Sid', () => {
    const policy = compilePolicy({ Version: VERSION, Statement: { ...ALLOW, Sid: 'Read' } }, 'key');
    assert.deepEqual(policy.judge(question('s3:GetObject', 'b/key')), { effect: 'Allow', statement: 'Read' });
  });
});

describe('a policy of a key is refused, naming the place,', () => {
  const long = 'x'.repeat(200);
  const rows: readonly (readonly [place: string, document: unknown])[] = [
    ['', 'text'],
    ['', []],
    ['', null],
    ['', policyOf({ ...ALLOW, Resource: Array.from({ length: 90 }, () => `arn:aws:s3:::${long}`) })],
    ['/Version', { Statement: [ALLOW] }],
    ['/Version', { Version: '2008-10-17', Statement: [ALLOW] }],
    ['/Statement', { Version: VERSION }],
    ['/Statement', policyOf()],
    ['/Statement', policyOf({ ...ALLOW, Resource: `arn:aws:s3:::*${'a?'.repeat(150)}*` })],
    ['/Id', { ...policyOf(ALLOW), Id: 'x' }],
    ['/a~1b~0c', { ...policyOf(ALLOW), 'a/b~c': 1 }],
    ['/Statement/1', policyOf(ALLOW, 's3:*' as unknown as object)],
    ['/Statement/1/Condition', policyOf(ALLOW, { ...ALLOW, Condition: [] })],
    ['/Statement/0/Condition/StringLikes', policyOf({ ...ALLOW, Condition: { StringLikes: { 's3:prefix': 'a' } } })],
    ['/Statement/0/Principal', policyOf({ ...ALLOW, Principal: '*' })],
    ['/Statement/0/NotPrincipal', policyOf({ ...ALLOW, NotPrincipal: '*' })],
    ['/Statement/0/constructor', policyOf({ ...ALLOW, constructor: 1 })],
    ['/Statement/0/effect', policyOf({ ...ALLOW, effect: 'Allow' })],
    ['/Statement/0/Effect', policyOf({ ...ALLOW, Effect: 'allow' })],
    ['/Statement/0/Effect', policyOf({ Action: '*', Resource: '*' })],
    ['/Statement/0/Sid', policyOf({ ...ALLOW, Sid: 1 })],
    ['/Statement/0/Action', policyOf({ Effect: 'Allow', Resource: '*' })],
    ['/Statement/0/Action', policyOf({ ...ALLOW, NotAction: '*' })],
    ['/Statement/0/Action', policyOf({ ...ALLOW, Action: [] })],
    ['/Statement/0/Action', policyOf({ ...ALLOW, Action: 'GetObject' })],
    ['/Statement/0/Action', policyOf({ ...ALLOW, Action: 's3:' })],
    ['/Statement/0/Action', policyOf({ ...ALLOW, Action: 's3:GetObjects' })],
    ['/Statement/0/Action', policyOf({ ...ALLOW, Action: 's3:Fetch*' })],
    ['/Statement/0/Action/1', policyOf({ ...ALLOW, Action: ['s3:*', 'iam:*'] })],
    ['/Statement/0/Action/0', policyOf({ ...ALLOW, Action: [['s3:*']] })],
    ['/Statement/0/Resource', policyOf({ Effect: 'Allow', Action: '*' })],
    ['/Statement/0/Resource', policyOf({ ...ALLOW, Resource: 'b/*' })],
    ['/Statement/0/Resource', policyOf({ ...ALLOW, Resource: 'arn:aws:s3:::' })],
    ['/Statement/0/Resource', policyOf({ ...ALLOW, Resource: 'arn:aws:iam:::*' })],
    ['/Statement/0/Resource', policyOf({ ...ALLOW, Resource: `arn:aws:s3:::b/${'$'}{aws:user}/*` })],
    ['/Statement/0/NotResource/0', policyOf({ Effect: 'Deny', Action: '*', NotResource: [7] })],
  ];
  for (const [place, document] of rows) {
    test(`at /policy${place}: ${JSON.stringify(document)?.slice(0, 120)}`, () => {
      assert.throws(
        () => compilePolicy(document, 'key'),
        (error) =>
          error instanceof Failure && error.code === 'InvalidArgument' && error.detail.Field === `/policy${place}`,
      );
    });
  }
});

describe('the policies of keys', () => {
  test('are compiled once as long as their text stays', () => {
    const cache = keyPolicies();
    const text = JSON.stringify(policyOf(ALLOW));
    assert.equal(cache.of('K', text), cache.of('K', text));
    assert.notEqual(cache.of('K', JSON.stringify(policyOf({ ...ALLOW, Effect: 'Deny' }))), cache.of('K', text));
  });

  test('that nobody here understands allow nothing', () => {
    for (const text of ['', '{', 'null', JSON.stringify(policyOf({ ...ALLOW, Condition: { Later: {} } }))]) {
      assert.equal(keyPolicies().of('K', text).judge(question('s3:GetObject', 'b/key')), undefined);
    }
  });
});
