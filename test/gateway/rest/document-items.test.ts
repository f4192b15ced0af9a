import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type ApiInit, type ApiReply, type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let ann: ApiUser;
before(async () => {
  gateway = await startGateway();
  ann = await addApiUser(gateway, 'ann');
});
after(() => gateway.stop());

function ask(method: string, path: string, init: ApiInit = {}): Promise<ApiReply> {
  return askApi(gateway, `/collections/${path}`, { method, token: ann.token, ...init });
}

describe('/collections/:name/documents/:id', () => {
  test('PUT stores a document, GET reads it, DELETE deletes it', async () => {
    const stored = await ask('PUT', 'items/documents/pen', { body: { price: 2 } });
    assert.equal(stored.status, 201, stored.text);
    const etag = createHash('md5').update('{"_id":"pen","price":2}').digest('hex');
    assert.deepEqual(stored.body, { _id: 'pen', etag });
    assert.equal(stored.headers.get('etag'), `"${etag}"`);
    const read = await ask('GET', 'items/documents/pen');
    assert.deepEqual([read.status, read.body], [200, { _id: 'pen', price: 2 }]);
    assert.equal(read.headers.get('etag'), `"${etag}"`);
    const replaced = await ask('PUT', 'items/documents/pen', { body: { _id: 'pen', price: 3 } });
    assert.equal(replaced.status, 200);
    assert.notEqual(replaced.body.etag, etag);
    const same = await ask('PUT', 'items/documents/pen', { body: { _id: 'pen', price: 3 } });
    assert.deepEqual([same.status, same.body.etag], [200, replaced.body.etag]);
    assert.equal((await ask('DELETE', 'items/documents/pen')).status, 204);
    assertProblem(await ask('GET', 'items/documents/pen'), 404, 'no-such-document');
    assertProblem(await ask('DELETE', 'items/documents/pen'), 404, 'no-such-document');
    assertProblem(await ask('GET', 'nothing/documents/pen'), 404, 'no-such-collection');
  });

  test('24 hexadecimal digits are an ObjectId; ?id= takes any value', async () => {
    const hex = '507f1f77bcf86cd799439011';
    assert.deepEqual((await ask('PUT', `ids/documents/${hex}`, { body: {} })).body._id, { $oid: hex });
    const number = encodeURIComponent('{"$numberInt":"5"}');
    assert.equal((await ask('PUT', `ids/documents/-?id=${number}`, { body: { n: 5 } })).body._id, 5);
    assert.deepEqual((await ask('GET', 'ids/documents/-?id=5&form=canonical')).body, {
      _id: { $numberInt: '5' },
      n: { $numberInt: '5' },
    });
    assert.deepEqual((await ask('GET', `ids/documents/${hex}`)).body, { _id: { $oid: hex } });
    assertProblem(await ask('GET', 'ids/documents/-?id=nonsense'), 400, 'invalid-request');
    assertProblem(await ask('GET', 'ids/documents/-?id=[1]'), 400, 'invalid-document');
    assertProblem(await ask('PUT', 'ids/documents/a', { body: { _id: 'b' } }), 400, 'invalid-document');
  });

  test('If-Match and If-None-Match are held to what is there', async () => {
    const put = (id: string, headers: Record<string, string>, body: object = {}) =>
      ask('PUT', `held/documents/${id}`, { body, headers });
    const first = await put('a', { 'If-None-Match': '*' }, { n: 1 });
    assert.equal(first.status, 201, first.text);
    const etag = `"${first.body.etag}"`;
    assertProblem(await put('a', { 'If-None-Match': '*' }), 412, 'precondition-failed');
    assertProblem(await put('a', { 'If-None-Match': etag }), 412, 'precondition-failed');
    assertProblem(await put('a', { 'If-Match': '"00"' }), 412, 'precondition-failed');
    assertProblem(await put('b', { 'If-Match': '*' }), 412, 'precondition-failed');
    assertProblem(await put('b', { 'If-Match': etag }), 412, 'precondition-failed');
    assert.equal((await put('a', { 'If-None-Match': '"00"' }, { n: 2 })).status, 200);
    assertProblem(await put('a', { 'If-Match': etag }), 412, 'precondition-failed');
    const second = (await ask('GET', 'held/documents/a')).headers.get('etag')!;
    assert.equal((await put('a', { 'If-Match': second }, { n: 3 })).status, 200);
    const third = (await ask('GET', 'held/documents/a')).headers.get('etag')!;
    assert.equal((await ask('GET', 'held/documents/a', { headers: { 'If-None-Match': third } })).status, 304);
    assertProblem(
      await ask('GET', 'held/documents/a', { headers: { 'If-Match': second } }),
      412,
      'precondition-failed',
    );
    assertProblem(
      await ask('DELETE', 'held/documents/a', { headers: { 'If-Match': second } }),
      412,
      'precondition-failed',
    );
    assert.equal((await ask('DELETE', 'held/documents/a', { headers: { 'If-Match': third } })).status, 204);
  });

  test('of many who replace the same version one wins', async () => {
    const { body } = await ask('PUT', 'raced/documents/a', { body: { n: 0 } });
    const headers = { 'If-Match': `"${body.etag}"` };
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, at) => ask('PUT', 'raced/documents/a', { body: { n: at + 1 }, headers })),
    );
    const counts = [200, 412].map((status) => replies.filter((reply) => reply.status === status).length);
    assert.deepEqual(counts, [1, 9]);
  });
});
