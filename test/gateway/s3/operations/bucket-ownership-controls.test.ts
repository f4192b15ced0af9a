import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DeleteBucketOwnershipControlsCommand,
  GetBucketOwnershipControlsCommand,
  type ObjectOwnership,
  PutBucketOwnershipControlsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';

const Bucket = 'mine';
const ENFORCED = [{ ObjectOwnership: 'BucketOwnerEnforced' }];
const NEEDS_ACLS = s3Failure('NotImplemented', 501, /ACLs/);
const target = `/${Bucket}?ownershipControls=`;

let gateway: TestGateway;
let client: S3Client;
let owner: Conversation;

before(async () => {
  gateway = await startGateway();
  const credentials = await gateway.addUser('alice');
  client = gateway.client(credentials);
  owner = new Conversation(gateway, credentials);
  await owner.createBucket(Bucket);
});
after(() => gateway.stop());

const get = async () => (await client.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules;
const put = (ownership: ObjectOwnership) =>
  client.send(
    new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } }),
  );
const document = (content: string) => `<OwnershipControls>${content}</OwnershipControls>`;
const rule = (ownership: string) => `<Rule><ObjectOwnership>${ownership}</ObjectOwnership></Rule>`;

describe('the ownership controls of a bucket', () => {
  test('are BucketOwnerEnforced before anybody has put any', async () => assert.deepEqual(await get(), ENFORCED));

  test('may be put as they are', async () => {
    assert.equal((await put('BucketOwnerEnforced')).$metadata.httpStatusCode, 200);
    assert.deepEqual(await get(), ENFORCED);
  });

  for (const ownership of ['BucketOwnerPreferred', 'ObjectWriter'] as const) {
    test(`may not be ${ownership} as long as there are no ACLs`, async () => {
      await assert.rejects(put(ownership), NEEDS_ACLS);
      assert.deepEqual(await get(), ENFORCED);
    });
  }

  test('may not be deleted as long as there are no ACLs', async () => {
    await assert.rejects(client.send(new DeleteBucketOwnershipControlsCommand({ Bucket })), NEEDS_ACLS);
    assert.deepEqual(await get(), ENFORCED);
  });

  for (const [what, body] of [
    ['without a rule', document('')],
    ['with two rules', document(rule('BucketOwnerEnforced').repeat(2))],
    ['with an empty rule', document('<Rule/>')],
    ['with another word', document(rule('Everybody'))],
    ['with another root', '<PublicAccessBlockConfiguration/>'],
  ] as const) {
    test(`${what} are MalformedXML`, async () => {
      await owner.fail({ method: 'PUT', target, body }, 400, 'MalformedXML');
    });
  }

  test("are nobody else's business", async () => {
    const friend = new Conversation(gateway, await gateway.addUser('bob'));
    await friend.fail({ target }, 403, 'AccessDenied');
    await friend.fail({ method: 'PUT', target, body: document(rule('BucketOwnerEnforced')) }, 403, 'AccessDenied');
    await friend.fail({ method: 'DELETE', target }, 403, 'AccessDenied');
  });
});
