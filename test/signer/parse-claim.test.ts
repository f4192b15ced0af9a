import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type IncomingRequest, parseClaim, SignatureError, type SignatureErrorCode } from '../../signer/index.ts';
import { ACCESS_KEY, EMPTY_SHA256, NOW, PRESIGNED_EXAMPLE, TIMESTAMP } from './vectors.ts';

const CREDENTIAL = `${ACCESS_KEY}/20130524/us-east-1/s3/aws4_request`;
const SIGNATURE = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';
const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=${CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=${SIGNATURE}`;

function request(headers: IncomingRequest['headers'] = {}, target = '/bucket/key'): IncomingRequest {
  const required = { host: 'localhost', 'x-amz-date': TIMESTAMP, 'x-amz-content-sha256': EMPTY_SHA256 };
  return { method: 'GET', target, headers: { ...required, authorization: AUTHORIZATION, ...headers } };
}

function without(name: string): IncomingRequest {
  const { headers, ...rest } = request();
  return { ...rest, headers: Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name)) };
}

function presigned(change: (parameters: URLSearchParams) => void): IncomingRequest {
  const url = new URL(`http://localhost${PRESIGNED_EXAMPLE.target}`);
  change(url.searchParams);
  return { ...PRESIGNED_EXAMPLE, target: url.pathname + url.search };
}

function refuses(incoming: IncomingRequest, expected: { code: SignatureErrorCode; message: RegExp }): void {
  assert.throws(
    () => parseClaim(incoming),
    (error) => {
      assert.ok(error instanceof SignatureError);
      assert.equal(error.code, expected.code);
      assert.match(error.message, expected.message);
      return true;
    },
  );
}

describe('parseClaim of an Authorization header', () => {
  it('reads every part of it', () => {
    assert.deepEqual(parseClaim(request({ 'x-amz-security-token': 'token' })), {
      kind: 'header',
      accessKey: ACCESS_KEY,
      scope: { date: '20130524', region: 'us-east-1', service: 's3' },
      signedHeaders: ['host', 'x-amz-date'],
      signature: SIGNATURE,
      timestamp: TIMESTAMP,
      signedAt: NOW,
      payload: { kind: 'signed', sha256: EMPTY_SHA256 },
      payloadHash: EMPTY_SHA256,
      sessionToken: 'token',
    });
  });

  it('finds none in an anonymous request', () => {
    assert.equal(parseClaim(without('authorization')), undefined);
    assert.equal(
      parseClaim({ method: 'GET', target: '/b?list-type=2&prefix=x-amz-signature', headers: {} }),
      undefined,
    );
  });

  it('takes the components in any order and without blanks', () => {
    const authorization = `AWS4-HMAC-SHA256 Signature=${SIGNATURE},SignedHeaders=x-amz-date;Host,Credential=${CREDENTIAL}`;
    const claim = parseClaim(request({ authorization }));
    assert.deepEqual(claim?.signedHeaders, ['host', 'x-amz-date']);
    assert.equal(claim?.accessKey, ACCESS_KEY);
  });

  it('takes an access key with slashes', () => {
    const authorization = AUTHORIZATION.replace(ACCESS_KEY, 'team/user');
    assert.equal(parseClaim(request({ authorization }))?.accessKey, 'team/user');
  });

  it('takes the time from the Date header when there is no x-amz-date', () => {
    const { headers, ...rest } = without('x-amz-date');
    for (const date of ['Fri, 24 May 2013 00:00:00 GMT', TIMESTAMP]) {
      const claim = parseClaim({ ...rest, headers: { ...headers, date } });
      assert.equal(claim?.timestamp, TIMESTAMP);
      assert.equal(claim?.signedAt, NOW);
    }
  });

  const malformed: Readonly<Record<string, readonly [from: string, to: string]>> = {
    'no Credential': [`Credential=${CREDENTIAL}, `, ''],
    'no SignedHeaders': ['SignedHeaders=host;x-amz-date, ', ''],
    'no Signature': [`, Signature=${SIGNATURE}`, ''],
    'an empty Signature': [SIGNATURE, ''],
    'an unknown component': ['Signature=', 'Sig='],
    'a Credential of four parts': ['/aws4_request', ''],
    'an empty access key': [ACCESS_KEY, ''],
    'a wrong terminator': ['aws4_request', 'aws4_reques'],
    'a date that is none': ['/20130524/', '/2013-05-24/'],
    'an empty region': ['us-east-1', ''],
    'an empty list of signed headers': ['host;x-amz-date', ''],
    'a signed header that is no name': ['host;x-amz-date', 'host;a b'],
  };
  for (const [fault, [from, to]] of Object.entries(malformed)) {
    it(`answers AuthorizationHeaderMalformed to ${fault}`, () => {
      const authorization = AUTHORIZATION.replace(from, to);
      assert.notEqual(authorization, AUTHORIZATION);
      refuses(request({ authorization }), {
        code: 'AuthorizationHeaderMalformed',
        message: /^The authorization header is malformed; /,
      });
    });
  }

  it('answers InvalidRequest to Signature V2, and leaves it alone in a query', () => {
    const message = /^The authorization mechanism you have provided is not supported\. Please use AWS4-HMAC-SHA256\.$/;
    refuses(request({ authorization: 'AWS AKID:c2lnbmF0dXJl' }), { code: 'InvalidRequest', message });
    const target = '/b/k?AWSAccessKeyId=AKID&Expires=1&Signature=c2ln';
    assert.equal(parseClaim({ method: 'GET', target, headers: {} }), undefined);
  });

  it('answers InvalidArgument to another scheme and does not repeat its secret', () => {
    const bearer = request({ authorization: 'Bearer secret-token' });
    refuses(bearer, { code: 'InvalidArgument', message: /^Unsupported Authorization Type$/ });
    assert.throws(
      () => parseClaim(bearer),
      (error) => !JSON.stringify(error).includes('secret-token'),
    );
  });

  it('answers NotImplemented to Signature V4A', () => {
    refuses(request({ authorization: AUTHORIZATION.replace('HMAC', 'ECDSA-P256') }), {
      code: 'NotImplemented',
      message: /ECDSA/,
    });
    const value = 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER';
    refuses(request({ 'x-amz-content-sha256': value }), { code: 'NotImplemented', message: /ECDSA/ });
  });

  it('answers InvalidRequest when x-amz-content-sha256 is missing', () => {
    const message = /^Missing required header for this request: x-amz-content-sha256$/;
    refuses(without('x-amz-content-sha256'), { code: 'InvalidRequest', message });
  });

  for (const value of ['', 'UNSIGNED', EMPTY_SHA256.slice(1), `${EMPTY_SHA256}0`, EMPTY_SHA256.replace('e', 'g')]) {
    it(`answers InvalidArgument to the x-amz-content-sha256 "${value}"`, () => {
      const message = /^x-amz-content-sha256 must be UNSIGNED-PAYLOAD, .* or a valid sha256 value\.$/;
      refuses(request({ 'x-amz-content-sha256': value }), { code: 'InvalidArgument', message });
    });
  }

  const modes = {
    'UNSIGNED-PAYLOAD': { kind: 'unsigned' },
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { kind: 'chunked', signed: true, trailer: false },
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { kind: 'chunked', signed: true, trailer: true },
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { kind: 'chunked', signed: false, trailer: true },
  };
  for (const [value, payload] of Object.entries(modes)) {
    it(`reads ${value}`, () =>
      assert.deepEqual(parseClaim(request({ 'x-amz-content-sha256': value }))?.payload, payload));
  }

  for (const date of ['', 'yesterday', '20130532T000000Z', '20130024T000000Z', '20130524T240000Z', '20130524T000000']) {
    it(`answers AccessDenied to the x-amz-date "${date}"`, () => {
      const message = /^AWS authentication requires a valid Date or x-amz-date header$/;
      refuses(request({ 'x-amz-date': date }), { code: 'AccessDenied', message });
    });
  }

  it('answers InvalidArgument to a header and a query signature at once', () => {
    const message = /^Only one auth mechanism allowed; /;
    refuses(request({}, PRESIGNED_EXAMPLE.target), { code: 'InvalidArgument', message });
  });
});

describe('parseClaim of a presigned URL', () => {
  const required = ['Algorithm', 'Credential', 'Signature', 'Date', 'SignedHeaders', 'Expires'];
  for (const name of required) {
    it(`answers AuthorizationQueryParametersError when X-Amz-${name} is missing`, () => {
      const message = /^Query-string authentication version 4 requires the X-Amz-Algorithm, /;
      const incomplete = presigned((parameters) => parameters.delete(`X-Amz-${name}`));
      refuses(incomplete, { code: 'AuthorizationQueryParametersError', message });
    });
  }

  const faults: readonly (readonly [name: string, value: string, message: RegExp])[] = [
    ['X-Amz-Expires', '604801', /^X-Amz-Expires must be less than a week \(in seconds\)/],
    ['X-Amz-Expires', '-1', /^X-Amz-Expires must be non-negative$/],
    ['X-Amz-Expires', '0', /^X-Amz-Expires must be at least 1 second$/],
    ['X-Amz-Expires', '1e3', /^X-Amz-Expires should be a number$/],
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA1', /^X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"$/],
    ['X-Amz-Date', '2013-05-24', /^X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"$/],
    ['X-Amz-Credential', ACCESS_KEY, /the Credential is mal-formed; expecting "<YOUR-AKID>/],
    ['X-Amz-SignedHeaders', ';', /^X-Amz-SignedHeaders must be a list of header names\.$/],
  ];
  for (const [name, value, message] of faults) {
    it(`answers AuthorizationQueryParametersError to ${name}=${value}`, () => {
      const faulty = presigned((parameters) => parameters.set(name, value));
      refuses(faulty, { code: 'AuthorizationQueryParametersError', message });
    });
  }

  it('takes the shortest and the longest validity', () => {
    for (const seconds of [1, 604_800]) {
      const claim = parseClaim(presigned((parameters) => parameters.set('X-Amz-Expires', String(seconds))));
      assert.equal(claim?.expiresInSeconds, seconds);
    }
  });

  it('answers AuthorizationQueryParametersError to a parameter given twice', () => {
    const twice = presigned((parameters) => parameters.append('X-Amz-Expires', '60'));
    refuses(twice, { code: 'AuthorizationQueryParametersError', message: /X-Amz-Expires must be given only once/ });
  });

  it('answers InvalidURI to malformed percent-encoding', () => {
    const target = PRESIGNED_EXAMPLE.target.replace('%2F', '%2G');
    refuses({ ...PRESIGNED_EXAMPLE, target }, { code: 'InvalidURI', message: /^Couldn't parse the specified URI\.$/ });
    const notUtf8 = PRESIGNED_EXAMPLE.target.replace('%2F', '%FF');
    refuses({ ...PRESIGNED_EXAMPLE, target: notUtf8 }, { code: 'InvalidURI', message: /^Couldn't parse/ });
  });

  it('reads how the body comes from a digest header that was not signed', () => {
    const headers = { ...PRESIGNED_EXAMPLE.headers, 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };
    const claim = parseClaim({ ...PRESIGNED_EXAMPLE, headers });
    assert.deepEqual(claim?.payload, { kind: 'chunked', signed: false, trailer: true });
    assert.equal(claim?.payloadHash, 'UNSIGNED-PAYLOAD');
  });

  it('reads the digest that the signer put into the URL', () => {
    const claim = parseClaim(presigned((parameters) => parameters.set('X-Amz-Content-Sha256', EMPTY_SHA256)));
    assert.deepEqual(claim?.payload, { kind: 'signed', sha256: EMPTY_SHA256 });
    assert.equal(claim?.payloadHash, EMPTY_SHA256);
  });
});
