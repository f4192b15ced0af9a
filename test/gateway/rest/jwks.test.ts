import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import { PUBLISH_AHEAD_MS } from '../../../gateway/services/sessions/signing-keys.ts';
import { addApiUser, askApi } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const PATHS = ['/jwks', '//.well-known/jwks.json'];

let gateway: TestGateway;

before(async () => {
  gateway = await startGateway();
});
after(() => gateway.stop());

describe('the published keys', () => {
  for (const path of PATHS) {
    test(`GET ${path.replace('//', '/')} lets anybody verify a token`, async () => {
      const { token, id } = await addApiUser(gateway, `user-${PATHS.indexOf(path)}`);
      const reply = await askApi(gateway, path);
      assert.equal(reply.status, 200);
      assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
      const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(reply.body as JSONWebKeySet), {
        algorithms: ['EdDSA'],
        audience: 'gatehouse',
        issuer: gateway.services.tokens.issuer,
      });
      assert.equal(payload.sub, id);
      assert.equal(protectedHeader.kid, reply.body.keys[0].kid);
      for (const key of reply.body.keys)
        assert.deepEqual(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    });

    test(`GET ${path.replace('//', '/')} may be kept for less than a new key is published ahead`, async () => {
      const { headers } = await askApi(gateway, path);
      const maxAge = /^public, max-age=(\d+)$/.exec(headers.get('cache-control') ?? '')?.[1];
      assert.ok(Number(maxAge) > 0 && Number(maxAge) * 1000 < PUBLISH_AHEAD_MS);
    });
  }

  test('has the next key before that signs, and the last one while its tokens count', async () => {
    await gateway.services.signingKeys.rotate(OPERATOR);
    await gateway.services.signingKeys.rotate(OPERATOR, { now: true });
    const { token } = await addApiUser(gateway, 'later');
    for (const path of PATHS) {
      const { body } = await askApi(gateway, path);
      assert.equal(body.keys.length, 3);
      await jwtVerify(token, createLocalJWKSet(body as JSONWebKeySet));
    }
  });
});
