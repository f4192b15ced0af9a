import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Conversation } from '../../support/conversation.ts';
import { CORS_VARY, corsOf, corsRule, putCors } from '../../support/cors.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import type { WireRequest } from '../../support/wire-request.ts';

const SHOP = 'https://shop.example.com';
const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];
/** What every reply to the shop says. */
const TOLD = {
  'access-control-allow-origin': SHOP,
  'access-control-allow-credentials': 'true',
  'access-control-allow-methods': METHODS.join(', '),
  'access-control-expose-headers': 'ETag, x-amz-version-id',
  'access-control-max-age': '600',
  vary: CORS_VARY,
};

let gateway: TestGateway;
let owner: Conversation;
let stranger: Conversation;

before(async () => {
  gateway = await startGateway();
  owner = new Conversation(gateway);
  stranger = new Conversation(gateway, await gateway.addUser('stranger'));
  for (const bucket of ['open', 'reading', 'anyone', 'closed']) {
    await owner.createBucket(bucket);
    await owner.put(bucket, 'key', { body: 'content' });
  }
  await putCors(
    owner,
    'open',
    corsRule(
      ['AllowedOrigin', SHOP],
      ...METHODS.map((method) => ['AllowedMethod', method] as const),
      ['ExposeHeader', 'ETag'],
      ['ExposeHeader', 'x-amz-version-id'],
      ['MaxAgeSeconds', '600'],
    ),
  );
  await putCors(owner, 'reading', corsRule(['AllowedOrigin', SHOP], ['AllowedMethod', 'GET']));
  await putCors(owner, 'anyone', corsRule(['AllowedOrigin', '*'], ['AllowedMethod', 'GET']));
});
after(() => gateway.stop());

/** A request that a page of the shop sends. */
function fromShop(request: WireRequest): WireRequest {
  return { ...request, headers: { origin: SHOP, ...request.headers } };
}

describe('a reply to an allowed origin says so', () => {
  const successes: Readonly<Record<string, WireRequest & { readonly status: number }>> = {
    'for an object': { target: '/open/key', status: 200 },
    'for the head of an object': { method: 'HEAD', target: '/open/key', status: 200 },
    'for a part of an object': { target: '/open/key', headers: { range: 'bytes=1-2' }, status: 206 },
    'for what has not changed': {
      target: '/open/key',
      headers: { 'if-modified-since': new Date(Date.now() + 60_000).toUTCString() },
      status: 304,
    },
    'for an upload': { method: 'PUT', target: '/open/uploaded', body: 'content', status: 200 },
    'for a deletion': { method: 'DELETE', target: '/open/uploaded', status: 204 },
    'for a list': { target: '/open?list-type=2', status: 200 },
    'for the bucket': { method: 'HEAD', target: '/open', status: 200 },
  };
  for (const [name, { status, ...request }] of Object.entries(successes)) {
    test(name, async () => {
      const reply = await owner.send(fromShop(request));
      assert.equal(reply.status, status);
      assert.deepEqual(corsOf(reply), TOLD);
    });
  }

  const failures: Readonly<Record<string, WireRequest & { readonly status: number; readonly code: string }>> = {
    'when there is no such key': { target: '/open/nothing', status: 404, code: 'NoSuchKey' },
    'when a signature is wrong': {
      target: '/open/key',
      signing: { forge: (authorization) => authorization.replace(/.$/, (last) => (last === '0' ? '1' : '0')) },
      status: 403,
      code: 'SignatureDoesNotMatch',
    },
    'when a signature cannot be read': {
      target: '/open/key',
      signing: { forge: () => 'AWS4-HMAC-SHA256 nonsense' },
      status: 400,
      code: 'AuthorizationHeaderMalformed',
    },
    'when a key is unknown': {
      target: '/open/key',
      credentials: { accessKey: 'UNKNOWNACCESSKEY', secretKey: 'unknown' },
      status: 403,
      code: 'InvalidAccessKeyId',
    },
    'when nothing is signed': { target: '/open/key', credentials: undefined, status: 403, code: 'AccessDenied' },
    'when a condition does not hold': {
      target: '/open/key',
      headers: { 'if-match': '"other"' },
      status: 412,
      code: 'PreconditionFailed',
    },
    'when there is no such range': {
      target: '/open/key',
      headers: { range: 'bytes=100-' },
      status: 416,
      code: 'InvalidRange',
    },
    'when a body is not what was announced': {
      method: 'PUT',
      target: '/open/uploaded',
      body: 'content',
      headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
      status: 400,
      code: 'BadDigest',
    },
    'when something is not implemented': { target: '/open?website', status: 501, code: 'NotImplemented' },
  };
  for (const [name, { status, code, ...request }] of Object.entries(failures)) {
    test(name, async () => {
      const reply = await owner.send(fromShop(request));
      assert.equal(reply.status, status);
      assert.match(reply.body.toString(), new RegExp(`<Code>${code}</Code>`));
      assert.deepEqual(corsOf(reply), TOLD);
    });
  }

  test('also when the account that asks may not read', async () => {
    const reply = await stranger.send(fromShop({ target: '/open/key' }));
    assert.equal(reply.status, 403);
    assert.deepEqual(corsOf(reply), TOLD);
  });

  test('for a presigned URL, and for one that has been tampered with', async () => {
    const command = new GetObjectCommand({ Bucket: 'open', Key: 'key' });
    const url = await getSignedUrl(gateway.client(), command);
    for (const [address, status] of [
      [url, 200],
      [`${url}0`, 403],
    ] as const) {
      const reply = await fetch(address, { headers: { origin: SHOP } });
      await reply.text();
      assert.equal(reply.status, status);
      assert.equal(reply.headers.get('access-control-allow-origin'), SHOP);
      assert.equal(reply.headers.get('vary'), CORS_VARY);
    }
  });

  test('for a form, and for one that breaks its policy', async () => {
    const Conditions = [['content-length-range', 1, 5] as ['content-length-range', number, number]];
    const { fields } = await createPresignedPost(gateway.client(), { Bucket: 'open', Key: 'form', Conditions });
    for (const [content, status] of [
      ['12345', 204],
      ['123456', 400],
    ] as const) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob([content]));
      const reply = await fetch(`${gateway.s3Url}/open`, { method: 'POST', body: form, headers: { origin: SHOP } });
      await reply.text();
      assert.equal(reply.status, status);
      assert.equal(reply.headers.get('access-control-allow-origin'), SHOP);
      assert.equal(reply.headers.get('access-control-expose-headers'), TOLD['access-control-expose-headers']);
    }
  });
});

test('an error of the gateway itself says so, too', async () => {
  await owner.put('open', 'lost', { body: Buffer.alloc(100_000) });
  await rm(join(gateway.dataFolder, 'blobs'), { recursive: true });
  const reply = await owner.send(fromShop({ target: '/open/lost' }));
  assert.equal(reply.status, 500);
  assert.match(reply.body.toString(), /<Code>InternalError<\/Code>/);
  assert.deepEqual(corsOf(reply), TOLD);
});

test('any origin is answered with a star and without credentials', async () => {
  const reply = await owner.succeed(fromShop({ target: '/anyone/key' }));
  assert.deepEqual(corsOf(reply), {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET',
    vary: CORS_VARY,
  });
});

describe('a reply says nothing of origins', () => {
  const requests: Readonly<Record<string, WireRequest>> = {
    'to a request without one': { target: '/open/key' },
    'to an origin that no rule fits': { target: '/open/key', headers: { origin: 'https://evil.example' } },
    'to a method that no rule fits': fromShop({ method: 'HEAD', target: '/reading/key' }),
    'where nothing is configured': fromShop({ target: '/closed/key' }),
    'where there is no bucket': fromShop({ target: '/nowhere/key' }),
    'of the service itself': fromShop({ target: '/' }),
  };
  for (const [name, request] of Object.entries(requests)) {
    test(name, async () => assert.deepEqual(corsOf(await owner.send(request)), {}));
  }

  test('to a request whose address cannot be read', async () => {
    const reply = await owner.send(fromShop({ target: '/open/%zz' }));
    assert.equal(reply.status, 400);
    assert.deepEqual(corsOf(reply), {});
  });
});

test('a request that no rule allows is done all the same: the browser keeps the reply, not the gateway', async () => {
  const reply = await owner.succeed(fromShop({ method: 'PUT', target: '/reading/written', body: 'content' }));
  assert.deepEqual(corsOf(reply), {});
  assert.equal(await owner.read('reading', 'written'), 'content');
});

test('what a preflight would ask decides wherever it stands', async () => {
  const asks = (name: string, value: string) =>
    owner.succeed(fromShop({ target: '/reading/key', headers: { [`access-control-request-${name}`]: value } }));
  assert.deepEqual(corsOf(await asks('method', 'PUT')), {});
  assert.deepEqual(corsOf(await asks('headers', 'authorization')), {});
  assert.equal(corsOf(await asks('method', 'GET'))['access-control-allow-origin'], SHOP);
});

test('CORS gives nobody a permission', async () => {
  const anonymous = new Conversation(gateway, 'anonymous');
  await anonymous.fail(fromShop({ target: '/open/key' }), 403, 'AccessDenied');
});

test('each reply of a connection is decided anew', async () => {
  for (const [origin, told] of [
    [SHOP, SHOP],
    ['https://evil.example', null],
    [SHOP, SHOP],
  ] as const) {
    const reply = await gateway.fetchSigned('/open/key', { headers: { origin } });
    await reply.text();
    assert.equal(reply.headers.get('access-control-allow-origin'), told);
  }
});
