import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  compilePolicy,
  GATEWAY_ACCOUNT,
  type PolicyPrincipal,
  principalNames,
} from '../../../../gateway/services/policy/index.ts';
import { ARN, bucketPolicy, contextOf, KIND, PEOPLE, question } from './ask.ts';

const ALLOW = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${ARN}/*` };
const { alice, bob } = PEOPLE as { alice: PolicyPrincipal; bob: PolicyPrincipal };
const USER = `arn:aws:iam::${GATEWAY_ACCOUNT}:user`;

/** Who of nobody, alice and bob a statement is about. */
function about(principals: object): string {
  const { Principal: _, ...rest } = ALLOW;
  const policy = bucketPolicy({ ...rest, ...principals });
  const people = Object.entries({ nobody: undefined, alice, bob });
  return people.flatMap(([name, principal]) => (policy.judge(question({ principal })) ? [name] : [])).join(' ');
}

describe('a principal', () => {
  const rows: readonly (readonly [principals: object, about: string])[] = [
    [{ Principal: '*' }, 'nobody alice bob'],
    [{ Principal: { AWS: '*' } }, 'nobody alice bob'],
    [{ Principal: { AWS: `${USER}/alice` } }, 'alice'],
    [{ Principal: { AWS: [`${USER}/alice`, `${USER}/bob`] } }, 'alice bob'],
    [{ Principal: { AWS: `arn:aws:iam::${alice.accountId}:user/alice` } }, 'alice'],
    [{ Principal: { AWS: `arn:aws:iam::${bob.accountId}:root` } }, 'bob'],
    [{ Principal: { AWS: bob.accountId } }, 'bob'],
    [{ Principal: { AWS: GATEWAY_ACCOUNT } }, 'alice bob'],
    [{ Principal: { AWS: `arn:aws:iam::${GATEWAY_ACCOUNT}:root` } }, 'alice bob'],
    [{ Principal: { CanonicalUser: alice.canonicalId } }, 'alice'],
    [{ Principal: { AWS: `${USER}/alice`, CanonicalUser: [bob.canonicalId] } }, 'alice bob'],
    [{ NotPrincipal: { AWS: `${USER}/alice` } }, 'nobody bob'],
    [{ NotPrincipal: { AWS: GATEWAY_ACCOUNT } }, 'nobody'],
    [{ NotPrincipal: '*' }, ''],
  ];
  for (const [principals, expected] of rows) {
    test(`${JSON.stringify(principals)} is ${expected === '' ? 'no one' : expected}`, () => {
      assert.equal(about(principals), expected);
    });
  }

  test('is who had the name when it was resolved', () => {
    const document = { Version: '2012-10-17', Statement: { ...ALLOW, Principal: { AWS: `${USER}/alice` } } };
    const policy = compilePolicy(document, { ...KIND, resolvePrincipal: () => bob.accountId });
    assert.equal(policy.judge(question({ principal: alice })), undefined);
    assert.ok(policy.judge(question({ principal: bob })));
  });

  test('that has a name can be resolved before, whatever else is wrong', () => {
    const statements = [
      { Principal: { AWS: [`${USER}/alice`, GATEWAY_ACCOUNT, 1] } },
      { NotPrincipal: { AWS: `arn:aws:iam::${bob.accountId}:user/bob`, CanonicalUser: [] } },
      { Principal: { AWS: `${USER}/alice` } },
      { Principal: '*' },
      null,
    ];
    assert.deepEqual(principalNames({ Statement: statements }), ['alice', 'bob']);
    assert.deepEqual(principalNames({ Statement: statements[0] }), ['alice']);
    for (const document of [undefined, null, 'x', [], {}, { Statement: 1 }])
      assert.deepEqual(principalNames(document), []);
  });
});

describe('the verdict of a bucket policy', () => {
  test('is of the statement that denies, whatever allows it', () => {
    const deny = { ...ALLOW, Sid: 'KeepOut', Effect: 'Deny', Principal: { AWS: bob.accountId } };
    for (const policy of [bucketPolicy(ALLOW, deny), bucketPolicy(deny, ALLOW)]) {
      assert.deepEqual(policy.judge(question({ principal: bob })), { effect: 'Deny', statement: 'KeepOut' });
      assert.equal(policy.judge(question({ principal: alice }))?.effect, 'Allow');
    }
  });

  test('names the statement by its place where it has no Sid', () => {
    assert.equal(
      bucketPolicy({ ...ALLOW, Action: 's3:PutObject' }, ALLOW).judge(question())?.statement,
      '/Statement/1',
    );
    const single = compilePolicy({ Statement: ALLOW }, KIND);
    assert.equal(single.judge(question())?.statement, '/Statement');
  });

  test('is none where nothing is said', () => {
    assert.equal(bucketPolicy(ALLOW).judge(question({ action: 's3:PutObject' })), undefined);
    assert.equal(bucketPolicy(ALLOW).judge(question({ resource: ARN })), undefined);
  });

  test('can leave out what is open to whoever comes', () => {
    const mine = { ...ALLOW, Sid: 'Mine', Principal: { AWS: alice.accountId } };
    const policy = bucketPolicy(ALLOW, mine, { ...ALLOW, Effect: 'Deny', Resource: `${ARN}/secret` });
    assert.equal(policy.judge(question(), { ignorePublic: true }), undefined);
    assert.equal(policy.judge(question({ principal: alice }), { ignorePublic: true })?.statement, 'Mine');
    const secret = question({ resource: `${ARN}/secret` });
    assert.equal(policy.judge(secret, { ignorePublic: true })?.effect, 'Deny');
  });
});

describe('a policy is public', () => {
  const when = (Condition: object) => ({ Condition });
  const rows: readonly (readonly [isPublic: boolean, statement: object])[] = [
    [true, {}],
    [true, { Principal: { AWS: '*' } }],
    [true, { Principal: { AWS: ['*', bob.accountId] } }],
    [true, { Principal: undefined, NotPrincipal: { AWS: bob.accountId } }],
    [false, { Effect: 'Deny' }],
    [false, { Principal: { AWS: bob.accountId } }],
    [false, { Principal: { CanonicalUser: bob.canonicalId } }],
    [true, when({ StringLike: { 'aws:SourceVpc': 'vpc-*' } })],
    [false, when({ StringEquals: { 'aws:SourceVpc': 'vpc-91237329' } })],
    [false, when({ StringLike: { 'aws:SourceVpc': 'vpc-91237329' } })],
    [true, when({ StringNotEquals: { 'aws:SourceVpc': 'vpc-91237329' } })],
    [true, when({ StringEqualsIfExists: { 'aws:SourceVpc': 'vpc-91237329' } })],
    [true, when({ 'ForAllValues:StringEquals': { 'aws:SourceVpc': 'vpc-91237329' } })],
    [true, when({ StringEquals: { 'aws:SourceVpc': `\${aws:username}` } })],
    [true, when({ Null: { 'aws:SourceVpc': 'false' } })],
    [true, when({ StringEquals: { 'aws:Referer': 'https://example.com/' } })],
    [true, when({ StringEquals: { 'aws:username': 'andrew' } })],
    [true, when({ Bool: { 'aws:SecureTransport': 'true' } })],
    [false, when({ StringEquals: { 'aws:PrincipalOrgID': 'o-1' }, Bool: { 'aws:SecureTransport': 'true' } })],
    [false, when({ StringEquals: { 'aws:userid': bob.accountId } })],
    [true, when({ StringLike: { 'aws:userid': 'AROLEID:*' } })],
    [true, when({ StringEquals: { 'aws:userid': 'anonymous' } })],
    [true, when({ StringEqualsIgnoreCase: { 'aws:userid': [bob.accountId, 'Anonymous'] } })],
    [false, when({ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:us-east-1:1:topic' } })],
    [true, when({ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:1:topic' } })],
    [false, when({ StringEquals: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'key' } })],
    [false, when({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })],
    [false, when({ IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] } })],
    [true, when({ IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } })],
    [true, when({ IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001::/16'] } })],
    [true, when({ NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })],
    [true, when({ StringEquals: { 'aws:SourceIp': '203.0.113.7' } })],
  ];
  for (const [isPublic, difference] of rows) {
    test(`${isPublic ? 'with' : 'not with'} ${JSON.stringify(difference)}`, () => {
      const statement = JSON.parse(JSON.stringify({ ...ALLOW, ...difference }));
      const mine = { ...ALLOW, Principal: { AWS: alice.accountId } };
      assert.equal(bucketPolicy(mine, statement).isPublic, isPublic);
    });
  }
});

describe("AWS's example", () => {
  const denies = (policy: ReturnType<typeof bucketPolicy>, values: Parameters<typeof contextOf>[0]) =>
    policy.judge(question({ action: 's3:PutObject', context: contextOf(values) }))?.effect === 'Deny';

  test('of requiring TLS denies what comes without', () => {
    const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
    const policy = bucketPolicy({ ...ALLOW, Effect: 'Deny', Action: 's3:*', Resource: [ARN, `${ARN}/*`], Condition });
    assert.ok(denies(policy, { 'aws:securetransport': 'false' }));
    assert.ok(!denies(policy, { 'aws:securetransport': 'true' }));
  });

  test('of requiring encryption denies other and none', () => {
    const Condition = { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } };
    const policy = bucketPolicy({ ...ALLOW, Effect: 'Deny', Action: 's3:PutObject', Condition });
    assert.ok(denies(policy, {}));
    assert.ok(denies(policy, { 's3:x-amz-server-side-encryption': 'AES256' }));
    assert.ok(!denies(policy, { 's3:x-amz-server-side-encryption': 'aws:kms' }));
  });

  test('of tags that have to come with an object', () => {
    const Condition = {
      'ForAllValues:StringLike': { 's3:RequestObjectTagKeys': ['Owner', 'CreationDate'] },
      Null: { 's3:RequestObjectTag/Owner': 'false' },
    };
    const policy = bucketPolicy({ ...ALLOW, Action: 's3:PutObject', Condition });
    const puts = (tags: Readonly<Record<string, string>>) => {
      const values = Object.entries(tags).map(([key, value]) => [`s3:requestobjecttag/${key}`, value]);
      const context = contextOf({ ...Object.fromEntries(values), 's3:requestobjecttagkeys': Object.keys(tags) });
      return policy.judge(question({ action: 's3:PutObject', context })) !== undefined;
    };
    assert.ok(puts({ Owner: 'a', CreationDate: 'b' }));
    assert.ok(puts({ Owner: 'a' }));
    assert.ok(!puts({ CreationDate: 'b' }));
    assert.ok(!puts({ Owner: 'a', Other: 'b' }));
    assert.ok(!puts({}));
  });

  test('of addresses that may come, but some among them', () => {
    const Condition = {
      IpAddress: { 'aws:SourceIp': ['54.240.143.0/24', '2001:DB8:1234:5678::/64'] },
      NotIpAddress: { 'aws:SourceIp': ['54.240.143.128/30', '2001:DB8:1234:5678:ABCD::/80'] },
    };
    const policy = bucketPolicy({ ...ALLOW, Condition });
    const from = (ip: string) => policy.judge(question({ context: contextOf({ 'aws:sourceip': ip }) })) !== undefined;
    assert.deepEqual(
      ['54.240.143.5', '54.240.143.129', '54.240.144.1', '2001:db8:1234:5678::1', '2001:db8:1234:5678:abcd::1'].map(
        from,
      ),
      [true, false, false, true, false],
    );
  });
});
