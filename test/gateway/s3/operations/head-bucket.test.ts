import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

let gateway: TestGateway;
let owner: Conversation;

before(async () => {
  gateway = await startGateway();
  owner = new Conversation(gateway, await gateway.addUser('owner'));
  await owner.createBucket('here');
});
after(() => gateway.stop());

test('a bucket of one’s own is there, in its region', async () => {
  const reply = await owner.send({ method: 'HEAD', target: '/here' });
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get('x-amz-bucket-region'), 'us-east-1');
});

for (const [what, status, target, credentials] of [
  ['that is missing is 404', 404, '/missing', undefined],
  ['that could not be is 400', 400, '/NotAName', undefined],
  ['of somebody else is 403', 403, '/here', 'stranger'],
  ['asked for by nobody is 403', 403, '/here', 'anonymous'],
] as const) {
  test(`a bucket ${what}, without a body`, async () => {
    const asking =
      credentials === undefined
        ? owner
        : new Conversation(gateway, credentials === 'anonymous' ? credentials : await gateway.addUser(credentials));
    const reply = await asking.send({ method: 'HEAD', target });
    assert.equal(reply.status, status);
    assert.equal(reply.body.byteLength, 0);
    assert.ok(reply.headers.get('x-amz-request-id'));
  });
}
