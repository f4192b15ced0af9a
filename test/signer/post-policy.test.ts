import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { Client } from 'minio';
import {
  checkFileSize,
  checkPostPolicy,
  parsePolicyDocument,
  parsePostClaim,
  SignatureError,
  type SignatureErrorCode,
  verifyPostPolicy,
} from '../../signer/index.ts';
import { ACCESS_KEY, REGION, SECRET_KEY } from './vectors.ts';

const EXAMPLE_NOW = Date.UTC(2015, 11, 29);

// "Example: Browser-Based Upload using HTTP POST", S3 API Reference; its lines end in CRLF.
const EXAMPLE_DOCUMENT = [
  '{ "expiration": "2015-12-30T12:00:00.000Z",',
  '  "conditions": [',
  '    {"bucket": "sigv4examplebucket"},',
  '    ["starts-with", "$key", "user/user1/"],',
  '    {"acl": "public-read"},',
  '    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
  '    ["starts-with", "$Content-Type", "image/"],',
  '    {"x-amz-meta-uuid": "14365123651274"},',
  '    {"x-amz-server-side-encryption": "AES256"},',
  '    ["starts-with", "$x-amz-meta-tag", ""],',
  '',
  '    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
  '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
  '    {"x-amz-date": "20151229T000000Z" }',
  '  ]',
  '}',
].join('\r\n');

const EXAMPLE_FIELDS: Readonly<Record<string, string>> = {
  key: 'user/user1/MyPhoto.jpg',
  acl: 'public-read',
  success_action_redirect: 'http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html',
  'content-type': 'image/jpeg',
  'x-amz-meta-uuid': '14365123651274',
  'x-amz-server-side-encryption': 'AES256',
  'x-amz-credential': 'AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request',
  'x-amz-algorithm': 'AWS4-HMAC-SHA256',
  'x-amz-date': '20151229T000000Z',
  'x-amz-meta-tag': 'Some,Tag,For,Picture',
  policy: Buffer.from(EXAMPLE_DOCUMENT).toString('base64'),
  'x-amz-signature': '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e',
};

function exampleFields(change: Readonly<Record<string, string | undefined>> = {}): ReadonlyMap<string, string> {
  const entries = Object.entries({ ...EXAMPLE_FIELDS, ...change });
  return new Map(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

function refuses(code: SignatureErrorCode, message: RegExp, action: () => unknown): SignatureError {
  let refusal: SignatureError | undefined;
  assert.throws(action, (error) => {
    assert.ok(error instanceof SignatureError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    refusal = error;
    return true;
  });
  return refusal ?? assert.fail('nothing was thrown');
}

const encode = (document: unknown) => Buffer.from(JSON.stringify(document)).toString('base64');

describe('The POST form that the S3 API Reference publishes', () => {
  const verify = (change = {}, input = {}) =>
    verifyPostPolicy({
      fields: exampleFields(change),
      secretKey: SECRET_KEY,
      region: REGION,
      now: EXAMPLE_NOW,
      ...input,
    });

  it('verifies and meets its policy', () => {
    verify();
    const policy = parsePolicyDocument(EXAMPLE_FIELDS.policy ?? '');
    assert.equal(policy.expiresAt, Date.UTC(2015, 11, 30, 12));
    assert.equal(policy.conditions.length, 11);
    checkPostPolicy(policy, { fields: exampleFields(), bucket: 'sigv4examplebucket', now: EXAMPLE_NOW });
  });

  it('claims to be from its access key', () => {
    const claim = parsePostClaim(exampleFields({ 'x-amz-security-token': 'token' }));
    assert.equal(claim?.accessKey, ACCESS_KEY);
    assert.deepEqual(claim?.scope, { date: '20151229', region: 'us-east-1', service: 's3' });
    assert.equal(claim?.timestamp, '20151229T000000Z');
    assert.equal(claim?.signedAt, EXAMPLE_NOW);
    assert.equal(claim?.signature, EXAMPLE_FIELDS['x-amz-signature']);
    assert.equal(claim?.policy, EXAMPLE_FIELDS.policy);
    assert.equal(claim?.sessionToken, 'token');
  });

  it('does not verify with another policy, signature or secret', () => {
    const policy = Buffer.from(EXAMPLE_DOCUMENT.replace('user1', 'user2')).toString('base64');
    const error = refuses('SignatureDoesNotMatch', /^The request signature we calculated/, () => verify({ policy }));
    assert.equal(error.detail.StringToSign, policy);
    assert.equal(error.detail.AWSAccessKeyId, ACCESS_KEY);
    refuses('SignatureDoesNotMatch', /./, () => verify({ 'x-amz-signature': '0'.repeat(64) }));
    refuses('SignatureDoesNotMatch', /./, () => verify({ 'x-amz-signature': 'short' }));
    refuses('SignatureDoesNotMatch', /./, () => verify({}, { secretKey: 'another' }));
  });

  it('does not verify in another region, for another service or day, or before its time', () => {
    const wrongRegion = /the region 'us-east-1' is wrong; expecting 'eu-west-1'$/;
    const error = refuses('AuthorizationQueryParametersError', wrongRegion, () => verify({}, { region: 'eu-west-1' }));
    assert.deepEqual(error.detail, { Region: 'eu-west-1' });
    const credential = EXAMPLE_FIELDS['x-amz-credential'] ?? '';
    const service = { 'x-amz-credential': credential.replace('/s3/', '/sts/') };
    refuses('AuthorizationQueryParametersError', /incorrect service "sts"/, () => verify(service));
    refuses('AuthorizationQueryParametersError', /credential date/, () => verify({ 'x-amz-date': '20151230T000000Z' }));
    refuses('AccessDenied', /^Request is not yet valid$/, () => verify({}, { now: EXAMPLE_NOW - 16 * 60_000 }));
  });

  for (const name of ['policy', 'x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-signature']) {
    it(`must have the field ${name}`, () => {
      const message = new RegExp(`^Bucket POST must contain a field named '${name}'`);
      const error = refuses('InvalidArgument', message, () => parsePostClaim(exampleFields({ [name]: undefined })));
      assert.equal(error.detail.ArgumentName, name);
    });
  }

  const malformed = {
    'x-amz-algorithm': 'AWS4-HMAC-SHA1',
    'x-amz-credential': ACCESS_KEY,
    'x-amz-date': '2015-12-29T00:00:00Z',
  };
  for (const [name, value] of Object.entries(malformed)) {
    it(`must not have the ${name} ${value}`, () => {
      refuses('InvalidArgument', /X-Amz-/, () => parsePostClaim(exampleFields({ [name]: value })));
    });
  }
});

describe('parsePostClaim', () => {
  it('finds none in a form without policy and signature', () => {
    assert.equal(parsePostClaim(new Map([['key', 'k']])), undefined);
    const input = { fields: new Map([['key', 'k']]), secretKey: SECRET_KEY, region: REGION, now: EXAMPLE_NOW };
    refuses('AccessDenied', /./, () => verifyPostPolicy(input));
  });

  it('answers InvalidRequest to fields of Signature V2, which are not its own', () => {
    const fields = new Map([
      ['awsaccesskeyid', ACCESS_KEY],
      ['policy', 'e30='],
      ['signature', 'c2ln'],
    ]);
    refuses('InvalidRequest', /Please use AWS4-HMAC-SHA256\.$/, () => parsePostClaim(fields));
  });
});

describe('Forms that clients make', () => {
  it('verify and meet their policy when @aws-sdk/s3-presigned-post made them', async () => {
    const credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY };
    const client = new S3Client({ endpoint: 'http://127.0.0.1:1', region: REGION, forcePathStyle: true, credentials });
    const { fields } = await createPresignedPost(client, {
      Bucket: 'bucket',
      Key: 'user/\u0024{filename}',
      Fields: { acl: 'private' },
      Conditions: [['content-length-range', 1, 10]],
    });
    const form = new Map(
      Object.entries({ ...fields, key: 'user/a.txt' }).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const now = Date.now();
    verifyPostPolicy({ fields: form, secretKey: SECRET_KEY, region: REGION, now });
    const policy = parsePolicyDocument(form.get('policy') ?? '');
    checkPostPolicy(policy, { fields: form, bucket: 'bucket', fileSizeBytes: 10, now });
    const input = { fields: form, bucket: 'bucket', fileSizeBytes: 11, now };
    refuses('EntityTooLarge', /./, () => checkPostPolicy(policy, input));
  });

  it('verify and meet their policy when minio-js made them', async () => {
    const options = { endPoint: '127.0.0.1', port: 1, useSSL: false, region: REGION };
    const client = new Client({ ...options, accessKey: ACCESS_KEY, secretKey: SECRET_KEY });
    const demanded = client.newPostPolicy();
    const now = Date.now();
    demanded.setExpires(new Date(now + 60_000));
    demanded.setBucket('bucket');
    demanded.setKeyStartsWith('user/');
    demanded.setContentType('text/plain');
    demanded.setContentLengthRange(1, 10);
    const { formData } = await client.presignedPostPolicy(demanded);
    const named = Object.entries({ ...formData, key: 'user/a.txt' });
    const form = new Map(named.map(([name, value]) => [name.toLowerCase(), String(value)]));
    verifyPostPolicy({ fields: form, secretKey: SECRET_KEY, region: REGION, now });
    const policy = parsePolicyDocument(form.get('policy') ?? '');
    checkPostPolicy(policy, { fields: form, bucket: 'bucket', fileSizeBytes: 1, now });
    refuses('AccessDenied', /\$bucket/, () => checkPostPolicy(policy, { fields: form, bucket: 'other', now }));
  });
});

describe('checkPostPolicy', () => {
  const NOW = Date.UTC(2026, 0, 1);
  const check = (
    conditions: readonly unknown[],
    fields: Readonly<Record<string, string>>,
    more: { fileSizeBytes?: number; now?: number } = {},
  ) => {
    const all = [...conditions, { bucket: 'bucket' }];
    const policy = parsePolicyDocument(encode({ expiration: '2026-01-01T00:00:01Z', conditions: all }));
    checkPostPolicy(policy, { fields: new Map(Object.entries(fields)), bucket: 'bucket', now: NOW, ...more });
  };

  it('refuses an expired policy, from the very moment', () => {
    check([{ key: 'k' }], { key: 'k' }, { now: NOW + 999 });
    const message = /^Invalid according to Policy: Policy expired\.$/;
    refuses('AccessDenied', message, () => check([{ key: 'k' }], { key: 'k' }, { now: NOW + 1000 }));
  });

  it('refuses a field that is not equal, with the condition in the message', () => {
    const message = /^Invalid according to Policy: Policy Condition failed: \["eq", "\$acl", "public-read"\]$/;
    refuses('AccessDenied', message, () => check([{ acl: 'public-read' }], { acl: 'private' }));
    refuses('AccessDenied', message, () => check([['eq', '$acl', 'public-read']], { acl: 'public-read ' }));
    refuses('AccessDenied', message, () => check([{ acl: 'public-read' }], {}));
  });

  it('refuses a field that starts otherwise', () => {
    const message = /^Invalid according to Policy: Policy Condition failed: \["starts-with", "\$key", "user\/"\]$/;
    refuses('AccessDenied', message, () => check([['starts-with', '$key', 'user/']], { key: 'User/a' }));
    check([['starts-with', '$key', 'user/']], { key: 'user/' });
    check([['Starts-With', '$Key', '']], { key: 'anything' });
  });

  it('holds a field to every condition on it', () => {
    const conditions = [
      ['starts-with', '$key', 'user/'],
      ['starts-with', '$key', 'user/a'],
    ];
    check(conditions, { key: 'user/ab' });
    refuses('AccessDenied', /"user\/a"\]$/, () => check(conditions, { key: 'user/b' }));
  });

  it('takes a list in Content-Type as several values that must all match', () => {
    const conditions = [['starts-with', '$Content-Type', 'image/']];
    check(conditions, { 'content-type': 'image/png, image/jpeg,image/gif' });
    refuses('AccessDenied', /Content-Type/, () => check(conditions, { 'content-type': 'image/png,text/html' }));
  });

  it('holds the bucket addressed to the policy, not the one in the form', () => {
    check([{ bucket: 'bucket' }], {});
    refuses('AccessDenied', /\["eq", "\$bucket", "other"\]$/, () => check([{ bucket: 'other' }], { bucket: 'other' }));
  });

  it('refuses a field that no condition covers', () => {
    const message = /^Invalid according to Policy: Extra input fields: acl, x-amz-meta-a$/;
    const fields = { key: 'k', acl: 'private', 'x-amz-meta-a': '1' };
    refuses('AccessDenied', message, () => check([{ key: 'k' }], fields));
  });

  it('lets the policy, its signature, the file and x-ignore- fields be uncovered', () => {
    check([{ key: 'k' }], { key: 'k', policy: 'e30=', 'x-amz-signature': '0', file: '', 'x-ignore-me': '1' });
  });

  it('refuses a file outside of content-length-range', () => {
    const conditions = [{ key: 'k' }, ['content-length-range', 2, '4']];
    for (const fileSizeBytes of [2, 4]) check(conditions, { key: 'k' }, { fileSizeBytes });
    const small = refuses('EntityTooSmall', /^Your proposed upload is smaller than the minimum allowed size$/, () =>
      check(conditions, { key: 'k' }, { fileSizeBytes: 1 }),
    );
    assert.deepEqual(small.detail, { ProposedSize: '1', MinSizeAllowed: '2' });
    const large = refuses('EntityTooLarge', /^Your proposed upload exceeds the maximum allowed size$/, () =>
      check(conditions, { key: 'k' }, { fileSizeBytes: 5 }),
    );
    assert.deepEqual(large.detail, { ProposedSize: '5', MaxSizeAllowed: '4' });
  });

  it('exposes what all length ranges together allow', () => {
    const conditions = [
      ['content-length-range', 0, 10],
      ['content-length-range', 5, 20],
    ];
    const policy = parsePolicyDocument(encode({ expiration: '2026-01-01T00:00:00Z', conditions }));
    assert.deepEqual(policy.lengthRange, { kind: 'content-length-range', minBytes: 5, maxBytes: 10 });
    refuses('EntityTooSmall', /./, () => checkFileSize(policy, 4));
    assert.equal(
      parsePolicyDocument(encode({ expiration: '2026-01-01T00:00:00Z', conditions: [] })).lengthRange,
      undefined,
    );
  });
});

describe('parsePolicyDocument', () => {
  const expiration = '2026-01-01T00:00:00Z';
  const faults: Readonly<Record<string, string>> = {
    'no base64': '{}',
    'nothing at all': '',
    'no JSON': Buffer.from('{').toString('base64'),
    'no object': encode([]),
    null: encode(null),
    'no expiration': encode({ conditions: [] }),
    'no conditions': encode({ expiration }),
    'an expiration that is no time': encode({ expiration: 'tomorrow', conditions: [] }),
    'an expiration that is a number': encode({ expiration: 1_767_225_600, conditions: [] }),
    'an expiration without a zone': encode({ expiration: '2026-01-01T00:00:00', conditions: [] }),
    'conditions that are no array': encode({ expiration, conditions: { acl: 'private' } }),
    'a condition that is a text': encode({ expiration, conditions: ['acl'] }),
    'a condition of two properties': encode({ expiration, conditions: [{ acl: 'private', key: 'k' }] }),
    'an empty condition': encode({ expiration, conditions: [{}] }),
    'a value that is no text': encode({ expiration, conditions: [{ acl: 1 }] }),
    'an unknown operator': encode({ expiration, conditions: [['ends-with', '$key', 'a']] }),
    'a field without a dollar sign': encode({ expiration, conditions: [['eq', 'key', 'a']] }),
    'too few operands': encode({ expiration, conditions: [['eq', '$key']] }),
    'too many operands': encode({ expiration, conditions: [['eq', '$key', 'a', 'b']] }),
    'a range that is none': encode({ expiration, conditions: [['content-length-range', -1, 'x']] }),
    'an empty array': encode({ expiration, conditions: [[]] }),
  };
  for (const [fault, base64] of Object.entries(faults)) {
    it(`answers InvalidPolicyDocument to ${fault}`, () => {
      refuses('InvalidPolicyDocument', /^Invalid Policy: /, () => parsePolicyDocument(base64));
    });
  }

  it('takes line breaks in the base64 and fractions of a second', () => {
    const base64 = encode({ expiration: '2026-01-01T00:00:00.500Z', conditions: [] });
    assert.equal(parsePolicyDocument(base64.replace(/.{20}/g, '$&\r\n')).expiresAt, Date.UTC(2026, 0, 1) + 500);
  });
});

it('a policy that names no bucket is good for none', () => {
  const policy = parsePolicyDocument(
    Buffer.from(
      JSON.stringify({ expiration: '2030-01-01T00:00:00Z', conditions: [['starts-with', '$key', '']] }),
    ).toString('base64'),
  );
  const input = { fields: new Map([['key', 'k']]), bucket: 'any', now: Date.parse('2026-01-01T00:00:00Z') };
  assert.throws(() => checkPostPolicy(policy, input), /Extra input fields: bucket/);
});
