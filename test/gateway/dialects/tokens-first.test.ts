import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cloudstore } from '../../../gateway/dialects/cloudstore.ts';
import { general } from '../../../gateway/dialects/general.ts';
import { middleware } from '../../../gateway/dialects/middleware.ts';
import { objectstore } from '../../../gateway/dialects/objectstore.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

/** What anybody may ask: who has no token yet. */
const PUBLIC = [
  'cloudstore.login',
  'cloudstore.register',
  'general.login',
  'general.oauth',
  'general.register',
  'middleware.auth',
  'middleware.register',
  'objectstore.login',
  'objectstore.register',
];

describe('who bears no token', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  const routes = Object.values({ general, objectstore, middleware, cloudstore }).flatMap((dialect) => dialect.routes);

  test('may register and log in, and nothing else', () => {
    const names = routes.filter(({ isPublic }) => isPublic).map(({ name }) => name);
    assert.deepEqual(names.sort(), PUBLIC);
  });

  for (const { name, method, path } of routes.filter(({ isPublic }) => !isPublic)) {
    for (const each of [method].flat()) {
      test(`is told so by ${name} (${each} ${path}), whatever else is wrong with the request`, async () => {
        const url = gateway.apiUrl + path.replace(/\*|:\w+/g, 'x');
        const hasBody = each !== 'GET';
        const reply = await fetch(url, {
          method: each,
          ...(hasBody ? { body: '{"not": ', headers: { 'content-type': 'application/json' } } : {}),
        });
        assert.equal(reply.status, 401, await reply.text());
        assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer/);
      });
    }
  }
});
