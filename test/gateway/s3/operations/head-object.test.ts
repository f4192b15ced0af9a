import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newVersionId } from '../../../../metadata/version-id.ts';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

let gateway: TestGateway;
let client: Conversation;

before(async () => {
  gateway = await startGateway();
  client = new Conversation(gateway);
  await client.createBucket('heads');
  await client.put('heads', 'one', { body: 'twelve bytes', headers: { 'x-amz-meta-a': '1' } });
});
after(() => gateway.stop());

test('tells size, tag, date and metadata without a body', async () => {
  const { status, headers, body } = await client.send({ method: 'HEAD', target: '/heads/one' });
  assert.deepEqual([status, body.byteLength], [200, 0]);
  assert.equal(headers.get('content-length'), '12');
  assert.match(headers.get('etag') ?? '', /^"[0-9a-f]{32}"$/);
  assert.match(headers.get('last-modified') ?? '', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  assert.equal(headers.get('x-amz-meta-a'), '1');
  assert.equal(headers.get('x-amz-version-id'), undefined);
});

for (const [what, target, status] of [
  ['a missing key', '/heads/missing', 404],
  ['a missing bucket', '/nowhere/one', 404],
  ['a bucket that could not be', '/No_Where/one', 400],
  ['a key that is too long', `/heads/${'x'.repeat(1025)}`, 400],
  ['a key that is not UTF-8', '/heads/%FF', 400],
  ['a version that is not', `/heads/one?versionId=${newVersionId(1)}`, 404],
  ['what cannot be a version', '/heads/one?versionId=abc', 400],
  ['a subresource that nobody knows', '/heads/one?frobnicate', 501],
] as const) {
  test(`${what} is ${status}, and not a byte follows the head`, async () => {
    const reply = await client.send({ method: 'HEAD', target });
    assert.equal(reply.status, status);
    assert.ok(reply.headers.get('x-amz-request-id'));
    assert.ok(reply.headers.get('x-amz-id-2'));
  });
}
