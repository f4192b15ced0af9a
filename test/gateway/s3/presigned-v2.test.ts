import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const DOMAIN = 's3.test';
let gateway: TestGateway;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_S3_DOMAIN: DOMAIN });
  for (const Bucket of ['first', 'second']) {
    await gateway.client().send(new CreateBucketCommand({ Bucket }));
    await gateway.client().send(new PutObjectCommand({ Bucket, Key: 'a key', Body: `of ${Bucket}` }));
  }
});
after(() => gateway.stop());

interface Presigned {
  readonly toSign: (expires: number) => string;
  readonly path: string;
  readonly seconds?: number;
  readonly accessKey?: string;
}

/** A target with the signature of exactly what `toSign` says. */
function presign({ toSign, path, seconds = 60, accessKey = gateway.accessKey }: Presigned): string {
  const expires = Math.floor(Date.now() / 1000) + seconds;
  const signature = createHmac('sha1', gateway.secretKey).update(toSign(expires)).digest('base64');
  const query = new URLSearchParams({ AWSAccessKeyId: accessKey, Expires: String(expires), Signature: signature });
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

function send(
  target: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number | undefined; text: string }> {
  const { hostname, port } = new URL(gateway.s3Url);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path: target, method, headers }, async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      resolve({ status: response.statusCode, text });
    });
    outgoing.on('error', reject).end(body);
  });
}

const getFirst = (expires: number) => `GET\n\n\n${expires}\n/first/a%20key`;

test('a URL presigned with Signature V2 is served in path style and in virtual-host style', async () => {
  assert.deepEqual(await send(presign({ toSign: getFirst, path: '/first/a%20key' })), {
    status: 200,
    text: 'of first',
  });
  const hosted = await send(presign({ toSign: getFirst, path: '/a%20key' }), { headers: { host: `first.${DOMAIN}` } });
  assert.deepEqual(hosted, { status: 200, text: 'of first' });
});

test('a URL presigned with Signature V2 opens nothing but what it was made for', async () => {
  const target = presign({ toSign: getFirst, path: '/a%20key' });
  for (const { path, host, method = 'GET' } of [
    { path: target, host: `second.${DOMAIN}` },
    { path: target.replace('/a%20key', '/second/a%20key'), host: DOMAIN },
    { path: target, host: `first.${DOMAIN}`, method: 'DELETE' },
    { path: `${target}&partNumber=1`, host: `first.${DOMAIN}` },
    { path: `${target}&response-content-type=text/html`, host: `first.${DOMAIN}` },
  ]) {
    const { status, text } = await send(path, { method, headers: { host } });
    assert.equal(status, 403);
    assert.match(text, /<Code>SignatureDoesNotMatch<\/Code>/);
  }
});

test('a URL presigned with Signature V2 is refused when it has expired, and for an unknown key', async () => {
  const late = await send(presign({ toSign: getFirst, path: '/first/a%20key', seconds: -2 }));
  assert.equal(late.status, 403);
  assert.match(late.text, /<Code>AccessDenied<\/Code><Message>Request has expired<\/Message>/);
  const unknown = await send(presign({ toSign: getFirst, path: '/first/a%20key', accessKey: 'UNKNOWN' }));
  assert.equal(unknown.status, 403);
  assert.match(unknown.text, /<Code>InvalidAccessKeyId<\/Code>/);
});

test('an upload by Signature V2 obeys the headers in its query, and refuses what it does not do', async () => {
  const metadata = presign({
    toSign: (expires) => `PUT\n\n\n${expires}\nx-amz-meta-colour:blue\n/first/put`,
    path: '/first/put?x-amz-meta-colour=blue',
  });
  assert.equal((await send(metadata, { method: 'PUT', body: 'body' })).status, 200);
  const head = await gateway.client().send(new HeadObjectCommand({ Bucket: 'first', Key: 'put' }));
  assert.deepEqual([head.Metadata, head.ContentLength], [{ colour: 'blue' }, 4]);

  const acl = presign({
    toSign: (expires) => `PUT\n\n\n${expires}\nx-amz-acl:public-read\n/first/put`,
    path: '/first/put?x-amz-acl=public-read',
  });
  assert.equal((await send(acl, { method: 'PUT', body: 'body' })).status, 400);

  const streaming = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  const framed = presign({
    toSign: (expires) => `PUT\n\n\n${expires}\nx-amz-content-sha256:${streaming}\n/first/framed`,
    path: '/first/framed',
  });
  const headers = { 'x-amz-content-sha256': streaming };
  assert.equal((await send(framed, { method: 'PUT', body: '4\r\nbody\r\n0\r\n\r\n', headers })).status, 501);
});
