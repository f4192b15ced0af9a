import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { type CredentialScope, deriveSigningKey, presignUrl, signRequest } from '../../signer/index.ts';
import { ACCESS_KEY, EMPTY_SHA256, NOW, REGION, SECRET_KEY, TIMESTAMP, verifyExample } from './vectors.ts';

const CREDENTIALS = { accessKey: ACCESS_KEY, secretKey: SECRET_KEY };
const REQUEST = { credentials: CREDENTIALS, region: REGION, now: NOW };

describe('signRequest', () => {
  it('makes the Authorization header of the published GET Object example', () => {
    const added = signRequest({
      ...REQUEST,
      method: 'GET',
      url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
      headers: { Range: 'bytes=0-9' },
      payload: EMPTY_SHA256,
    });
    assert.deepEqual(added, {
      'x-amz-date': TIMESTAMP,
      'x-amz-content-sha256': EMPTY_SHA256,
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    });
  });

  it('leaves out headers that change on the way', () => {
    const headers = {
      'User-Agent': 'gatehouse',
      Connection: 'close',
      Expect: '100-continue',
      'Content-Type': 'text/plain',
    };
    const url = new URL('http://localhost:9000/b/k');
    const { authorization } = signRequest({ ...REQUEST, method: 'PUT', url, headers, payload: 'UNSIGNED-PAYLOAD' });
    assert.match(authorization ?? '', /SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,/);
  });

  it('sends and signs the token of temporary credentials', () => {
    const credentials = { ...CREDENTIALS, sessionToken: 'token/+=' };
    const url = new URL('http://localhost:9000/b/k?acl');
    const added = signRequest({ ...REQUEST, credentials, method: 'GET', url, headers: {}, payload: EMPTY_SHA256 });
    assert.equal(added['x-amz-security-token'], 'token/+=');
    const request = { method: 'GET', target: '/b/k?acl', headers: { host: 'localhost:9000', ...added } };
    assert.equal(verifyExample(request).claim.sessionToken, 'token/+=');
    const forged = { ...request, headers: { ...request.headers, 'x-amz-security-token': 'other' } };
    assert.throws(() => verifyExample(forged), { code: 'SignatureDoesNotMatch' });
  });

  it('signs a host that is given apart from the URL', () => {
    const url = new URL('http://127.0.0.1:9000/b');
    const headers = { host: 'public.example' };
    const added = signRequest({ ...REQUEST, method: 'GET', url, headers, payload: EMPTY_SHA256 });
    verifyExample({ method: 'GET', target: '/b', headers: { ...headers, ...added } });
  });
});

describe('presignUrl', () => {
  it('makes the published presigned example', () => {
    const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt');
    const presigned = presignUrl({ ...REQUEST, method: 'GET', url, expiresInSeconds: 86_400 });
    assert.equal(
      presigned.href,
      'https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
    assert.equal(url.search, '');
  });

  it('keeps the query, and carries headers and the token', () => {
    const presigned = presignUrl({
      ...REQUEST,
      credentials: { ...CREDENTIALS, sessionToken: 'token/+=' },
      method: 'PUT',
      url: new URL("http://localhost:9000/b/k?response-content-disposition=it's+a b%2B&acl"),
      headers: { 'Content-Type': 'text/plain' },
      expiresInSeconds: 60,
    });
    const target = presigned.pathname + presigned.search;
    const request = { method: 'PUT', target, headers: { host: 'localhost:9000', 'content-type': 'text/plain' } };
    const { claim } = verifyExample(request);
    assert.deepEqual(claim.signedHeaders, ['content-type', 'host']);
    assert.equal(claim.sessionToken, 'token/+=');
    assert.equal(presigned.searchParams.get('response-content-disposition'), "it's a b+");
    const other = { ...request, headers: { ...request.headers, 'content-type': 'text/html' } };
    assert.throws(() => verifyExample(other), { code: 'SignatureDoesNotMatch' });
  });

  it('refuses a validity that S3 would refuse', () => {
    const url = new URL('http://localhost:9000/b/k');
    for (const expiresInSeconds of [0, -1, 1.5, 604_801, Number.NaN]) {
      assert.throws(() => presignUrl({ ...REQUEST, method: 'GET', url, expiresInSeconds }), RangeError);
    }
    presignUrl({ ...REQUEST, method: 'GET', url, expiresInSeconds: 604_800 });
  });
});

describe('deriveSigningKey', () => {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const derive = (secretKey: string, { date, region, service }: CredentialScope) =>
    [region, service, 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secretKey}`, date));

  it('derives the same key whether or not it has it in its cache', () => {
    const scope = { date: '20260101', region: REGION, service: 's3' };
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 2500; index++) {
        const secretKey = `secret-${index}`;
        assert.ok(deriveSigningKey({ secretKey, scope }).equals(derive(secretKey, scope)));
      }
    }
  });

  it('derives another key for every part of the scope and for every secret', () => {
    const scope = { date: '20260101', region: 'a', service: 's3' };
    const inputs = [
      { secretKey: 'x', scope },
      { secretKey: 'y', scope },
      { secretKey: 'x', scope: { ...scope, date: '20260102' } },
      { secretKey: 'x', scope: { ...scope, region: 'b' } },
      { secretKey: 'x', scope: { ...scope, service: 's4' } },
    ];
    const keys = inputs.map((input) => deriveSigningKey(input).toString('hex'));
    assert.deepEqual(
      keys,
      inputs.map((input) => derive(input.secretKey, input.scope).toString('hex')),
    );
    assert.equal(new Set(keys).size, inputs.length);
  });

  it('gives the same buffer again while it is in use', () => {
    const input = { secretKey: 'kept', scope: { date: '20260101', region: REGION, service: 's3' } };
    assert.equal(deriveSigningKey(input), deriveSigningKey(input));
  });
});
