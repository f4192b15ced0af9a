import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const ORIGIN = 'https://app.example';

describe('Pages of another origin', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ GATEHOUSE_OAUTH_REDIRECTS: `${ORIGIN},http://localhost:3000` });
  });
  after(() => gateway.stop());

  const preflight = (origin: string, path = '/sessions') =>
    askApi(gateway, path, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'DELETE',
        'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key',
      },
    });

  test('that is known may ask with a bearer token, and never with cookies', async () => {
    const { status, headers } = await preflight(ORIGIN);
    assert.equal(status, 204);
    assert.equal(headers.get('access-control-allow-origin'), ORIGIN);
    assert.match(headers.get('access-control-allow-methods') ?? '', /DELETE/);
    assert.match(headers.get('access-control-allow-headers') ?? '', /Authorization, Content-Type, Idempotency-Key/);
    assert.equal(headers.get('access-control-allow-credentials'), null);
    assert.match(headers.get('vary') ?? '', /Origin/);
  });

  test('that is known may read replies, refusals too', async () => {
    const reply = await askApi(gateway, '/sessions', { headers: { Origin: ORIGIN } });
    assertProblem(reply, 401, 'not-authenticated');
    assert.equal(reply.headers.get('access-control-allow-origin'), ORIGIN);
    assert.match(reply.headers.get('access-control-expose-headers') ?? '', /Retry-After/);
    assert.equal(reply.headers.get('access-control-allow-credentials'), null);
  });

  test('that is not known is told nothing', async () => {
    for (const origin of ['https://evil.example', 'https://app.example.evil', 'http://app.example', 'null']) {
      const reply = await preflight(origin);
      assertProblem(reply, 405, 'method-not-allowed');
      assert.equal(reply.headers.get('access-control-allow-origin'), null);
      assert.match(reply.headers.get('vary') ?? '', /Origin/);
    }
  });
});

test('No page of another origin is known by default', async () => {
  const gateway = await startGateway();
  try {
    const reply = await askApi(gateway, '//healthz', { headers: { Origin: ORIGIN } });
    assert.equal(reply.headers.get('access-control-allow-origin'), null);
  } finally {
    await gateway.stop();
  }
});
