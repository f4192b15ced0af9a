import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import { addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let one: TestGateway;
let other: TestGateway;

before(async () => {
  one = await startGateway();
  other = await startGateway({ GATEHOUSE_DATA: one.dataFolder });
});
after(async () => {
  await other.stop();
  await one.stop();
});

const current = (gateway: TestGateway, token: string) => askApi(gateway, '/sessions/current', { token });

describe('two gateways on one database', () => {
  test('that make their first token at once sign with one key', async () => {
    await addApiUser(one, 'first');
    const logIn = (gateway: TestGateway) =>
      askApi(gateway, '/sessions', { method: 'POST', body: { name: 'first', password: PASSWORD } });
    const replies = await Promise.all([one, other, one, other].map(logIn));
    const kids = replies.map(({ body }) => decodeProtectedHeader(body.access_token).kid);
    assert.equal(new Set(kids).size, 1);
    for (const { body } of replies)
      for (const gateway of [one, other]) assert.equal((await current(gateway, body.access_token)).status, 200);
  });

  test('share sessions: what ends at one counts no more at the other', async () => {
    const ann = await addApiUser(one, 'ann');
    assert.equal((await current(other, ann.token)).body.id, ann.sessionId);
    assert.equal((await askApi(other, '/sessions/current', { method: 'DELETE', token: ann.token })).status, 204);
    assertProblem(await current(one, ann.token), 401, 'invalid-token');
  });

  test('share refresh tokens: one that was used at one ends the session at the other', async () => {
    const bob = await addApiUser(one, 'bob');
    const refresh = (gateway: TestGateway, refresh_token: string) =>
      askApi(gateway, '/sessions/refresh', { method: 'POST', body: { refresh_token } });
    const { body } = await refresh(one, bob.refreshToken);
    assertProblem(await refresh(other, bob.refreshToken), 401, 'invalid-token');
    assertProblem(await refresh(one, body.refresh_token), 401, 'invalid-token');
    assertProblem(await current(one, body.access_token), 401, 'invalid-token');
  });

  test('know the epoch of each other at once', async () => {
    const cat = await addApiUser(one, 'cat');
    await one.services.administration.change(cat.id, { role: 'auditor' }, OPERATOR);
    assertProblem(await current(other, cat.token), 401, 'invalid-token');
  });

  test('know the keys of each other at once', async () => {
    const before = await addApiUser(other, 'dan');
    await one.services.signingKeys.rotate(OPERATOR, { now: true });
    const after = await addApiUser(one, 'eve');
    assert.notEqual(decodeProtectedHeader(after.token).kid, decodeProtectedHeader(before.token).kid);
    for (const { token } of [before, after])
      for (const gateway of [one, other]) assert.equal((await current(gateway, token)).status, 200);
  });
});
