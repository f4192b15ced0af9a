import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { verifyV2Query } from '../../../signer/index.ts';
import { ACCESS_KEY, SECRET_KEY } from '../vectors.ts';
import { EXPIRES, EXPIRES_AT, hmac, PUBLISHED, refuses, signed, verify } from './support.ts';

describe('A URL presigned with Signature V2', () => {
  it('verifies as published', () => {
    verify(PUBLISHED, { hostBucket: 'johnsmith' });
  });

  it('opens neither another bucket nor another key nor another method', () => {
    const hostBucket = 'johnsmith';
    refuses('SignatureDoesNotMatch', () => verify(PUBLISHED, { hostBucket: 'janesmith' }));
    refuses('SignatureDoesNotMatch', () => verify(PUBLISHED));
    refuses('SignatureDoesNotMatch', () => verify({ ...PUBLISHED, method: 'DELETE' }, { hostBucket }));
    const target = PUBLISHED.target.replace('puppy', 'kitten');
    refuses('SignatureDoesNotMatch', () => verify({ ...PUBLISHED, target }, { hostBucket }));
  });

  it('is answered with what the server signed, and never with the signature of that', () => {
    const error = refuses('SignatureDoesNotMatch', () => verify(PUBLISHED, { hostBucket: 'b' }));
    const toSign = `GET\n\n\n${EXPIRES}\n/b/photos/puppy.jpg`;
    assert.deepEqual(error.detail, {
      AWSAccessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      StringToSign: toSign,
      SignatureProvided: 'NpgCjnDzrM+WFzoENXmpNDUsSn8=',
      StringToSignBytes: Array.from(Buffer.from(toSign), (byte) => byte.toString(16).padStart(2, '0')).join(' '),
    });
    const told = JSON.stringify(error) + error.message;
    assert.ok(!told.includes(hmac(toSign)) && !told.includes(SECRET_KEY));
  });

  it('is good until the second that it names, however far ahead that is', () => {
    verify(PUBLISHED, { hostBucket: 'johnsmith', now: EXPIRES_AT });
    verify(PUBLISHED, { hostBucket: 'johnsmith', now: 0 });
    const late = () => verify(PUBLISHED, { hostBucket: 'johnsmith', now: EXPIRES_AT + 1000 });
    const error = refuses('AccessDenied', late);
    assert.equal(error.message, 'Request has expired');
    assert.deepEqual(error.detail, { Expires: '2007-03-29T03:40:20Z', ServerTime: '2007-03-29T03:40:21Z' });
  });

  it('cannot be made to last by changing when it expires', () => {
    const target = PUBLISHED.target.replace(EXPIRES, '9999999999');
    refuses('SignatureDoesNotMatch', () => verify({ ...PUBLISHED, target }, { hostBucket: 'johnsmith' }));
  });
});

/** "Signing and authenticating REST requests", Authentication examples: their Date stands where a URL has Expires. */
const DOCUMENTED = {
  'Object GET': {
    hostBucket: 'johnsmith',
    target: '/photos/puppy.jpg',
    date: 'Tue, 27 Mar 2007 19:36:42 +0000',
    signature: 'bWq2s1WEIj+Ydj0vQ697zp+IXMU=',
  },
  'Object PUT': {
    method: 'PUT',
    hostBucket: 'johnsmith',
    target: '/photos/puppy.jpg',
    headers: { 'content-type': 'image/jpeg', 'content-length': '94328' },
    date: 'Tue, 27 Mar 2007 21:15:45 +0000',
    signature: 'MyyxeRY7whkBe+bq8fHCL/2kKUg=',
  },
  List: {
    hostBucket: 'johnsmith',
    target: '/?prefix=photos&max-keys=50&marker=puppy',
    headers: { 'user-agent': 'Mozilla/5.0' },
    date: 'Tue, 27 Mar 2007 19:42:41 +0000',
    signature: 'htDYFYduRNen8P9ZfE/s9SuKy0U=',
  },
  Fetch: {
    hostBucket: 'johnsmith',
    target: '/?acl',
    date: 'Tue, 27 Mar 2007 19:44:46 +0000',
    signature: 'c2WLPFtWHVgbEmeEG93a4cG37dM=',
  },
  Upload: {
    method: 'PUT',
    hostBucket: 'static.johnsmith.net',
    target: '/db-backup.dat.gz',
    headers: {
      'x-amz-acl': 'public-read',
      'content-type': 'application/x-download',
      'content-md5': '4gJE4saaMU4BqNR0kLY+lw==',
      'x-amz-meta-reviewedby': 'joe@johnsmith.net,jane@johnsmith.net',
      'x-amz-meta-filechecksum': '0x02661779',
      'x-amz-meta-checksumalgorithm': 'crc32',
      'content-disposition': 'attachment; filename=database.dat',
      'content-encoding': 'gzip',
    },
    date: 'Tue, 27 Mar 2007 21:06:08 +0000',
    signature: 'ilyl83RwaSoYIEdixDQcA4OnAnc=',
  },
  'List all my buckets': {
    target: '/',
    date: 'Wed, 28 Mar 2007 01:29:59 +0000',
    signature: 'qGdzdERIC03wnaRNKh6OqZehG9s=',
  },
  'Unicode keys': {
    target: '/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re',
    date: 'Wed, 28 Mar 2007 01:49:49 +0000',
    signature: 'DNEZGsoieTZ92F3bUfSPQcbGmlM=',
  },
};

describe('The documented examples of Signature V2', () => {
  for (const [name, example] of Object.entries(DOCUMENTED)) {
    it(`verify: ${name}`, () => {
      const { method, headers, hostBucket, target, date, signature } = {
        method: 'GET',
        headers: {},
        hostBucket: undefined,
        ...example,
      };
      const claim = { accessKey: ACCESS_KEY, signature, expires: date, expiresAt: EXPIRES_AT };
      verifyV2Query({
        request: { method, target, headers },
        claim,
        secretKey: SECRET_KEY,
        hostBucket,
        now: EXPIRES_AT,
      });
    });
  }
});

describe('What Signature V2 signs', () => {
  const examples = {
    'a path with nothing normalised': {
      target: '/b//a/./../%2e%2F+~',
      toSign: `GET\n\n\n${EXPIRES}\n/b//a/./../%2e%2F+~`,
    },
    'the values of overrides, decoded': {
      target: '/b/k?response-content-type=a%20b%2Bc&response-cache-control=%C3%A9%26%3D',
      toSign: `GET\n\n\n${EXPIRES}\n/b/k?response-cache-control=é&=&response-content-type=a b+c`,
    },
    'names in the order of their bytes, not with what follows them': {
      target: '/b/k?uploadId=u&partNumber=2&x-amz-meta-a-b=2&x-amz-meta-a=1',
      toSign: `GET\n\n\n${EXPIRES}\nx-amz-meta-a:1\nx-amz-meta-a-b:2\n/b/k?partNumber=2&uploadId=u`,
    },
    'x-amz- headers from the query, whatever their case': {
      target: '/b/k?X-Amz-Acl=private',
      toSign: `GET\n\n\n${EXPIRES}\nx-amz-acl:private\n/b/k`,
    },
    'header values as UTF-8': {
      target: '/b/k',
      headers: { 'x-amz-meta-a': Buffer.from(' é ').toString('latin1') },
      toSign: `GET\n\n\n${EXPIRES}\nx-amz-meta-a:é\n/b/k`,
    },
    'a bucket with or without a slash at its end': { target: '/b', toSign: `GET\n\n\n${EXPIRES}\n/b/` },
  };
  for (const [name, { toSign, ...request }] of Object.entries(examples)) {
    it(name, () => verify(signed(toSign, request)));
  }

  it('makes a difference of a slash at the end of a key', () => {
    refuses('SignatureDoesNotMatch', () => verify(signed(`GET\n\n\n${EXPIRES}\n/b/k/`, { target: '/b/k' })));
  });

  it('lets nothing be added or changed that it signs', () => {
    const headers = { 'content-type': 'text/plain', 'x-amz-meta-a': '1' };
    const toSign = `PUT\n\ntext/plain\n${EXPIRES}\nx-amz-acl:private\nx-amz-meta-a:1\n/b/k?partNumber=2&uploadId=u`;
    const target = '/b/k?uploadId=u&x-amz-acl=private&prefix=free&partNumber=2';
    const request = signed(toSign, { method: 'PUT', target, headers });
    verify(request);
    const changes = [
      { headers: { ...headers, 'content-type': 'text/html' } },
      { headers: { ...headers, 'content-md5': 'bWQ1' } },
      { headers: { ...headers, 'x-amz-meta-a': '2' } },
      { headers: { 'content-type': 'text/plain' } },
      { headers: { ...headers, 'x-amz-meta-new': '1' } },
      { headers: { ...headers, 'x-amz-copy-source': '/b/secret' } },
      { headers: { ...headers, 'x-amz-acl': 'public-read' } },
      { target: request.target.replace('acl=private', 'acl=public-read') },
      { target: request.target.replace('partNumber=2', 'partNumber=3') },
      { target: `${request.target}&uploads` },
      { target: `${request.target}&x-amz-meta-more=1` },
      { target: `${request.target}&versionId=1` },
    ];
    for (const change of changes) refuses('SignatureDoesNotMatch', () => verify({ ...request, ...change }));
  });

  it('keeps the value of one parameter from passing for two signed headers', () => {
    const toSign = `PUT\n\n\n${EXPIRES}\nx-amz-acl:private\nx-amz-meta-a:1\n/b/k`;
    verify(signed(toSign, { method: 'PUT', target: '/b/k?x-amz-acl=private&x-amz-meta-a=1' }));
    const merged = signed(toSign, { method: 'PUT', target: '/b/k?x-amz-acl=private%0Ax-amz-meta-a:1' });
    refuses('SignatureDoesNotMatch', () => verify(merged));
  });

  it('leaves out what no client can know to sign', () => {
    const request = signed(`GET\n\n\n${EXPIRES}\n/b/k`, { target: '/b/k?x-id=GetObject&list-type=2' });
    verify({ ...request, headers: { range: 'bytes=0-1', 'if-match': '"e"', 'user-agent': 'curl' } });
  });
});
