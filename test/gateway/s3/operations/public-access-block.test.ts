import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DeletePublicAccessBlockCommand,
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { policyText, publicRead, userArn } from '../../../support/policies.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const Bucket = 'shop-window';
const NAMES = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;
const NOT_FOUND = s3Failure(
  'NoSuchPublicAccessBlockConfiguration',
  404,
  /^The public access block configuration was not found$/,
);
const target = `/${Bucket}?publicAccessBlock=`;

/** All four settings, each as told. */
const all = (value: boolean) => Object.fromEntries(NAMES.map((name) => [name, value]));
const document = (content: string) =>
  `<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</PublicAccessBlockConfiguration>`;

for (const byDefault of ['on', 'off'] as const) {
  describe(`the public access block of a bucket where it is ${byDefault} by default`, () => {
    let gateway: TestGateway;
    let client: S3Client;
    let owner: Conversation;

    before(async () => {
      gateway = await startGateway({ GATEHOUSE_BLOCK_PUBLIC_ACCESS: byDefault });
      const credentials = await gateway.addUser('alice');
      client = gateway.client(credentials);
      owner = new Conversation(gateway, credentials);
      await owner.createBucket(Bucket);
    });
    after(() => gateway.stop());

    const get = async () =>
      (await client.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration;
    const put = (config: PublicAccessBlockConfiguration) =>
      client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: config }));
    const remove = () => client.send(new DeletePublicAccessBlockCommand({ Bucket }));
    const putPublicPolicy = () =>
      client.send(new PutBucketPolicyCommand({ Bucket, Policy: policyText(publicRead(Bucket)) }));

    test('is shown before anybody has put one', async () => {
      if (byDefault === 'on') assert.deepEqual(await get(), all(true));
      else await assert.rejects(get(), NOT_FOUND);
    });

    test('lets a public policy be put only where nothing blocks it', async () => {
      if (byDefault === 'on')
        await assert.rejects(putPublicPolicy(), s3Failure('AccessDenied', 403, /BlockPublicPolicy/));
      else await putPublicPolicy();
    });

    test('is what was put, and what was not mentioned is not blocked', async () => {
      for (const name of NAMES) {
        assert.equal((await put({ [name]: true })).$metadata.httpStatusCode, 200);
        assert.deepEqual(await get(), { ...all(false), [name]: true });
      }
      await put({});
      assert.deepEqual(await get(), all(false));
      await put(all(true));
      assert.deepEqual(await get(), all(true));
    });

    test('is gone when it was deleted, and nothing is blocked then', async () => {
      await put(all(true));
      for (let time = 0; time < 2; time += 1) {
        assert.equal((await remove()).$metadata.httpStatusCode, 204);
        await assert.rejects(get(), NOT_FOUND);
      }
      const error = await owner.fail({ target }, 404, 'NoSuchPublicAccessBlockConfiguration');
      assert.equal(textOf(error, 'BucketName'), Bucket);
      await putPublicPolicy();
    });

    for (const [what, body] of [
      ['another root', '<OwnershipControls/>'],
      ['an unknown setting', document('<BlockEverything>true</BlockEverything>')],
      ['a setting twice', document('<BlockPublicAcls>true</BlockPublicAcls>'.repeat(2))],
      ['a word that is no truth value', document('<BlockPublicAcls>yes</BlockPublicAcls>')],
      ['no XML', 'true'],
    ] as const) {
      test(`with ${what} is MalformedXML, and the old one stays`, async () => {
        await put({ BlockPublicAcls: true });
        await owner.fail({ method: 'PUT', target, body }, 400, 'MalformedXML');
        assert.deepEqual(await get(), { ...all(false), BlockPublicAcls: true });
      });
    }

    test("is nobody else's business but who is allowed it", async () => {
      const friend = new Conversation(gateway, await gateway.addUser('bob'));
      const requests = [{ target }, { method: 'PUT', target, body: document('') }, { method: 'DELETE', target }];
      await put(all(true));
      for (const request of requests) await friend.fail(request, 403, 'AccessDenied');
      // The permission to delete it is that to put it.
      const Action = ['s3:GetBucketPublicAccessBlock', 's3:PutBucketPublicAccessBlock'];
      const Policy = policyText({
        Effect: 'Allow',
        Principal: { AWS: userArn('bob') },
        Action,
        Resource: `arn:aws:s3:::${Bucket}`,
      });
      await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      for (const request of requests) await friend.succeed(request);
      await assert.rejects(get(), NOT_FOUND);
    });
  });
}
