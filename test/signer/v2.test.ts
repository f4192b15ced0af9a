import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  checkPostPolicy,
  type IncomingRequest,
  parseClaim,
  parsePolicyDocument,
  parseV2Claim,
  parseV2PostClaim,
  SignatureError,
  type SignatureErrorCode,
  verifyV2PostPolicy,
  verifyV2Query,
} from '../../signer/index.ts';
import { ACCESS_KEY, SECRET_KEY } from './vectors.ts';

const EXPIRES = '1175139620';
const BEFORE = 1_175_139_000_000;

/** "Query string request authentication", its example: the bucket stands in the host. */
const PUBLISHED: IncomingRequest = {
  method: 'GET',
  target: `/photos/puppy.jpg?AWSAccessKeyId=${ACCESS_KEY}&Expires=${EXPIRES}&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D`,
  headers: { host: 'johnsmith.s3.amazonaws.com' },
};

function hmac(text: string): string {
  return createHmac('sha1', SECRET_KEY).update(text).digest('base64');
}

/** A request whose signature is of exactly this text. */
function signed(toSign: string, input: { target: string; method?: string; headers?: Record<string, string> }) {
  const { target, method = 'GET', headers = {} } = input;
  const signature = `AWSAccessKeyId=${ACCESS_KEY}&Expires=${EXPIRES}&Signature=${encodeURIComponent(hmac(toSign))}`;
  return { method, headers, target: `${target}${target.includes('?') ? '&' : '?'}${signature}` };
}

function verify(request: IncomingRequest, { hostBucket, now = BEFORE }: { hostBucket?: string; now?: number } = {}) {
  const claim = parseV2Claim(request);
  assert.ok(claim);
  verifyV2Query({ request, claim, secretKey: SECRET_KEY, hostBucket, now });
}

function refuses(code: SignatureErrorCode, call: () => unknown): SignatureError {
  let caught: unknown;
  assert.throws(call, (error) => {
    caught = error;
    return error instanceof SignatureError;
  });
  assert.equal((caught as SignatureError).code, code);
  return caught as SignatureError;
}

describe('A URL presigned with Signature V2', () => {
  it('verifies as published', () => {
    assert.equal(parseV2Claim(PUBLISHED)?.accessKey, ACCESS_KEY);
    verify(PUBLISHED, { hostBucket: 'johnsmith' });
  });

  it('opens neither another bucket nor another method', () => {
    const error = refuses('SignatureDoesNotMatch', () => verify(PUBLISHED, { hostBucket: 'janesmith' }));
    assert.equal(error.detail.StringToSign, `GET\n\n\n${EXPIRES}\n/janesmith/photos/puppy.jpg`);
    refuses('SignatureDoesNotMatch', () => verify(PUBLISHED));
    refuses('SignatureDoesNotMatch', () => verify({ ...PUBLISHED, method: 'DELETE' }, { hostBucket: 'johnsmith' }));
  });

  it('is refused from the second after it expires', () => {
    verify(PUBLISHED, { hostBucket: 'johnsmith', now: Number(EXPIRES) * 1000 });
    const late = () => verify(PUBLISHED, { hostBucket: 'johnsmith', now: Number(EXPIRES) * 1000 + 1 });
    assert.equal(refuses('AccessDenied', late).message, 'Request has expired');
  });

  it('signs content headers, x-amz- headers wherever they stand, and subresources by name', () => {
    const toSign = `PUT\nbWQ1\ntext/plain\n${EXPIRES}\nx-amz-acl:private\nx-amz-meta-a:1\nx-amz-meta-a-b:é\n/b/k%20x?partNumber=2&response-content-type=a b&uploadId=u`;
    const target = '/b/k%20x?uploadId=u&x-amz-acl=private&prefix=free&partNumber=2&response-content-type=a%20b';
    const bytes = Buffer.from('é').toString('latin1');
    const headers = {
      'content-md5': 'bWQ1',
      'content-type': 'text/plain',
      'x-amz-meta-a-b': bytes,
      'x-amz-meta-a': ' 1 ',
    };
    const request = signed(toSign, { method: 'PUT', target, headers });
    verify(request);
    const changes = [
      { headers: { ...headers, 'content-type': 'text/html' } },
      { headers: { ...headers, 'x-amz-meta-a': '2' } },
      { headers: { ...headers, 'x-amz-meta-new': '1' } },
      { headers: { ...headers, 'x-amz-acl': 'public-read' } },
      { target: request.target.replace('acl=private', 'acl=public-read') },
      { target: request.target.replace('partNumber=2', 'partNumber=3') },
      { target: `${request.target}&uploads` },
      { target: `${request.target}&x-amz-meta-more=1` },
      { target: request.target.replace('/k%20x', '/k%20y') },
    ];
    for (const change of changes) refuses('SignatureDoesNotMatch', () => verify({ ...request, ...change }));
  });

  it('may end the name of a bucket with a slash', () => {
    verify(signed(`GET\n\n\n${EXPIRES}\n/b/`, { target: '/b' }));
    verify(signed(`GET\n\n\n${EXPIRES}\n/b`, { target: '/b' }));
    refuses('SignatureDoesNotMatch', () => verify(signed(`GET\n\n\n${EXPIRES}\n/b/k/`, { target: '/b/k' })));
  });

  it('is incomplete without any of its parameters', () => {
    for (const name of ['Expires', 'Signature']) {
      const target = PUBLISHED.target.replace(`&${name}=`, '&x=');
      refuses('AccessDenied', () => parseV2Claim({ ...PUBLISHED, target }));
    }
    const target = PUBLISHED.target.replace(EXPIRES, 'tomorrow');
    refuses('AccessDenied', () => parseV2Claim({ ...PUBLISHED, target }));
  });

  it('does not count beside an Authorization header, and is none without an access key', () => {
    assert.equal(parseV2Claim({ ...PUBLISHED, headers: { authorization: 'AWS4-HMAC-SHA256 x' } }), undefined);
    assert.equal(parseV2Claim({ ...PUBLISHED, target: '/b/k?Signature=x&prefix=AWSAccessKeyId' }), undefined);
    refuses('InvalidRequest', () => parseClaim({ ...PUBLISHED, headers: { authorization: 'AWS AKID:c2ln' } }));
  });

  it('tells its session token', () => {
    const withToken = { ...PUBLISHED, target: `${PUBLISHED.target}&x-amz-security-token=token` };
    assert.equal(parseV2Claim(withToken)?.sessionToken, 'token');
    refuses('SignatureDoesNotMatch', () => verify(withToken, { hostBucket: 'johnsmith' }));
  });
});

describe('A form signed with Signature V2', () => {
  const document = { expiration: '2030-01-01T00:00:00Z', conditions: [{ bucket: 'b' }, ['starts-with', '$key', 'k']] };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  const fields = new Map([
    ['key', 'kk'],
    ['awsaccesskeyid', ACCESS_KEY],
    ['policy', policy],
    ['signature', hmac(policy)],
  ]);

  it('verifies and meets its policy without conditions on what signs it', () => {
    const claim = parseV2PostClaim(fields);
    assert.ok(claim);
    verifyV2PostPolicy(claim, SECRET_KEY);
    checkPostPolicy(parsePolicyDocument(claim.policy), { fields, bucket: 'b', now: BEFORE });
  });

  it('is refused when policy, signature or secret are others', () => {
    const claim = parseV2PostClaim(fields);
    assert.ok(claim);
    refuses('SignatureDoesNotMatch', () => verifyV2PostPolicy({ ...claim, policy: `${policy}=` }, SECRET_KEY));
    refuses('SignatureDoesNotMatch', () => verifyV2PostPolicy({ ...claim, signature: 'c2ln' }, SECRET_KEY));
    refuses('SignatureDoesNotMatch', () => verifyV2PostPolicy(claim, `${SECRET_KEY}x`));
  });

  it('needs each of its fields, and is none where there is Signature V4', () => {
    for (const name of ['policy', 'signature']) {
      const rest = new Map([...fields].filter(([field]) => field !== name));
      refuses('InvalidArgument', () => parseV2PostClaim(rest));
    }
    assert.equal(parseV2PostClaim(new Map([...fields, ['x-amz-signature', 'x']])), undefined);
    assert.equal(parseV2PostClaim(new Map([['key', 'k']])), undefined);
  });
});
