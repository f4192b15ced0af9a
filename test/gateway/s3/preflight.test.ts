import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Conversation } from '../../support/conversation.ts';
import { CORS_VARY, corsOf, corsRule, putCors } from '../../support/cors.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { textOf } from '../../support/strict-xml.ts';
import { assertFailure } from '../../support/wire.ts';

const SHOP = 'https://shop.example.com';
const NOT_ALLOWED =
  "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

let gateway: TestGateway;
let owner: Conversation;
/** Browsers do not sign preflights. */
let browser: Conversation;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_S3_DOMAIN: 's3.test' });
  owner = new Conversation(gateway);
  browser = new Conversation(gateway, 'anonymous');
  for (const bucket of ['open', 'closed', 'anyone', 'first']) await owner.createBucket(bucket);
  await putCors(
    owner,
    'open',
    corsRule(
      ['AllowedOrigin', SHOP],
      ['AllowedOrigin', 'https://*.example.org'],
      ['AllowedMethod', 'GET'],
      ['AllowedMethod', 'PUT'],
      ['AllowedHeader', 'Authorization'],
      ['AllowedHeader', 'X-Amz-*'],
      ['ExposeHeader', 'ETag'],
      ['ExposeHeader', 'x-amz-request-id'],
      ['MaxAgeSeconds', '3000'],
    ),
  );
  await putCors(owner, 'anyone', corsRule(['AllowedOrigin', '*'], ['AllowedMethod', 'GET']));
});
after(() => gateway.stop());

function ask(target: string, headers: Readonly<Record<string, string>>) {
  return browser.send({ method: 'OPTIONS', target, headers });
}

/** A preflight of a page of `origin`. */
function preflight(target: string, { origin = SHOP, method = 'GET', headers = '' } = {}) {
  const asked = headers === '' ? {} : { 'access-control-request-headers': headers };
  return ask(target, { origin, 'access-control-request-method': method, ...asked });
}

interface Refusal {
  readonly status?: number;
  readonly code?: string;
  readonly message: string;
  /** `Method` and `ResourceType`. */
  readonly about?: readonly [string, string];
}

async function assertRefused(reply: ReturnType<typeof ask>, refusal: Refusal): Promise<void> {
  const { status = 403, code = 'AccessForbidden', message, about } = refusal;
  const got = await reply;
  const error = assertFailure(got, { status, code });
  assert.equal(textOf(error, 'Message'), message);
  if (about !== undefined) assert.deepEqual([textOf(error, 'Method'), textOf(error, 'ResourceType')], about);
  assert.deepEqual(corsOf(got), {}, 'a refusal tells a browser nothing');
}

describe('a preflight that a rule allows', () => {
  test('is answered 200 with what the rule says, and no body', async () => {
    const reply = await preflight('/open/key', { method: 'PUT', headers: 'authorization,x-amz-date' });
    assert.equal(reply.status, 200);
    assert.equal(reply.body.byteLength, 0);
    assert.equal(reply.headers.get('content-length'), '0');
    assert.deepEqual(corsOf(reply), {
      'access-control-allow-origin': SHOP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'authorization, x-amz-date',
      'access-control-expose-headers': 'ETag, x-amz-request-id',
      'access-control-max-age': '3000',
      vary: CORS_VARY,
    });
  });

  test('names the headers that were asked for in lower case, however they are listed', async () => {
    const reply = await preflight('/open/key', { headers: 'X-AMZ-Meta-One , ,AUTHORIZATION' });
    assert.equal(reply.status, 200);
    assert.equal(corsOf(reply)['access-control-allow-headers'], 'x-amz-meta-one, authorization');
  });

  test('is told of any origin without credentials, and of nothing that the rule does not say', async () => {
    assert.deepEqual(corsOf(await preflight('/anyone/key')), {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET',
      vary: CORS_VARY,
    });
  });

  test('gets its own origin back where a wildcard within a pattern fits it', async () => {
    const told = corsOf(await preflight('/open/key', { origin: 'https://a.b.example.org' }));
    assert.equal(told['access-control-allow-origin'], 'https://a.b.example.org');
    assert.equal(told['access-control-allow-credentials'], 'true');
  });

  test('is told of its origin and headers octet for octet', async () => {
    const origin = 'https://\xe9\t\xff.example.org';
    const told = corsOf(await preflight('/open/key', { origin, headers: 'X-AMZ-\xc9' }));
    assert.equal(told['access-control-allow-origin'], origin);
    assert.equal(told['access-control-allow-headers'], 'x-amz-\xe9');
  });

  test('need not be about a key that exists, nor about a key', async () => {
    for (const target of ['/open', '/open/', '/open/nothing/here', '/open?list-type=2&prefix=a']) {
      assert.equal((await preflight(target)).status, 200, target);
    }
  });

  test('may have any query, signed or not, since nobody verifies it', async () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=nobody&X-Amz-Signature=none&partNumber=1&uploadId=u';
    for (const target of [`/open/key?${query}`, '/open/key?frobnicate', '/open?acl']) {
      assert.equal((await preflight(target)).status, 200, target);
    }
  });

  test('may bear a wrong signature', async () => {
    const signing = { forge: (authorization: string) => `${authorization}0` };
    const headers = { origin: SHOP, 'access-control-request-method': 'GET' };
    assert.equal((await owner.send({ method: 'OPTIONS', target: '/open/key', headers, signing })).status, 200);
  });

  test('may name the bucket in the host', async () => {
    const headers = { host: 'open.s3.test', origin: SHOP, 'access-control-request-method': 'GET' };
    assert.equal((await ask('/key', headers)).status, 200);
  });

  test('is decided by the first rule that fits', async () => {
    await putCors(
      owner,
      'first',
      corsRule(['AllowedOrigin', SHOP], ['AllowedMethod', 'PUT'], ['MaxAgeSeconds', '1']),
      corsRule(['AllowedOrigin', '*'], ['AllowedMethod', 'GET'], ['MaxAgeSeconds', '2']),
      corsRule(['AllowedOrigin', SHOP], ['AllowedMethod', 'GET'], ['MaxAgeSeconds', '3']),
    );
    assert.equal(corsOf(await preflight('/first/key'))['access-control-max-age'], '2');
    assert.equal(corsOf(await preflight('/first/key', { method: 'PUT' }))['access-control-max-age'], '1');
  });

  test('follows the rules at once when they are replaced or deleted', async () => {
    await putCors(owner, 'first', corsRule(['AllowedOrigin', 'https://new.example'], ['AllowedMethod', 'GET']));
    assert.equal((await preflight('/first/key', { origin: 'https://new.example' })).status, 200);
    assert.equal((await preflight('/first/key')).status, 403);
    await owner.succeed({ method: 'DELETE', target: '/first?cors' });
    const message = 'CORSResponse: CORS is not enabled for this bucket.';
    await assertRefused(preflight('/first/key', { origin: 'https://new.example' }), { message });
  });
});

describe('a preflight is refused', () => {
  test('where no rule fits its origin', async () => {
    const about = ['GET', 'OBJECT'] as const;
    await assertRefused(preflight('/open/key', { origin: 'http://shop.example.com' }), { message: NOT_ALLOWED, about });
  });

  test('where no rule fits its method', async () => {
    await assertRefused(preflight('/open', { method: 'DELETE' }), {
      message: NOT_ALLOWED,
      about: ['DELETE', 'BUCKET'],
    });
  });

  test('where one of its headers is not allowed', async () => {
    const reply = preflight('/open/key', { method: 'PUT', headers: 'authorization,content-type' });
    await assertRefused(reply, { message: NOT_ALLOWED, about: ['PUT', 'OBJECT'] });
    await assertRefused(preflight('/anyone/key', { headers: 'authorization' }), { message: NOT_ALLOWED });
  });

  test('where nothing is configured, of the bucket whatever its key', async () => {
    const message = 'CORSResponse: CORS is not enabled for this bucket.';
    await assertRefused(preflight('/closed/key', { method: 'PUT' }), { message, about: ['PUT', 'BUCKET'] });
    await assertRefused(ask('/closed', { origin: SHOP }), { message, about: ['OPTIONS', 'BUCKET'] });
  });

  test('where there is no bucket', async () => {
    const message = 'CORSResponse: Bucket not found';
    for (const target of ['/nowhere', '/nowhere/key', '/', '/Not_A_Name/key']) {
      await assertRefused(preflight(target), { message, about: ['GET', 'BUCKET'] });
    }
    await assertRefused(ask('/nowhere/key', { origin: SHOP }), { message, about: ['OPTIONS', 'BUCKET'] });
  });

  test('without an origin, wherever it asks', async () => {
    const message = 'Insufficient information. Origin request header needed.';
    for (const target of ['/open/key', '/closed', '/nowhere', '/']) {
      const headers = { 'access-control-request-method': 'GET', referer: SHOP };
      await assertRefused(ask(target, headers), { status: 400, code: 'BadRequest', message });
    }
    await assertRefused(ask('/open', { origin: '' }), { status: 400, code: 'BadRequest', message });
  });

  test('without a method, or with one that no rule can allow', async () => {
    const refusal = { status: 400, code: 'BadRequest' };
    const message = 'Invalid Access-Control-Request-Method: ';
    await assertRefused(ask('/open/key', { origin: SHOP }), { ...refusal, message: `${message}null` });
    for (const method of ['PATCH', 'get', 'OPTIONS', '<PUT>']) {
      await assertRefused(preflight('/open/key', { method }), { ...refusal, message: message + method });
    }
  });

  test('with more headers than any page asks for', async () => {
    const headers = Array.from({ length: 101 }, (_, index) => `x-amz-${index}`).join();
    await assertRefused(preflight('/open/key', { headers }), { message: NOT_ALLOWED });
  });
});
