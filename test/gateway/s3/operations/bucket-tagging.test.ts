import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketTaggingCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  PutBucketTaggingCommand,
  type S3Client,
  type Tag,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const Bucket = 'labelled';
const TAGS: Tag[] = [
  { Key: 'cost centre', Value: '42' },
  { Key: 'empty', Value: '' },
];
const NO_TAGS = s3Failure('NoSuchTagSet', 404, /^The TagSet does not exist$/);

let gateway: TestGateway;
let client: S3Client;
let root: Conversation;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  root = new Conversation(gateway);
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(() => gateway.stop());

const tag = (TagSet: Tag[]) => client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
const tagsOf = async (name = Bucket) => (await client.send(new GetBucketTaggingCommand({ Bucket: name }))).TagSet;
const untag = () => client.send(new DeleteBucketTaggingCommand({ Bucket }));

function manyTags(count: number): Tag[] {
  return Array.from({ length: count }, (_, index) => ({ Key: `key-${index}`, Value: 'v' }));
}

describe('the tags of a bucket', () => {
  test('are none at first, and none again when they were deleted, or replaced by none', async () => {
    await assert.rejects(tagsOf(), NO_TAGS);
    const error = await root.fail({ target: `/${Bucket}?tagging` }, 404, 'NoSuchTagSet');
    assert.equal(textOf(error, 'BucketName'), Bucket);
    for (const remove of [untag, () => tag([])]) {
      await tag(TAGS);
      assert.deepEqual(await tagsOf(), TAGS);
      for (let time = 0; time < 2; time += 1) assert.equal((await remove()).$metadata.httpStatusCode, 204);
      await assert.rejects(tagsOf(), NO_TAGS);
    }
  });

  test('are replaced as a whole', async () => {
    assert.equal((await tag(TAGS)).$metadata.httpStatusCode, 204);
    const other = [{ Key: 'other', Value: '1' }];
    await tag(other);
    assert.deepEqual(await tagsOf(), other);
  });

  test('are fifty at most', async () => {
    await tag(manyTags(50));
    assert.equal((await tagsOf())?.length, 50);
    await assert.rejects(
      tag(manyTags(51)),
      s3Failure('BadRequest', 400, /^Bucket tag count cannot be greater than 50$/),
    );
    assert.equal((await tagsOf())?.length, 50);
  });

  for (const [what, TagSet, message] of [
    ['a comma in a key', [{ Key: 'a,b', Value: '' }], /^The TagKey you have provided is invalid$/],
    ['a comma in a value', [{ Key: 'k', Value: 'a,b' }], /^The TagValue you have provided is invalid$/],
    ['a key of 129 characters', [{ Key: 'k'.repeat(129), Value: '' }], /^The TagKey you have provided is invalid$/],
    ['a key of the system', [{ Key: 'aws:x', Value: '' }], /^System tags cannot be added\/updated by requester$/],
    ['a key twice', [...TAGS, ...TAGS], /^Cannot provide multiple Tags with the same key$/],
  ] as const) {
    test(`refuses ${what}`, async () => {
      await tag(TAGS);
      await assert.rejects(tag([...TagSet]), s3Failure('InvalidTag', 400, message));
      assert.deepEqual(await tagsOf(), TAGS);
    });
  }

  test('come as a document that is held to its schema and to its digest', async () => {
    const request = { method: 'PUT', target: `/${Bucket}?tagging` };
    await root.fail({ ...request, body: '<Tagging/>' }, 400, 'MalformedXML');
    await root.fail({ ...request, body: '' }, 400, 'MissingRequestBodyError');
    const body = '<Tagging><TagSet/></Tagging>';
    await root.fail({ ...request, body, headers: { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' } }, 400, 'BadDigest');
  });

  test('are for the owner of the bucket alone, and of a bucket that is there', async () => {
    await tag(TAGS);
    const stranger = new Conversation(gateway, await gateway.addUser('stranger'));
    const body = '<Tagging><TagSet/></Tagging>';
    for (const request of [{ method: 'GET' }, { method: 'PUT', body }, { method: 'DELETE' }]) {
      await stranger.fail({ ...request, target: `/${Bucket}?tagging` }, 403, 'AccessDenied');
      await root.fail({ ...request, target: '/no-such-bucket-here?tagging' }, 404, 'NoSuchBucket');
    }
    assert.deepEqual(await tagsOf(), TAGS);
  });
});

describe('CreateBucket with tags', () => {
  const create = (name: string, Tags: Tag[]) =>
    client.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { Tags } }));
  const exists = (name: string) =>
    client.send(new HeadBucketCommand({ Bucket: name })).then(
      () => true,
      () => false,
    );

  test('makes a bucket that has them', async () => {
    await create('born-labelled', TAGS);
    assert.deepEqual(await tagsOf('born-labelled'), TAGS);
    await create('born-with-fifty', manyTags(50));
    assert.equal((await tagsOf('born-with-fifty'))?.length, 50);
  });

  test('makes a bucket without any where the set is empty', async () => {
    const body = '<CreateBucketConfiguration><Tags/></CreateBucketConfiguration>';
    await root.succeed({ method: 'PUT', target: '/born-plain', body });
    await assert.rejects(tagsOf('born-plain'), NO_TAGS);
  });

  test('takes them beside a region, and beside locks', async () => {
    await client.send(
      new CreateBucketCommand({
        Bucket: 'born-locked',
        ObjectLockEnabledForBucket: true,
        CreateBucketConfiguration: { Tags: TAGS },
      }),
    );
    assert.deepEqual(await tagsOf('born-locked'), TAGS);
    const { elements } = await root.get('/born-locked', { 'object-lock': '' });
    assert.deepEqual(
      elements.map(({ name, text }) => [name, text]),
      [['ObjectLockEnabled', 'Enabled']],
    );
    const tags = '<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>';
    const body = `<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint>${tags}</CreateBucketConfiguration>`;
    await root.succeed({ method: 'PUT', target: '/born-here', body });
    assert.deepEqual(await tagsOf('born-here'), [{ Key: 'a', Value: 'b' }]);
  });

  for (const [what, Tags, code, message] of [
    ['51 tags', manyTags(51), 'BadRequest', /^Bucket tag count cannot be greater than 50$/],
    ['a comma in a key', [{ Key: 'a,b', Value: '' }], 'InvalidTag', /^The TagKey you have provided is invalid$/],
    [
      'a key of the system',
      [{ Key: 'aws:x', Value: '' }],
      'InvalidTag',
      /^User-defined tag keys can't start with "aws:"/,
    ],
    ['a key twice', [...TAGS, ...TAGS], 'InvalidTag', /^Cannot provide multiple Tags with the same key$/],
  ] as const) {
    test(`of ${what} makes no bucket`, async () => {
      await assert.rejects(create('unborn', [...Tags]), s3Failure(code, 400, message));
      assert.equal(await exists('unborn'), false);
    });
  }

  test('of a bucket that is there changes nothing of it', async () => {
    await create('taken', TAGS);
    await assert.rejects(create('taken', manyTags(1)), s3Failure('BucketAlreadyOwnedByYou', 409, /own it/));
    assert.deepEqual(await tagsOf('taken'), TAGS);
  });

  test('is held to its schema', async () => {
    for (const inner of ['<Tags><Tag/></Tags>', '<Tags/><Tags/>', '<Tags>a=b</Tags>', '<TagSet/>']) {
      const body = `<CreateBucketConfiguration>${inner}</CreateBucketConfiguration>`;
      await root.fail({ method: 'PUT', target: '/unborn', body }, 400, 'MalformedXML');
    }
    assert.equal(await exists('unborn'), false);
  });
});
