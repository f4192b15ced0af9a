import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compilePolicy } from '../../../../gateway/services/policy/index.ts';
import { ARN, bucketPolicy, contextOf, KIND, question, type Values } from './ask.ts';

const V = (name: string) => `\${${name}}`;
const ALLOW = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${ARN}/*` };

function holds(Condition: object, values: Values): boolean {
  return bucketPolicy({ ...ALLOW, Condition }).judge(question({ context: contextOf(values) })) !== undefined;
}

type Row = readonly [operator: string, own: unknown, value: string | readonly string[] | undefined, holds: boolean];

/** Keys that a request may have once, and several times. */
const ONE = 's3:x-amz-acl';
const MANY = 's3:RequestObjectTagKeys';

function check(rows: readonly Row[], key: string): void {
  for (const [operator, own, value, expected] of rows) {
    const said = value === undefined ? 'nothing' : JSON.stringify(value);
    test(`${operator} ${JSON.stringify(own)} ${expected ? 'holds' : 'does not hold'} for ${said}`, () => {
      const values: Values = value === undefined ? {} : { [key.toLowerCase()]: value };
      assert.equal(holds({ [operator]: { [key]: own } }, values), expected);
    });
  }
}

describe('a condition', () => {
  check(
    [
      ['StringEquals', 'a', 'a', true],
      ['StringEquals', 'a', 'A', false],
      ['StringEquals', 'a*', 'ab', false],
      ['StringEquals', 'a*', 'a*', true],
      ['StringEquals', ['a', 'b'], 'b', true],
      ['StringEquals', 'a', undefined, false],
      ['StringEquals', '', '', true],
      ['StringEquals', '', undefined, false],
      ['StringEquals', true, 'true', true],
      ['StringNotEquals', 'a', 'b', true],
      ['StringNotEquals', 'a', 'a', false],
      ['StringNotEquals', ['a', 'b'], 'b', false],
      ['StringNotEquals', ['a', 'b'], 'c', true],
      ['StringNotEquals', 'a', undefined, true],
      ['StringEqualsIgnoreCase', 'Straße', 'sTRAßE', true],
      ['StringEqualsIgnoreCase', 'a', 'b', false],
      ['StringNotEqualsIgnoreCase', 'A', 'a', false],
      ['StringNotEqualsIgnoreCase', 'A', undefined, true],
      ['StringLike', 'home/*', 'home/a/b', true],
      ['StringLike', 'home/?', 'home/ab', false],
      ['StringLike', ['', 'home/'], '', true],
      ['StringLike', '*', undefined, false],
      ['StringNotLike', 'home/*', 'home/a', false],
      ['StringNotLike', ['a*', 'b*'], 'c', true],
      ['StringNotLike', 'home/*', undefined, true],
    ],
    ONE,
  );
  check(
    [
      ['NumericEquals', '10', '10', true],
      ['NumericEquals', 10, '10.0', true],
      ['NumericEquals', '1e3', '1000', true],
      ['NumericEquals', '10', 'ten', false],
      ['NumericEquals', '0', '', false],
      ['NumericNotEquals', '10', '11', true],
      ['NumericNotEquals', '10', '10', false],
      ['NumericNotEquals', '10', undefined, true],
      ['NumericLessThan', '10', '9', true],
      ['NumericLessThan', '10', '10', false],
      ['NumericLessThanEquals', '10', '10', true],
      ['NumericLessThanEquals', '10', undefined, false],
      ['NumericGreaterThan', '10', '9.5', false],
      ['NumericGreaterThan', '-1', '0', true],
      ['NumericGreaterThanEquals', ['10', '5'], '7', true],
      ['NumericGreaterThanEquals', '10', 'x', false],
    ],
    's3:max-keys',
  );
  check(
    [
      ['DateEquals', '2026-01-31T12:00:00Z', '2026-01-31T13:00:00+01:00', true],
      ['DateEquals', '0', '1970-01-01T00:00:00Z', true],
      ['DateNotEquals', '2026-01-31T12:00:00Z', '2026-01-31T12:00:01Z', true],
      ['DateNotEquals', '2026-01-31T12:00:00Z', undefined, true],
      ['DateLessThan', '2026-01-31', '2026-01-30T23:59:59.999Z', true],
      ['DateLessThan', '2026-01-31', '2026-01-31T00:00:00.000Z', false],
      ['DateLessThanEquals', '2026-01-31T00:00:00', '2026-01-31T00:00:00.000Z', true],
      ['DateGreaterThan', '2026-01', '2026-01-01T00:00:01Z', true],
      ['DateGreaterThan', 1767225600, '2026-01-01T00:00:01Z', true],
      ['DateGreaterThanEquals', '2026-01-31', 'yesterday', false],
      ['DateGreaterThanEquals', '2026-01-31', undefined, false],
    ],
    'aws:CurrentTime',
  );
  check(
    [
      ['Bool', 'true', 'true', true],
      ['Bool', false, 'false', true],
      ['Bool', 'True', 'true', true],
      ['Bool', 'false', 'true', false],
      ['Bool', 'false', undefined, false],
      ['Null', 'true', undefined, true],
      ['Null', 'true', 'x', false],
      ['Null', false, 'x', true],
      ['Null', 'false', '', true],
      ['Null', 'false', undefined, false],
      ['Null', ['true', 'false'], undefined, true],
    ],
    'aws:SecureTransport',
  );
  check(
    [
      ['BinaryEquals', 'QmluYXJ5', 'QmluYXJ5', true],
      ['BinaryEquals', 'QmluYXJ5', 'qmluYXJ5', false],
      ['BinaryEquals', 'QmluYXJ5', undefined, false],
    ],
    ONE,
  );
  check(
    [
      ['IpAddress', '203.0.113.0/24', '203.0.113.255', true],
      ['IpAddress', '203.0.113.0/24', '203.0.114.0', false],
      ['IpAddress', '203.0.113.0/25', '203.0.113.128', false],
      ['IpAddress', '203.0.113.9', '203.0.113.9', true],
      ['IpAddress', '203.0.113.9', '203.0.113.8', false],
      ['IpAddress', '0.0.0.0/0', '8.8.8.8', true],
      ['IpAddress', '0.0.0.0/0', '::1', false],
      ['IpAddress', '203.0.113.0/24', '::ffff:203.0.113.7', true],
      ['IpAddress', '2001:DB8:1234:5678::/64', '2001:db8:1234:5678:9::1', true],
      ['IpAddress', '2001:DB8:1234:5678::/64', '2001:db8:1234:5679::1', false],
      ['IpAddress', '2001:db8::/33', '2001:db8:8000::1', false],
      ['IpAddress', '2001:db8::1', '2001:db8:0:0::1', true],
      ['IpAddress', ['198.51.100.0/24', '203.0.113.0/24'], '203.0.113.7', true],
      ['IpAddress', '0.0.0.0/0', 'localhost', false],
      ['IpAddress', '0.0.0.0/0', undefined, false],
      ['NotIpAddress', '203.0.113.0/24', '203.0.113.7', false],
      ['NotIpAddress', ['198.51.100.0/24', '203.0.113.0/24'], '192.0.2.1', true],
      ['NotIpAddress', '203.0.113.0/24', undefined, true],
    ],
    'aws:SourceIp',
  );
  const finance = 'arn:aws:someservice:*:111122223333:finance/*';
  check(
    [
      ['ArnEquals', finance, 'arn:aws:someservice:us-east-2:111122223333:finance/document.txt', true],
      ['ArnLike', finance, 'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/a', false],
      ['StringLike', finance, 'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/a', true],
      ['ArnLike', 'arn:aws:s3:::b', 'arn:aws:s3:::B', false],
      ['ArnLike', 'arn:aws:sns:*:*:a:b', 'arn:aws:sns:r:1:a:b', true],
      ['ArnLike', 'arn:*:*:*:*:*', 'no arn', false],
      ['ArnLike', finance, undefined, false],
      ['ArnNotEquals', finance, 'arn:aws:someservice:us-east-2:111122223333:finance/document.txt', false],
      ['ArnNotLike', finance, 'arn:aws:other:us-east-2:111122223333:finance/document.txt', true],
      ['ArnNotLike', finance, undefined, true],
    ],
    'aws:SourceArn',
  );
});

describe('a condition with ...IfExists', () => {
  check(
    [
      ['StringEqualsIfExists', 'a', 'a', true],
      ['StringEqualsIfExists', 'a', 'b', false],
      ['StringEqualsIfExists', 'a', undefined, true],
      ['StringNotEqualsIfExists', 'a', undefined, true],
      ['StringNotEqualsIfExists', 'a', 'a', false],
      ['NumericLessThanIfExists', 1, undefined, true],
      ['DateLessThanIfExists', '2026-01-01', undefined, true],
      ['BoolIfExists', 'true', undefined, true],
      ['BoolIfExists', 'true', 'false', false],
      ['IpAddressIfExists', '192.0.2.1', undefined, true],
      ['ArnLikeIfExists', 'arn:aws:s3:::b', undefined, true],
    ],
    ONE,
  );
  check(
    [
      ['ForAnyValue:StringEqualsIfExists', 'a', undefined, true],
      ['ForAnyValue:StringEqualsIfExists', 'a', ['b'], false],
      ['ForAllValues:StringEqualsIfExists', 'a', undefined, true],
    ],
    MANY,
  );
});

describe('a condition over a set', () => {
  const own = ['PostDateTime', 'Message', 'Tags'];
  check(
    [
      ['ForAllValues:StringLike', own, ['PostDateTime', 'Message'], true],
      ['ForAllValues:StringLike', own, ['PostDateTime', 'UserName'], false],
      ['ForAllValues:StringLike', own, [], true],
      ['ForAllValues:StringLike', own, undefined, true],
      ['ForAllValues:StringLike', own, '', true],
      ['ForAllValues:StringEquals', own, 'Tags', true],
      ['ForAnyValue:StringLike', ['ID', 'Post*'], ['UserName', 'PostDateTime'], true],
      ['ForAnyValue:StringLike', ['ID', 'Post*'], ['UserName'], false],
      ['ForAnyValue:StringLike', own, [], false],
      ['ForAnyValue:StringLike', '*', undefined, false],
      ['ForAnyValue:StringLike', '*', '', false],
      ['ForAllValues:StringNotEquals', own, ['ID', 'UserName'], true],
      ['ForAllValues:StringNotEquals', own, ['ID', 'Tags'], false],
      ['ForAllValues:StringNotEquals', own, undefined, true],
      ['ForAnyValue:StringNotEquals', own, ['ID', 'Tags'], true],
      ['ForAnyValue:StringNotEquals', own, ['Message', 'Tags'], false],
      ['ForAnyValue:StringNotEquals', own, undefined, false],
      ['Null', 'true', [], true],
      ['Null', 'false', ['a'], true],
    ],
    MANY,
  );
});

describe('conditions', () => {
  const Condition = {
    StringEquals: { 's3:x-amz-acl': ['private', 'public-read'], 's3:x-amz-storage-class': 'STANDARD' },
    Bool: { 'aws:SecureTransport': 'true' },
  };
  const all = { 's3:x-amz-acl': 'private', 's3:x-amz-storage-class': 'STANDARD', 'aws:securetransport': 'true' };

  test('all have to hold: every key of every operator', () => {
    assert.ok(holds(Condition, all));
    for (const key of Object.keys(all)) assert.ok(!holds(Condition, { ...all, [key]: 'other' }), key);
  });

  test('that are none hold', () => {
    assert.ok(holds({}, {}));
    assert.ok(holds({ StringEquals: {} }, {}));
  });

  test('name keys in any case, but keys of tags as they are', () => {
    assert.ok(holds({ StringEquals: { 'S3:Prefix': 'a' } }, { 's3:prefix': 'a' }));
    const Tagged = { StringEquals: { 'S3:ExistingObjectTag/Team': 'red' } };
    assert.ok(holds(Tagged, { 's3:existingobjecttag/Team': 'red' }));
    assert.ok(!holds(Tagged, { 's3:existingobjecttag/team': 'red' }));
  });

  test('and variables tell what has to be known of a request', () => {
    const policy = bucketPolicy(
      { ...ALLOW, Condition: { StringLike: { 's3:ExistingObjectTag/Team': `${V('aws:PrincipalTag/Team')}*` } } },
      { ...ALLOW, Resource: `${ARN}/${V('aws:username')}/*`, Condition: { Null: { 's3:VersionId': true } } },
    );
    const keys = ['aws:principaltag/Team', 'aws:username', 's3:existingobjecttag/Team', 's3:versionid'];
    assert.deepEqual([...policy.conditionKeys].sort(), keys);
  });
});

describe('a policy variable', () => {
  const reads = (Resource: string, resource: string, values: Values = {}) =>
    bucketPolicy({ ...ALLOW, Resource }).judge(
      question({ resource: `${ARN}/${resource}`, context: contextOf(values) }),
    ) !== undefined;

  test('stands for what the request says, in resources and in conditions', () => {
    const home = `${ARN}/home/${V('aws:username')}/*`;
    assert.ok(reads(home, 'home/ann/a', { 'aws:username': 'ann' }));
    assert.ok(!reads(home, 'home/ben/a', { 'aws:username': 'ann' }));
    const prefix = { StringLike: { 's3:prefix': ['', `home/${V('AWS:UserName')}/*`] } };
    assert.ok(holds(prefix, { 'aws:username': 'ann', 's3:prefix': 'home/ann/x' }));
    assert.ok(!holds(prefix, { 'aws:username': 'ann', 's3:prefix': 'home/ben/x' }));
    assert.ok(holds({ StringEquals: { 's3:prefix': V('aws:username') } }, { 's3:prefix': 'a', 'aws:username': 'a' }));
    assert.ok(
      holds(
        { Bool: { 'aws:SecureTransport': V('aws:PrincipalTag/tls') } },
        {
          'aws:securetransport': 'true',
          'aws:principaltag/tls': 'true',
        },
      ),
    );
  });

  test('brings no wildcards in, and no further parts of an ARN', () => {
    const home = `${ARN}/home/${V('aws:username')}/*`;
    for (const name of ['*', '???', 'a*']) {
      assert.ok(!reads(home, 'home/ann/a', { 'aws:username': name }), name);
      assert.ok(reads(home, `home/${name}/a`, { 'aws:username': name }), name);
    }
    assert.ok(!holds({ StringLike: { 's3:prefix': V('aws:username') } }, { 's3:prefix': 'ann', 'aws:username': '*' }));
    const own = { ArnLike: { 'aws:SourceArn': `arn:aws:iam::${V('aws:PrincipalAccount')}:user/*` } };
    const source = (arn: string, account: string) => ({ 'aws:sourcearn': arn, 'aws:principalaccount': account });
    assert.ok(holds(own, source('arn:aws:iam::1:user/a', '1')));
    assert.ok(!holds(own, source('arn:aws:iam::1:user/a', '*')));
    assert.ok(!holds(own, source('arn:aws:iam::1:x:user/a', '1:x')));
  });

  test('stands for wildcards and dollars themselves', () => {
    assert.ok(reads(`${ARN}/${V('*')}/${V('?')}/${V('$')}*`, '*/?/$key'));
    assert.ok(!reads(`${ARN}/${V('*')}`, 'key'));
    assert.ok(!reads(`${ARN}/${V('?')}`, 'k'));
  });

  test('has a default value, for requests that do not say it', () => {
    const home = `${ARN}/home/${V("aws:username, 'any one'")}/*`;
    assert.ok(reads(home, 'home/any one/a'));
    assert.ok(!reads(home, 'home/any one/a', { 'aws:username': 'ann' }));
  });

  test('that stands for nothing matches nothing and allows nothing', () => {
    const home = `${ARN}/home/${V('aws:username')}/*`;
    assert.ok(!reads(home, 'home//a'));
    assert.ok(!holds({ StringNotEquals: { 's3:prefix': V('aws:username') } }, { 's3:prefix': 'a' }));
    assert.ok(!holds({ 'ForAllValues:StringNotLike': { 's3:prefix': V('aws:username') } }, { 's3:prefix': 'a' }));
    const { Resource: _, ...rest } = ALLOW;
    assert.equal(bucketPolicy({ ...rest, NotResource: home }).judge(question()), undefined);
    const deny = { ...rest, Effect: 'Deny' };
    assert.equal(bucketPolicy({ ...deny, NotResource: home }).judge(question())?.effect, 'Deny');
    const Condition = { StringNotLike: { 's3:prefix': `${V('aws:username')}/*` } };
    const policy = bucketPolicy({ ...ALLOW, Effect: 'Deny', Condition });
    assert.equal(policy.judge(question({ context: contextOf({ 's3:prefix': 'a/b' }) }))?.effect, 'Deny');
  });

  test('is a text in the language of 2008', () => {
    const home = `${ARN}/${V('aws:username')}/*`;
    for (const Version of ['2008-10-17', undefined]) {
      const policy = compilePolicy({ ...(Version && { Version }), Statement: { ...ALLOW, Resource: home } }, KIND);
      const ask = (key: string) =>
        policy.judge(question({ resource: `${ARN}/${key}`, context: contextOf({ 'aws:username': 'ann' }) }));
      assert.equal(ask('ann/a'), undefined);
      assert.equal(ask(`${V('aws:username')}/a`)?.effect, 'Allow');
      assert.equal(policy.conditionKeys.size, 0);
    }
  });
});

test('a long value that is nearly a number is as quickly none as one that is far from it', () => {
  const own = Array.from({ length: 50 }, () => '1');
  const begun = performance.now();
  assert.equal(holds({ NumericEquals: { [ONE]: own } }, { [ONE.toLowerCase()]: `${'1'.repeat(15_000)}x` }), false);
  assert.ok(performance.now() - begun < 500);
  for (const value of ['1.', '01', '+1', '1e0', '.1e1']) {
    assert.ok(holds({ NumericEquals: { [ONE]: '1' } }, { [ONE.toLowerCase()]: value }), value);
  }
});
