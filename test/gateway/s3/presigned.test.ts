import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { presignUrl } from '../../../signer/index.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_S3_DOMAIN: 's3.test', GATEHOUSE_PUBLIC_S3_URL: 'https://s3.public.test' });
  for (const name of ['first', 'second']) await gateway.client().send(new CreateBucketCommand({ Bucket: name }));
});
after(() => gateway.stop());

test('a presigned PUT obeys the x-amz- headers that its query carries', async () => {
  const command = new PutObjectCommand({ Bucket: 'first', Key: 'hoisted', Metadata: { colour: 'blue' } });
  const response = await fetch(await getSignedUrl(gateway.client(), command), { method: 'PUT', body: 'presigned' });
  assert.equal(response.status, 200);
  const head = await gateway.client().send(new HeadObjectCommand({ Bucket: 'first', Key: 'hoisted' }));
  assert.deepEqual(head.Metadata, { colour: 'blue' });
  assert.equal(head.ContentLength, 9);
});

test('a presigned PUT with a header that is not supported is refused wherever the header stands', async () => {
  const command = new PutObjectCommand({ Bucket: 'first', Key: 'hoisted-acl', ACL: 'public-read' });
  const response = await fetch(await getSignedUrl(gateway.client(), command), { method: 'PUT', body: 'presigned' });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /<Code>AccessControlListNotSupported<\/Code>/);
});

test('a URL signed for the public host works behind a proxy that changes the Host header', async () => {
  const url = presignGet('https://s3.public.test/first/hoisted');
  const response = await fetch(gateway.s3Url + url.pathname + url.search);
  assert.equal(response.status, 200);
});

test('a URL signed for one host does not open another bucket through the Host header', async () => {
  const url = presignGet('https://s3.public.test/first/hoisted');
  const response = await getWithHost(url, 'second.s3.test');
  assert.match(response, /^HTTP\/1.1 403 .*<Code>SignatureDoesNotMatch<\/Code>/s);
});

function presignGet(url: string): URL {
  const credentials = { accessKey: gateway.accessKey, secretKey: gateway.secretKey };
  const input = { method: 'GET', url: new URL(url), credentials, region: 'us-east-1' };
  return presignUrl({ ...input, expiresInSeconds: 60, now: Date.now() });
}

/** fetch does not let its caller choose the Host header. */
function getWithHost(url: URL, host: string): Promise<string> {
  const { hostname, port } = new URL(gateway.s3Url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (piece) => {
      text += piece.toString();
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
    socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });
}
