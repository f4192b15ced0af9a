import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  type Tag,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const Bucket = 'labelled';
const VERSIONED = 'history';
const TAGS: Tag[] = [
  { Key: 'project', Value: 'gate house' },
  { Key: 'empty', Value: '' },
];
const UNKNOWN_VERSION = '0000000000gffffffffffffffffffff';

let gateway: TestGateway;
let client: S3Client;
let root: Conversation;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  root = new Conversation(gateway);
  for (const name of [Bucket, VERSIONED]) await client.send(new CreateBucketCommand({ Bucket: name }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: VERSIONED, VersioningConfiguration }));
});
after(() => gateway.stop());

const put = (Key: string, bucket = Bucket) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: `contents of ${Key}` }));
const hide = (Key: string) => client.send(new DeleteObjectCommand({ Bucket: VERSIONED, Key }));

interface Target {
  readonly Bucket?: string;
  readonly Key: string;
  readonly VersionId?: string | undefined;
}

const tag = (target: Target, TagSet: Tag[]) =>
  client.send(new PutObjectTaggingCommand({ Bucket, ...target, Tagging: { TagSet } }));
const tagsOf = (target: Target) => client.send(new GetObjectTaggingCommand({ Bucket, ...target }));
const untag = (target: Target) => client.send(new DeleteObjectTaggingCommand({ Bucket, ...target }));

function tagging(...tags: readonly (readonly [key: string, value: string])[]): string {
  const set = tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join('');
  return `<Tagging><TagSet>${set}</TagSet></Tagging>`;
}

describe('PutObjectTagging', () => {
  test('gives an object tags, which GetObjectTagging tells in their order', async () => {
    await put('tagged');
    const { $metadata } = await tag({ Key: 'tagged' }, TAGS);
    assert.equal($metadata.httpStatusCode, 200);
    const found = await tagsOf({ Key: 'tagged' });
    assert.deepEqual(found.TagSet, TAGS);
    assert.equal(found.VersionId, undefined);
  });

  test('replaces all of them, by none too', async () => {
    await put('retagged');
    await tag({ Key: 'retagged' }, TAGS);
    const other = [{ Key: 'other', Value: '1' }];
    await tag({ Key: 'retagged' }, other);
    assert.deepEqual((await tagsOf({ Key: 'retagged' })).TagSet, other);
    await tag({ Key: 'retagged' }, []);
    assert.deepEqual((await tagsOf({ Key: 'retagged' })).TagSet, []);
  });

  test('changes nothing else of the object but the count of its tags', async () => {
    await put('steady');
    const before = await client.send(new HeadObjectCommand({ Bucket, Key: 'steady' }));
    await tag({ Key: 'steady' }, TAGS);
    const after = await client.send(new HeadObjectCommand({ Bucket, Key: 'steady' }));
    assert.deepEqual(
      [after.ETag, after.LastModified, after.ContentLength, after.VersionId],
      [before.ETag, before.LastModified, before.ContentLength, before.VersionId],
    );
    assert.deepEqual([before.TagCount, after.TagCount], [undefined, 2]);
    assert.equal((await client.send(new GetObjectCommand({ Bucket, Key: 'steady' }))).TagCount, 2);
    await untag({ Key: 'steady' });
    const untagged = await client.send(new HeadObjectCommand({ Bucket, Key: 'steady' }));
    assert.deepEqual([untagged.ETag, untagged.TagCount], [before.ETag, undefined]);
  });

  test('takes ten tags of the longest keys and values, and characters of any script', async () => {
    await put('many');
    const letters = '日本語éÅx9 +-=._:/@';
    const TagSet = Array.from({ length: 10 }, (_, index) => ({
      Key: `${index}${letters}`.padEnd(128, '語'),
      Value: letters.padEnd(256, 'ü'),
    }));
    await tag({ Key: 'many' }, TagSet);
    assert.deepEqual((await tagsOf({ Key: 'many' })).TagSet, TagSet);
  });

  const invalidKey = /^The TagKey you have provided is invalid$/;
  for (const [what, TagSet, code, message] of [
    [
      'eleven tags',
      Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: '' })),
      'BadRequest',
      /^Object tags cannot be greater than 10$/,
    ],
    ['a key of 129 characters', [{ Key: 'k'.repeat(129), Value: '' }], 'InvalidTag', invalidKey],
    ['an empty key', [{ Key: '', Value: 'v' }], 'InvalidTag', invalidKey],
    ['a comma in a key', [{ Key: 'Key1,Key2', Value: 'v' }], 'InvalidTag', invalidKey],
    [
      'a value of 257 characters',
      [{ Key: 'k', Value: 'v'.repeat(257) }],
      'InvalidTag',
      /^The TagValue you have provided is invalid$/,
    ],
    [
      'a key of the system',
      [{ Key: 'aws:prefixed', Value: 'v' }],
      'InvalidTag',
      /^Your TagKey cannot be prefixed with aws:$/,
    ],
    [
      'a key twice',
      [
        { Key: 'k', Value: '1' },
        { Key: 'k', Value: '2' },
      ],
      'InvalidTag',
      /^Cannot provide multiple Tags with the same key$/,
    ],
  ] as const) {
    test(`refuses ${what} and leaves the tags that there are`, async () => {
      await put('limits');
      await tag({ Key: 'limits' }, TAGS);
      await assert.rejects(tag({ Key: 'limits' }, [...TagSet]), s3Failure(code, 400, message));
      assert.deepEqual((await tagsOf({ Key: 'limits' })).TagSet, TAGS);
    });
  }

  test('names the tag that is wrong', async () => {
    await put('named');
    const body = tagging(['colour', 'red,blue']);
    const error = await root.fail({ method: 'PUT', target: `/${Bucket}/named?tagging`, body }, 400, 'InvalidTag');
    assert.deepEqual([textOf(error, 'TagKey'), textOf(error, 'TagValue')], ['colour', 'red,blue']);
  });

  for (const [what, body, code] of [
    ['no XML', 'a=b', 'MalformedXML'],
    ['no set', '<Tagging/>', 'MalformedXML'],
    ['a tag without a value', '<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>', 'MalformedXML'],
    ['another root', '<Tags><TagSet/></Tags>', 'MalformedXML'],
    ['nothing', '', 'MissingRequestBodyError'],
    ['too much', `<Tagging>${' '.repeat(300_000)}<TagSet/></Tagging>`, 'MaxMessageLengthExceeded'],
  ] as const) {
    test(`answers a body of ${what} with ${code}`, async () => {
      await put('malformed');
      await root.fail({ method: 'PUT', target: `/${Bucket}/malformed?tagging`, body }, 400, code);
    });
  }

  test('holds the body to its digest', async () => {
    await put('digest');
    const request = { method: 'PUT', target: `/${Bucket}/digest?tagging`, body: tagging(['a', 'b']) };
    await root.fail({ ...request, headers: { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' } }, 400, 'BadDigest');
    assert.deepEqual((await tagsOf({ Key: 'digest' })).TagSet, []);
    // As s3cmd, aws-cli 1 and others have it: none is needed.
    await root.succeed(request);
  });
});

describe('DeleteObjectTagging', () => {
  test('takes all tags off, and succeeds where there are none', async () => {
    await put('untagged');
    await tag({ Key: 'untagged' }, TAGS);
    for (let time = 0; time < 2; time += 1) {
      const { $metadata, VersionId } = await untag({ Key: 'untagged' });
      assert.deepEqual([$metadata.httpStatusCode, VersionId], [204, undefined]);
      assert.deepEqual((await tagsOf({ Key: 'untagged' })).TagSet, []);
    }
  });
});

describe('the tags of versions', () => {
  test('are each of its own version, current or not', async () => {
    const Key = 'two';
    const { VersionId: first } = await put(Key, VERSIONED);
    const { VersionId: second } = await put(Key, VERSIONED);
    const target = { Bucket: VERSIONED, Key };
    const older = [{ Key: 'which', Value: 'first' }];
    const newer = [{ Key: 'which', Value: 'second' }];
    assert.equal((await tag({ ...target, VersionId: first }, older)).VersionId, first);
    assert.equal((await tag(target, newer)).VersionId, second);
    const found = await tagsOf({ ...target, VersionId: first });
    assert.deepEqual([found.VersionId, found.TagSet], [first, older]);
    const current = await tagsOf(target);
    assert.deepEqual([current.VersionId, current.TagSet], [second, newer]);
    assert.equal((await untag({ ...target, VersionId: first })).VersionId, first);
    assert.deepEqual((await tagsOf({ ...target, VersionId: first })).TagSet, []);
    assert.deepEqual((await tagsOf({ ...target, VersionId: second })).TagSet, newer);
  });

  test('of the null version are found by that name, in a bucket that never had versions too', async () => {
    await put('null');
    await tag({ Key: 'null', VersionId: 'null' }, TAGS);
    const found = await tagsOf({ Key: 'null', VersionId: 'null' });
    assert.deepEqual([found.TagSet, found.VersionId], [TAGS, undefined]);
  });

  test('go with an overwritten object and do not come back', async () => {
    await put('again');
    await tag({ Key: 'again' }, TAGS);
    await put('again');
    assert.deepEqual((await tagsOf({ Key: 'again' })).TagSet, []);
  });
});

describe('tags of what is not there', () => {
  const requests = [
    ['GET', undefined],
    ['PUT', tagging(['a', 'b'])],
    ['DELETE', undefined],
  ] as const;

  for (const [method, body] of requests) {
    const request = (target: string) => (body === undefined ? { method, target } : { method, target, body });

    test(`${method} of a key that is not there is NoSuchKey`, async () => {
      const error = await root.fail(request(`/${Bucket}/missing?tagging`), 404, 'NoSuchKey');
      assert.equal(textOf(error, 'Key'), 'missing');
    });

    test(`${method} of a bucket that is not there is NoSuchBucket`, async () => {
      await root.fail(request('/no-such-bucket-here/key?tagging'), 404, 'NoSuchBucket');
    });

    test(`${method} of a version that is not there is NoSuchVersion, and of none InvalidArgument`, async () => {
      await put('there', VERSIONED);
      const target = `/${VERSIONED}/there?tagging&versionId=`;
      const error = await root.fail(request(target + UNKNOWN_VERSION), 404, 'NoSuchVersion');
      assert.equal(textOf(error, 'VersionId'), UNKNOWN_VERSION);
      await root.fail(request(target), 400, 'InvalidArgument');
    });

    test(`${method} of a delete marker is not allowed, and what it hides is not there`, async () => {
      await put('hidden', VERSIONED);
      const { VersionId = '' } = await hide('hidden');
      const target = `/${VERSIONED}/hidden?tagging`;
      const byId = request(`${target}&versionId=${VersionId}`);
      const error = await root.fail(byId, 405, 'MethodNotAllowed');
      assert.deepEqual([textOf(error, 'Method'), textOf(error, 'ResourceType')], [method, 'DeleteMarker']);
      await root.fail(request(target), 404, 'NoSuchKey');
      for (const each of [byId, request(target)]) {
        const { headers } = await root.send(each);
        const marker = [headers.get('x-amz-delete-marker'), headers.get('x-amz-version-id')];
        assert.deepEqual(marker, ['true', VersionId]);
      }
    });

    test(`${method} is for the owner of the bucket alone`, async () => {
      await put('private');
      const stranger = new Conversation(gateway, await gateway.addUser(`stranger-${method}`));
      await stranger.fail(request(`/${Bucket}/private?tagging`), 403, 'AccessDenied');
      const anonymous = new Conversation(gateway, 'anonymous');
      await anonymous.fail(request(`/${Bucket}/private?tagging`), 403, 'AccessDenied');
      assert.deepEqual((await tagsOf({ Key: 'private' })).TagSet, []);
    });
  }
});
