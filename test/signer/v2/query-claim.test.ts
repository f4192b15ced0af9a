import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseClaim, parseV2Claim } from '../../../signer/index.ts';
import { ACCESS_KEY, PRESIGNED_EXAMPLE } from '../vectors.ts';
import { EXPIRES, EXPIRES_AT, PUBLISHED, refuses } from './support.ts';

const V2_QUERY = PUBLISHED.target.split('?')[1] ?? '';
const INCOMPLETE = /^Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters$/;

describe('parseV2Claim', () => {
  it('reads the published example', () => {
    assert.deepEqual(parseV2Claim(PUBLISHED), {
      accessKey: ACCESS_KEY,
      signature: 'NpgCjnDzrM+WFzoENXmpNDUsSn8=',
      expires: EXPIRES,
      expiresAt: EXPIRES_AT,
    });
  });

  it('tells the session token, in the query or in a header', () => {
    const inQuery = { ...PUBLISHED, target: `${PUBLISHED.target}&x-amz-security-token=token%2B` };
    assert.equal(parseV2Claim(inQuery)?.sessionToken, 'token+');
    const inHeader = { ...PUBLISHED, headers: { 'x-amz-security-token': 'token' } };
    assert.equal(parseV2Claim(inHeader)?.sessionToken, 'token');
  });

  it('finds none in a query that has no parameter of its own', () => {
    for (const query of ['', '?prefix=AWSAccessKeyId&Expires=1', '?signature=x&awsaccesskeyid=y', '?x-Signature=1']) {
      assert.equal(parseV2Claim({ ...PUBLISHED, target: `/b/k${query}` }), undefined, query);
    }
  });

  it('answers AccessDenied to a claim without all of its parameters, as CloudFront makes them', () => {
    const incomplete = [
      'Signature=x&Expires=1&Key-Pair-Id=k',
      'AWSAccessKeyId=a&Expires=1',
      'AWSAccessKeyId=a&Signature=x',
      'AWSAccessKeyId=&Signature=&Expires=',
      'Signature',
    ];
    for (const query of incomplete) {
      const error = refuses('AccessDenied', () => parseV2Claim({ ...PUBLISHED, target: `/b/k?${query}` }));
      assert.match(error.message, INCOMPLETE);
    }
  });

  it('answers AccessDenied to an expiry that is no number of seconds', () => {
    for (const expires of ['tomorrow', '2030-01-01T00:00:00Z', '1.5', '1e9', '0x10', '1175139620000000']) {
      const target = PUBLISHED.target.replace(EXPIRES, expires);
      const error = refuses('AccessDenied', () => parseV2Claim({ ...PUBLISHED, target }));
      assert.equal(error.message, `Invalid date (should be seconds since epoch): ${expires}`);
    }
  });
});

describe('A request with two mechanisms', () => {
  const message = /^Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string/;

  it('is refused when it has Signature V2 and V4 in its query, in either order', () => {
    const [path, v4Query] = PRESIGNED_EXAMPLE.target.split('?');
    for (const query of [`${v4Query}&${V2_QUERY}`, `${V2_QUERY}&${v4Query}`]) {
      const error = refuses('InvalidArgument', () => parseClaim({ ...PRESIGNED_EXAMPLE, target: `${path}?${query}` }));
      assert.match(error.message, message);
      assert.equal(error.detail.ArgumentName, 'Authorization');
    }
  });

  it('is refused when it has Signature V2 in its query and an Authorization header', () => {
    for (const authorization of ['AWS4-HMAC-SHA256 Credential=c', 'AWS AKID:c2ln', 'Bearer token']) {
      const error = refuses('InvalidArgument', () => parseClaim({ ...PUBLISHED, headers: { authorization } }));
      assert.match(error.message, message);
    }
  });
});
