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
import { textOf, type XmlElement } from '../../../support/strict-xml.ts';

const Bucket = 'mine';
const ENFORCED = [{ ObjectOwnership: 'BucketOwnerEnforced' }];
const GRANTS_LEFT = s3Failure('InvalidBucketAclWithObjectOwnership', 400, /BucketOwnerEnforced/);
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
    test(`may be ${ownership} until they are deleted`, async () => {
      await put(ownership);
      assert.deepEqual(await get(), [{ ObjectOwnership: ownership }]);
      const { $metadata } = await client.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
      assert.equal($metadata.httpStatusCode, 204);
      assert.deepEqual(await get(), ENFORCED);
    });

    test(`are ${ownership} from the beginning where a bucket is created so`, async () => {
      const name = ownership.toLowerCase();
      const headers = { 'x-amz-object-ownership': ownership };
      await owner.succeed({ method: 'PUT', target: `/${name}`, body: '', headers });
      const controls = await owner.get(`/${name}`, { ownershipControls: '' });
      assert.equal(textOf(controls.elements[0] as XmlElement, 'ObjectOwnership'), ownership);
    });
  }

  test('may not be BucketOwnerEnforced as long as the ACL grants others something', async () => {
    await put('ObjectWriter');
    const id = (await gateway.services.accounts.findRoot())?.canonical_id;
    const putAcl = { method: 'PUT', target: `/${Bucket}?acl=`, body: '' };
    await owner.succeed({ ...putAcl, headers: { 'x-amz-grant-read': `id="${id}"` } });
    await assert.rejects(put('BucketOwnerEnforced'), GRANTS_LEFT);
    await owner.succeed({ ...putAcl, headers: { 'x-amz-acl': 'private' } });
    await put('BucketOwnerEnforced');
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
