import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { type IncomingRequest, parseClaim, SignatureError, signRequest, verifyRequest } from '../../signer/index.ts';
import { ACCESS_KEY, NOW, PRESIGNED_EXAMPLE, REGION, SECRET_KEY, TIMESTAMP, verifyExample } from './vectors.ts';

const MINUTE_MS = 60_000;
const HOST = 'examplebucket.s3.amazonaws.com';
const SHA256 = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';
const EXAMPLE: IncomingRequest = {
  method: 'PUT',
  target: '/test$file.text?tagging&x=1',
  headers: { host: HOST, 'x-amz-storage-class': 'STANDARD', 'content-type': 'text/plain' },
};

function signed(incoming: IncomingRequest): IncomingRequest {
  const added = signRequest({
    method: incoming.method,
    url: new URL(`http://${incoming.headers.host}${incoming.target}`),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    credentials: { accessKey: ACCESS_KEY, secretKey: SECRET_KEY },
    region: REGION,
    payload: SHA256,
    now: NOW,
  });
  return { ...incoming, headers: { ...incoming.headers, ...added } };
}

const SIGNED = signed(EXAMPLE);

function withHeaders(change: IncomingRequest['headers'], incoming = SIGNED): IncomingRequest {
  return { ...incoming, headers: { ...incoming.headers, ...change } };
}

function errorOf(action: () => unknown): SignatureError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof SignatureError, String(error));
    return error;
  }
  return assert.fail('nothing was thrown');
}

/** Signs a canonical request by hand, as the S3 API Reference says. */
function signByHand(canonicalRequest: string): string {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const digest = createHash('sha256').update(canonicalRequest).digest('hex');
  const text = `AWS4-HMAC-SHA256\n${TIMESTAMP}\n20130524/us-east-1/s3/aws4_request\n${digest}`;
  const key = ['us-east-1', 's3', 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${SECRET_KEY}`, '20130524'));
  return hmac(key, text).toString('hex');
}

/** A request whose canonical headers and query are given as they must come out, beside how they arrive. */
function byHand(input: {
  target: string;
  canonicalTarget: string;
  headers: IncomingRequest['headers'];
  canonical: string;
}) {
  const names = [...Object.keys(input.headers), 'host', 'x-amz-content-sha256', 'x-amz-date'].sort();
  const fixed = [`host:${HOST}`, `x-amz-content-sha256:${SHA256}`, `x-amz-date:${TIMESTAMP}`];
  const lines = [...(input.canonical === '' ? [] : [input.canonical]), ...fixed].sort().join('\n');
  const signature = signByHand(`GET\n${input.canonicalTarget}\n${lines}\n\n${names.join(';')}\n${SHA256}`);
  const authorization = `AWS4-HMAC-SHA256 Credential=${ACCESS_KEY}/20130524/us-east-1/s3/aws4_request, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const headers = {
    ...input.headers,
    host: HOST,
    'x-amz-content-sha256': SHA256,
    'x-amz-date': TIMESTAMP,
    authorization,
  };
  return { method: 'GET', target: input.target, headers };
}

describe('verifyRequest', () => {
  it('returns the key and the signature that chunks continue', () => {
    const verified = verifyExample(SIGNED);
    assert.equal(verified.signingKey.length, 32);
    assert.equal(verified.seedSignature, verified.claim.signature);
    assert.equal(verified.claim.accessKey, ACCESS_KEY);
  });

  const tampered: Readonly<Record<string, IncomingRequest>> = {
    'the method': { ...SIGNED, method: 'GET' },
    'the path': { ...SIGNED, target: SIGNED.target.replace('test', 'Test') },
    'a doubled slash': { ...SIGNED, target: `/${SIGNED.target}` },
    'a dot segment': { ...SIGNED, target: `/.${SIGNED.target}` },
    'a query value': { ...SIGNED, target: SIGNED.target.replace('x=1', 'x=2') },
    'an added query parameter': { ...SIGNED, target: `${SIGNED.target}&uploads` },
    'a removed query parameter': { ...SIGNED, target: '/test$file.text?tagging' },
    'the host': withHeaders({ host: 'other.s3.amazonaws.com' }),
    'a signed header': withHeaders({ 'content-type': 'text/html' }),
    'a signed x-amz header': withHeaders({ 'x-amz-storage-class': 'GLACIER' }),
    'the payload digest': withHeaders({ 'x-amz-content-sha256': SHA256.replace('4', '5') }),
    'the payload mode': withHeaders({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
    'the time': withHeaders({ 'x-amz-date': '20130524T000001Z' }),
    'the last digit of the signature': withHeaders({ authorization: `${SIGNED.headers.authorization?.slice(0, -1)}x` }),
    'the length of the signature': withHeaders({ authorization: `${SIGNED.headers.authorization}0` }),
    'the list of signed headers': withHeaders({
      authorization: SIGNED.headers.authorization?.replace('content-type;', '') ?? '',
    }),
  };
  for (const [element, incoming] of Object.entries(tampered)) {
    it(`refuses a request in which ${element} is changed`, () => {
      assert.equal(errorOf(() => verifyExample(incoming)).code, 'SignatureDoesNotMatch');
    });
  }

  it('refuses another secret', () => {
    const claim = parseClaim(SIGNED);
    assert.ok(claim);
    const secretKey = `${SECRET_KEY}x`;
    const error = errorOf(() => verifyRequest({ request: SIGNED, claim, secretKey, region: REGION, now: NOW }));
    assert.equal(error.code, 'SignatureDoesNotMatch');
  });

  it('tells what it signed, as text and as bytes, and not the signature it expected', () => {
    const error = errorOf(() => verifyExample({ ...SIGNED, method: 'GET' }));
    const canonical = [
      'GET',
      '/test%24file.text',
      'tagging=&x=1',
      'content-type:text/plain',
      `host:${HOST}`,
      `x-amz-content-sha256:${SHA256}`,
      `x-amz-date:${TIMESTAMP}`,
      'x-amz-storage-class:STANDARD',
      '',
      'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
      SHA256,
    ].join('\n');
    const digest = createHash('sha256').update(canonical).digest('hex');
    const toSign = `AWS4-HMAC-SHA256\n${TIMESTAMP}\n20130524/us-east-1/s3/aws4_request\n${digest}`;
    const spaced = (text: string) => [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    assert.deepEqual(error.detail, {
      AWSAccessKeyId: ACCESS_KEY,
      StringToSign: toSign,
      SignatureProvided: SIGNED.headers.authorization?.slice(-64),
      StringToSignBytes: spaced(toSign),
      CanonicalRequest: canonical,
      CanonicalRequestBytes: spaced(canonical),
    });
    assert.match(error.message, /^The request signature we calculated does not match the signature you provided\./);
    assert.ok(!JSON.stringify(error.detail).includes(signByHand(canonical)));
  });

  it('accepts a clock 15 minutes off either way and no more', () => {
    verifyExample(SIGNED, NOW + 15 * MINUTE_MS);
    verifyExample(SIGNED, NOW - 15 * MINUTE_MS);
    for (const now of [NOW + 15 * MINUTE_MS + 1, NOW - 15 * MINUTE_MS - 1]) {
      const error = errorOf(() => verifyExample(SIGNED, now));
      assert.equal(error.code, 'RequestTimeTooSkewed');
      assert.equal(error.detail.RequestTime, TIMESTAMP);
      assert.match(error.detail.ServerTime ?? '', /^2013-05-2\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(error.detail.MaxAllowedSkewMilliseconds, '900000');
    }
  });

  it('accepts a presigned URL until it expires', () => {
    verifyExample(PRESIGNED_EXAMPLE, NOW + 86_400_000);
    const error = errorOf(() => verifyExample(PRESIGNED_EXAMPLE, NOW + 86_400_001));
    assert.equal(error.code, 'AccessDenied');
    assert.equal(error.message, 'Request has expired');
    assert.equal(error.detail['X-Amz-Expires'], '86400');
    assert.equal(error.detail.Expires, '2013-05-25T00:00:00Z');
    assert.equal(error.detail.ServerTime, '2013-05-25T00:00:00Z');
  });

  it('refuses a presigned URL more than 15 minutes before its date', () => {
    verifyExample(PRESIGNED_EXAMPLE, NOW - 15 * MINUTE_MS);
    const error = errorOf(() => verifyExample(PRESIGNED_EXAMPLE, NOW - 15 * MINUTE_MS - 1));
    assert.equal(error.code, 'AccessDenied');
    assert.equal(error.message, 'Request is not yet valid');
  });

  it('names the region it expects', () => {
    const claim = parseClaim(SIGNED);
    assert.ok(claim);
    const verify = (request: IncomingRequest, kind: 'header' | 'query') =>
      errorOf(() =>
        verifyRequest({ request, claim: { ...claim, kind }, secretKey: SECRET_KEY, region: 'eu-west-1', now: NOW }),
      );
    const error = verify(SIGNED, 'header');
    assert.equal(error.code, 'AuthorizationHeaderMalformed');
    assert.equal(
      error.message,
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    );
    assert.deepEqual(error.detail, { Region: 'eu-west-1' });
    assert.equal(verify(SIGNED, 'query').code, 'AuthorizationQueryParametersError');
  });

  it('refuses the scope of another service or day', () => {
    const scoped = (from: string, to: string) =>
      withHeaders({ authorization: SIGNED.headers.authorization?.replace(from, to) ?? '' });
    const service = errorOf(() => verifyExample(scoped('/s3/', '/sts/')));
    assert.equal(service.code, 'AuthorizationHeaderMalformed');
    assert.match(service.message, /incorrect service "sts"\. This endpoint belongs to "s3"\./);
    const day = errorOf(() => verifyExample(scoped('/20130524/', '/20130523/')));
    assert.equal(day.code, 'AuthorizationHeaderMalformed');
    assert.match(day.message, /Invalid credential date "20130523"/);
  });

  it('refuses x-amz headers that were not signed, and names them', () => {
    const incoming = withHeaders({ 'x-amz-acl': 'public-read', 'x-amz-meta-a': '1', 'content-language': 'en' });
    const error = errorOf(() => verifyExample(incoming));
    assert.equal(error.code, 'AccessDenied');
    assert.equal(error.message, 'There were headers present in the request which were not signed');
    assert.deepEqual(error.detail, { HeadersNotSigned: 'x-amz-acl, x-amz-meta-a' });
  });

  it('refuses x-amz headers that were added to a presigned URL, but for the digest of the body', () => {
    const added = withHeaders({ 'x-amz-copy-source': '/private/key' }, PRESIGNED_EXAMPLE);
    assert.deepEqual(errorOf(() => verifyExample(added)).detail, { HeadersNotSigned: 'x-amz-copy-source' });
    verifyExample(withHeaders({ 'x-amz-content-sha256': SHA256 }, PRESIGNED_EXAMPLE));
  });

  it('refuses a signature that does not cover the host', () => {
    const authorization = SIGNED.headers.authorization?.replace('host;', '') ?? '';
    assert.deepEqual(errorOf(() => verifyExample(withHeaders({ authorization }))).detail, { HeadersNotSigned: 'host' });
  });

  it('accepts the public host that a proxy replaced', () => {
    const request = withHeaders({ host: '10.0.0.1:9000' });
    const claim = parseClaim(request);
    assert.ok(claim);
    const input = { request, claim, secretKey: SECRET_KEY, region: REGION, now: NOW };
    assert.equal(verifyRequest({ ...input, hosts: ['other.example', HOST] }).host, HOST);
    const error = errorOf(() => verifyRequest({ ...input, hosts: ['other.example'] }));
    assert.equal(error.code, 'SignatureDoesNotMatch');
    assert.match(error.detail.CanonicalRequest ?? '', /\nhost:10\.0\.0\.1:9000\n/);
  });

  it('takes the host of an absolute-form target and ignores the Host header', () => {
    const target = `http://${HOST}${SIGNED.target}`;
    assert.equal(verifyExample({ ...withHeaders({ host: 'other.example' }), target }).host, HOST);
    const elsewhere = { ...SIGNED, target: `http://other.s3.amazonaws.com${SIGNED.target}` };
    assert.equal(errorOf(() => verifyExample(elsewhere)).code, 'SignatureDoesNotMatch');
  });

  it('answers InvalidURI to malformed percent-encoding in the path and the query', () => {
    for (const target of ['/a%', '/a%4', '/a%zz', '/a?b=%', '/a?%4=b']) {
      assert.equal(errorOf(() => verifyExample({ ...SIGNED, target })).code, 'InvalidURI', target);
    }
  });

  it('never fails on any byte in a path', () => {
    for (let byte = 0; byte < 256; byte++) {
      const target = `/%${byte.toString(16).padStart(2, '0')}`;
      assert.equal(errorOf(() => verifyExample({ ...SIGNED, target })).code, 'SignatureDoesNotMatch');
    }
  });
});

describe('The canonical request', () => {
  const targets: Readonly<Record<string, readonly [wire: string, canonical: string]>> = {
    'keeps //, . and .. in a path': ['/b//a/./../c/', '/b//a/./../c/\n'],
    'encodes a path once, whatever of it was encoded': ['/b/a%20%7e%41(é)', '/b/a%20~A%28%E9%29\n'],
    'takes a plus in a path for a plus': ['/b/1+1%2B1', '/b/1%2B1%2B1\n'],
    'does not decode twice': ['/b/100%2525', '/b/100%2525\n'],
    'takes a plus in a query for a space, and an encoded one for a plus': ['/b?prefix=a+b%2Bc', '/b\nprefix=a%20b%2Bc'],
    'gives a subresource an empty value': ['/b?acl', '/b\nacl='],
    'keeps every = after the first in the value': ['/b?a=b=c%3Dd', '/b\na=b%3Dc%3Dd'],
    'sorts parameters by encoded name, then by value': [
      '/b?a-b=1&a=2&a=1&B=0&%C3%A9=x&_=',
      '/b\n%C3%A9=x&B=0&_=&a=1&a=2&a-b=1',
    ],
    'encodes hexadecimal digits in upper case': ['/b?a=%2f%c3%a9', '/b\na=%2F%C3%A9'],
    'ignores empty parameters': ['/b?&a=1&&', '/b\na=1'],
    'takes a query without parameters for none': ['/b?', '/b\n'],
    'keeps a second question mark': ['/b?a=?', '/b\na=%3F'],
  };
  for (const [rule, [target, canonicalTarget]] of Object.entries(targets)) {
    it(rule, () => {
      verifyExample(byHand({ target, canonicalTarget, headers: {}, canonical: '' }));
    });
  }

  const headers: Readonly<Record<string, readonly [value: string | string[], canonical: string]>> = {
    'trims header values and collapses their blanks': ['  a \t  b\t', 'a b'],
    'joins duplicate headers by commas': [['a', ' b  c '], 'a,b c'],
    'keeps an empty header': ['', ''],
    'keeps blanks inside quotes single too': ['"a   b"', '"a b"'],
  };
  for (const [rule, [value, canonical]] of Object.entries(headers)) {
    it(rule, () => {
      const name = 'x-amz-meta-value';
      const request = { target: '/b', canonicalTarget: '/b\n', headers: { [name]: value } };
      verifyExample(byHand({ ...request, canonical: `${name}:${canonical}` }));
    });
  }

  it('signs the bytes of a header as they were on the wire', () => {
    const onTheWire = Buffer.from('à propos', 'utf8').toString('latin1');
    const request = { target: '/b', canonicalTarget: '/b\n', headers: { 'x-amz-meta-value': onTheWire } };
    verifyExample(byHand({ ...request, canonical: 'x-amz-meta-value:à propos' }));
  });

  it('gives a signed header that did not arrive an empty value', () => {
    const request = byHand({
      target: '/b',
      canonicalTarget: '/b\n',
      headers: { constructor: '' },
      canonical: 'constructor:',
    });
    const { constructor: _, ...arrived } = request.headers;
    verifyExample({ ...request, headers: arrived });
  });
});
