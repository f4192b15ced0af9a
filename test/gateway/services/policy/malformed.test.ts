import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operations } from '../../../../gateway/s3/operations/index.ts';
import { compilePolicy } from '../../../../gateway/services/policy/index.ts';
import { Failure } from '../../../../metadata/index.ts';
import { ARN, KIND, PEOPLE } from './ask.ts';

const V = (name: string) => `\${${name}}`;
const OK = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${ARN}/*` };
const Version = '2012-10-17';
const of = (...Statement: readonly unknown[]) => ({ Version, Statement });
const without = (name: keyof typeof OK) => Object.fromEntries(Object.entries(OK).filter(([key]) => key !== name));
const when = (operator: string, key: string, value: unknown) =>
  of({ ...OK, Condition: { [operator]: { [key]: value } } });

const ROWS: readonly (readonly [message: string, document: unknown])[] = [
  ['Policy is malformed: It must be an object.', []],
  ['Policy is too large: A policy has at most 20480 bytes.', of({ ...OK, Sid: 'x'.repeat(21_000) })],
  ['Unknown field (/a~1b)', { ...of(OK), 'a/b': 1 }],
  ['Unknown field (/Statement/0/principal)', of({ ...OK, principal: '*' })],
  ['The policy must contain a valid version string (/Version)', { ...of(OK), Version: '2020-01-01' }],
  ['Policy is malformed (/Id)', { ...of(OK), Id: 1 }],
  ['Missing required field Statement (/Statement)', { Version }],
  ['Policy is malformed (/Statement)', of()],
  ['Policy is malformed (/Statement/1)', of(OK, null)],
  ['Policy is malformed (/Statement/0/Sid)', of({ ...OK, Sid: 'x'.repeat(129) })],
  [
    'Statement IDs (SID) in a single policy must be unique (/Statement/2/Sid)',
    of({ ...OK, Sid: 'a' }, OK, { ...OK, Sid: 'a' }),
  ],
  ['Missing required field Effect (/Statement/0/Effect)', of(without('Effect'))],
  ['Invalid effect (/Statement/0/Effect)', of({ ...OK, Effect: 'allow' })],
  ['Missing required field Principal (/Statement/0/Principal)', of(without('Principal'))],
  ['Missing required field Principal (/Statement/0/Principal)', of({ ...OK, NotPrincipal: '*' })],
  ['Invalid principal in policy (/Statement/0/Principal)', of({ ...OK, Principal: 'alice' })],
  ['Invalid principal in policy (/Statement/0/Principal)', of({ ...OK, Principal: {} })],
  ['Policy is malformed (/Statement/0/Principal)', of({ ...OK, Principal: ['*'] })],
  [
    'Invalid principal in policy (/Statement/0/Principal/Service)',
    of({ ...OK, Principal: { Service: 'cloudtrail.amazonaws.com' } }),
  ],
  [
    'Invalid principal in policy (/Statement/0/Principal/Federated)',
    of({ ...OK, Principal: { Federated: 'graph.facebook.com' } }),
  ],
  [
    'Invalid principal in policy (/Statement/0/Principal/CanonicalUser)',
    of({ ...OK, Principal: { CanonicalUser: '*' } }),
  ],
  ['Policy is malformed (/Statement/0/Principal/AWS)', of({ ...OK, Principal: { AWS: [] } })],
  ['Policy is malformed (/Statement/0/Principal/AWS/1)', of({ ...OK, Principal: { AWS: ['*', 1] } })],
  ...[
    'alice',
    '123456789012',
    'arn:aws:iam::123456789012:root',
    'arn:aws:iam::000000000000:user/nobody',
    'arn:aws:iam::000000000000:user/*',
    'arn:aws:iam::000000000000:role/alice',
    `arn:aws:iam::${PEOPLE.bob?.accountId}:user/alice`,
    'arn:aws:sts::000000000000:assumed-role/a/b',
  ].map(
    (AWS) => ['Invalid principal in policy (/Statement/0/Principal/AWS)', of({ ...OK, Principal: { AWS } })] as const,
  ),
  ['Missing required field Action (/Statement/0/Action)', of(without('Action'))],
  ['Policy has invalid action (/Statement/0/Action)', of({ ...OK, Action: 's3:Fetch' })],
  ['Policy has invalid action (/Statement/0/Action/1)', of({ ...OK, Action: ['s3:GetObject', 'iam:*'] })],
  ['Missing required field Resource (/Statement/0/Resource)', of(without('Resource'))],
  ...[
    '*',
    'arn:aws:s3:::*',
    'arn:aws:s3:::other/*',
    'arn:aws:s3:::photos-2',
    'photos/*',
    `arn:aws:s3:::${V('aws:username')}/*`,
  ].map((Resource) => ['Policy has invalid resource (/Statement/0/Resource)', of({ ...OK, Resource })] as const),
  [
    'Action does not apply to any resource(s) in statement (/Statement/0/Action)',
    of({ ...OK, Action: 's3:ListBucket' }),
  ],
  [
    'Action does not apply to any resource(s) in statement (/Statement/0/Action/1)',
    of({ ...OK, Action: ['s3:Get*', 's3:DeleteBucket'] }),
  ],
  ['Action does not apply to any resource(s) in statement (/Statement/0/Action)', of({ ...OK, Resource: ARN })],
  [
    'Action does not apply to any resource(s) in statement (/Statement/0/Action)',
    of({ ...OK, Action: 's3:ListAllMyBuckets', Resource: `${ARN}*` }),
  ],
  [
    'Policy is malformed (/Statement/0/Resource): A policy variable in it is malformed.',
    of({ ...OK, Resource: `${ARN}/$\{aws:username` }),
  ],
  [
    'Policy is malformed (/Statement/0/Resource): A policy variable in it is none',
    of({ ...OK, Resource: `${ARN}/${V('s3:RequestObjectTagKeys')}` }),
  ],
  ['Policy is malformed (/Statement): Between two *', of({ ...OK, Resource: `${ARN}/*${'?'.repeat(257)}*` })],
  ['Policy is malformed (/Statement): Between two *', of({ ...OK, Resource: `${ARN}/*?${V('aws:UserAgent')}*` })],
  ['Policy is malformed (/Statement): Between two *', when('StringLike', 's3:prefix', `*${'a?'.repeat(150)}*`)],
  [
    'Policy is malformed (/Statement): A policy has at most 512 pieces',
    of({ ...OK, Resource: `${ARN}/${'*a'.repeat(514)}` }),
  ],
  ['Policy is malformed (/Statement/0/Condition)', of({ ...OK, Condition: 'x' })],
  ['Policy is malformed (/Statement/0/Condition/Bool)', of({ ...OK, Condition: { Bool: [] } })],
  ['Invalid Condition type (/Statement/0/Condition/StringMatches)', when('StringMatches', 's3:prefix', 'a')],
  ['Invalid Condition type (/Statement/0/Condition/NullIfExists)', when('NullIfExists', 's3:prefix', 'true')],
  ['Invalid Condition type (/Statement/0/Condition/ForAnyValue:Null)', when('ForAnyValue:Null', 's3:prefix', 'true')],
  ['Invalid Condition type (/Statement/0/Condition/constructor)', when('constructor', 's3:prefix', 'true')],
  [
    'Invalid Condition type (/Statement/0/Condition/StringEquals/s3:RequestObjectTagKeys)',
    when('StringEquals', 's3:RequestObjectTagKeys', 'a'),
  ],
  ['Policy has an invalid condition key (/Statement/0/Condition/Bool/aws:Secure)', when('Bool', 'aws:Secure', 'true')],
  ['Policy has an invalid condition key (/Statement/0/Condition/Null/ec2:Region)', when('Null', 'ec2:Region', 'true')],
  [
    'Policy has an invalid condition key (/Statement/0/Condition/Null/s3:ExistingObjectTag~1)',
    when('Null', 's3:ExistingObjectTag/', 'true'),
  ],
  [
    'Policy is malformed (/Statement/0/Condition/StringLike/s3:prefix): At least one',
    when('StringLike', 's3:prefix', []),
  ],
  [
    'Policy is malformed (/Statement/0/Condition/StringLike/s3:prefix/1): It must be a text',
    when('StringLike', 's3:prefix', ['a', null]),
  ],
  [
    'Policy is malformed (/Statement/0/Condition/NumericEquals/s3:max-keys): It must be a number.',
    when('NumericEquals', 's3:max-keys', 'ten'),
  ],
  [
    'Policy is malformed (/Statement/0/Condition/DateEquals/aws:CurrentTime): It must be a date',
    when('DateEquals', 'aws:CurrentTime', '31.1.2026'),
  ],
  [
    'Policy is malformed (/Statement/0/Condition/Bool/aws:SecureTransport): It must be "true"',
    when('Bool', 'aws:SecureTransport', 'yes'),
  ],
  [
    'Policy is malformed (/Statement/0/Condition/Null/aws:SecureTransport): It must be "true"',
    when('Null', 'aws:SecureTransport', 'yes'),
  ],
  [
    'Policy is malformed (/Statement/0/Condition/BinaryEquals/aws:Referer): It must be base64.',
    when('BinaryEquals', 'aws:Referer', 'a'),
  ],
  [
    'Policy is malformed (/Statement/0/Condition/ArnEquals/aws:SourceArn): It must be an ARN.',
    when('ArnEquals', 'aws:SourceArn', 'arn:aws'),
  ],
  ...['203.0.113.0/33', '203.0.113', '1.2.3.4/8/8', '1.2.3.4/', '::/129', ''].map(
    (range) =>
      [
        'Policy is malformed (/Statement/0/Condition/IpAddress/aws:SourceIp): It must be an IP',
        when('IpAddress', 'aws:SourceIp', range),
      ] as const,
  ),
  ...['NumericEquals', 'DateEquals', 'IpAddress', 'BinaryEquals', 'Null'].map(
    (operator) =>
      [
        `Policy is malformed (/Statement/0/Condition/${operator}/aws:Referer)`,
        when(operator, 'aws:Referer', V('aws:username')),
      ] as const,
  ),
];

describe('a bucket policy is refused', () => {
  for (const [message, document] of ROWS) {
    test(`${message}: ${JSON.stringify(document).slice(0, 150)}`, () => {
      assert.throws(
        () => compilePolicy(document, KIND),
        (error) => {
          assert.ok(error instanceof Failure, String(error));
          assert.equal(error.code, 'MalformedPolicy');
          assert.ok(error.message.startsWith(message), error.message);
          return true;
        },
      );
    });
  }
});

describe('a policy', () => {
  test('is refused in words that can be said', () => {
    const name = `\u0000\u001f\ud800\uffff😀${'x'.repeat(500)}`;
    assert.throws(
      () => compilePolicy({ ...of(OK), [name]: 1 }, KIND),
      (error) =>
        error instanceof Failure && /^Unknown field \(\/\ufffd{4}😀x{100,}\): [A-Za-z .]+$/u.test(error.message),
    );
  });

  test('may name every action that the gateway asks for', () => {
    const actions = operations.flatMap(({ action, versionAction }) => [action, versionAction]);
    for (const Action of new Set(actions.filter((action) => action !== undefined))) {
      compilePolicy(of({ Effect: 'Allow', Action, Resource: '*' }), 'key');
    }
  });
});
