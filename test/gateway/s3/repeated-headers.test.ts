import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { assertFailure, Wire, type WireReply, xmlOf } from '../../support/wire.ts';
import { prepare, type WireRequest } from '../../support/wire-request.ts';

let gateway: TestGateway;

before(async () => {
  gateway = await startGateway();
  await send({ method: 'PUT', target: '/hall', body: '' });
  await send({ method: 'PUT', target: '/hall/key', body: 'body' });
});
after(() => gateway.stop());

/** Sends what was signed as one line, `x: a,b`, as it is rewritten. */
async function send(request: WireRequest, rewrite = (head: string) => head): Promise<WireReply> {
  const { head, body } = prepare(gateway.s3Url, { credentials: gateway, ...request });
  const wire = await Wire.open(gateway.s3Url);
  try {
    wire.send(rewrite(head), body);
    return await wire.reply({ isHead: request.method === 'HEAD' });
  } finally {
    wire.close();
  }
}

const ATTRIBUTES: WireRequest = {
  target: '/hall/key?attributes=',
  headers: { 'x-amz-object-attributes': 'ETag,ObjectSize' },
};

test('a header in several lines is signed as one: "separate multiple values by commas"', async () => {
  const reply = await send(ATTRIBUTES, (head) => head.replace('ETag,', 'ETag\r\nX-Amz-Object-Attributes: '));
  assert.equal(reply.status, 200, reply.body.toString());
  const names = xmlOf(reply).elements.map(({ name }) => name);
  assert.deepEqual(names, ['ETag', 'ObjectSize']);
});

test('lines in another order than they were signed in are SignatureDoesNotMatch', async () => {
  const reply = await send(ATTRIBUTES, (head) =>
    head.replace('ETag,ObjectSize', 'ObjectSize\r\nx-amz-object-attributes: ETag'),
  );
  assertFailure(reply, { status: 403, code: 'SignatureDoesNotMatch' });
});

test('metadata in several lines becomes "a comma-delimited list"', async () => {
  const headers = { 'x-amz-meta-colours': 'red,green,blue' };
  const put: WireRequest = { method: 'PUT', target: '/hall/colours', body: '', headers };
  const reply = await send(put, (head) =>
    head.replace('red,green,blue', 'red\r\nx-amz-meta-colours: green\r\nX-Amz-Meta-Colours:blue '),
  );
  assert.equal(reply.status, 200, reply.body.toString());
  const { headers: stored } = await send({ method: 'HEAD', target: '/hall/colours' });
  assert.equal(stored.get('x-amz-meta-colours'), 'red,green,blue');
});

test('beside a repeated header a comma and a blank in one line stay as they are', async () => {
  const headers = { 'content-language': 'de, en', 'x-amz-meta-colours': 'red,green' };
  const put: WireRequest = { method: 'PUT', target: '/hall/languages', body: '', headers };
  const reply = await send(put, (head) => head.replace('red,', 'red\r\nx-amz-meta-colours: '));
  assert.equal(reply.status, 200, reply.body.toString());
  const { headers: stored } = await send({ method: 'HEAD', target: '/hall/languages' });
  assert.equal(stored.get('content-language'), 'de, en');
});
