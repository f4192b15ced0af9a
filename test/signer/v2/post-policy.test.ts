import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  checkPostPolicy,
  parsePolicyDocument,
  parsePostClaim,
  parseV2PostClaim,
  verifyV2PostPolicy,
} from '../../../signer/index.ts';
import { ACCESS_KEY, SECRET_KEY } from '../vectors.ts';
import { hmac, refuses } from './support.ts';

const NOW = Date.UTC(2029, 0, 1);
const document = { expiration: '2030-01-01T00:00:00Z', conditions: [{ bucket: 'b' }, ['starts-with', '$key', 'k']] };
const toBase64 = (text: string) => Buffer.from(text).toString('base64');
const policy = toBase64(JSON.stringify(document));
const fields = new Map([
  ['key', 'kk'],
  ['awsaccesskeyid', ACCESS_KEY],
  ['policy', policy],
  ['signature', hmac(policy)],
]);

function without(name: string): Map<string, string> {
  return new Map([...fields].filter(([field]) => field !== name));
}

describe('A form signed with Signature V2', () => {
  it('verifies as published', () => {
    // doc.s3.amazonaws.com/proposals/post.html, Access Control: the example that came with its secret.
    const text = `{ "expiration": "2007-12-01T12:00:00.000Z",
  "conditions": [
    {"bucket": "johnsmith" },
    ["starts-with", "$key", "user/eric/"],
    {"acl": "public-read" },
    {"redirect": "http://johnsmith.s3.amazonaws.com/successful_upload.html" },
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    ["starts-with", "$x-amz-meta-tag", ""],
  ]
}
`;
    const claim = { accessKey: 'a', policy: toBase64(text), signature: '2qCp0odXe7A9IYyUVqn0w2adtCA=' };
    verifyV2PostPolicy(claim, 'uV3F3YluFJax1cknvbcGwgjvx4QpvB+leU8dUj2o');
  });

  it('meets its policy without conditions on what signs it', () => {
    const claim = parseV2PostClaim(fields);
    assert.ok(claim);
    verifyV2PostPolicy(claim, SECRET_KEY);
    const parsed = parsePolicyDocument(claim.policy);
    checkPostPolicy(parsed, { fields, bucket: 'b', now: NOW });
    const more = new Map([...fields, ['x-amz-meta-a', '1']]);
    refuses('AccessDenied', () => checkPostPolicy(parsed, { fields: more, bucket: 'b', now: NOW }));
  });

  it('is refused when policy, signature or secret are others', () => {
    const claim = parseV2PostClaim(fields);
    assert.ok(claim);
    const error = refuses('SignatureDoesNotMatch', () => verifyV2PostPolicy(claim, `${SECRET_KEY}x`));
    assert.equal(error.detail.StringToSign, policy);
    assert.equal(error.detail.SignatureProvided, hmac(policy));
    refuses('SignatureDoesNotMatch', () => verifyV2PostPolicy({ ...claim, policy: `${policy}=` }, SECRET_KEY));
    refuses('SignatureDoesNotMatch', () => verifyV2PostPolicy({ ...claim, signature: 'c2ln' }, SECRET_KEY));
  });

  it('needs each of its fields', () => {
    const names = { awsaccesskeyid: 'AWSAccessKeyId', policy: 'policy', signature: 'signature' };
    for (const [field, name] of Object.entries(names)) {
      const error = refuses('InvalidArgument', () => parseV2PostClaim(without(field)));
      assert.match(error.message, new RegExp(`^Bucket POST must contain a field named '${name}'\\.`));
    }
  });

  it('is none without fields of its own, and InvalidRequest beside Signature V4', () => {
    assert.equal(parseV2PostClaim(new Map([['key', 'k']])), undefined);
    const both = new Map([...fields, ['x-amz-signature', 'x']]);
    assert.equal(parseV2PostClaim(both), undefined);
    refuses('InvalidRequest', () => parsePostClaim(both));
  });
});
