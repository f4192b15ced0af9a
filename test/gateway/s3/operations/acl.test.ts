import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  type AccessControlPolicy,
  GetBucketAclCommand,
  GetObjectAclCommand,
  PutBucketAclCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { xmlOf } from '../../../support/wire.ts';

const Bucket = 'enforced';
const Key = 'dir/key';
const NO_ACLS = s3Failure('AccessControlListNotSupported', 400, /^The bucket does not allow ACLs$/);
const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';
const OTHER = 'f'.repeat(64);

let gateway: TestGateway;
let client: S3Client;
let owner: Conversation;
let canonicalId: string;

before(async () => {
  gateway = await startGateway();
  const credentials = await gateway.addUser('alice');
  canonicalId = (await gateway.services.accounts.get('alice')).canonical_id;
  client = gateway.client(credentials);
  owner = new Conversation(gateway, credentials);
  await owner.createBucket(Bucket);
  await owner.put(Bucket, Key, { body: 'x' });
});
after(() => gateway.stop());

const ownersOnly = () => ({
  Owner: { ID: canonicalId, DisplayName: 'alice' },
  Grants: [{ Grantee: { ID: canonicalId, DisplayName: 'alice', Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }],
});

interface Kind {
  readonly name: string;
  readonly target: string;
  get(): Promise<unknown>;
  put(input: {
    readonly ACL?: 'private' | 'public-read' | 'bucket-owner-full-control' | 'authenticated-read';
    readonly GrantRead?: string;
    readonly GrantFullControl?: string;
    readonly AccessControlPolicy?: AccessControlPolicy;
  }): Promise<{ readonly $metadata: { readonly httpStatusCode?: number | undefined } }>;
}

const kinds: readonly Kind[] = [
  {
    name: 'a bucket',
    target: `/${Bucket}?acl=`,
    get: async () => {
      const { Owner, Grants } = await client.send(new GetBucketAclCommand({ Bucket }));
      return { Owner, Grants };
    },
    put: (input) => client.send(new PutBucketAclCommand({ Bucket, ...(input as object) })),
  },
  {
    name: 'an object',
    target: `/${Bucket}/${Key}?acl=`,
    get: async () => {
      const { Owner, Grants } = await client.send(new GetObjectAclCommand({ Bucket, Key }));
      return { Owner, Grants };
    },
    put: (input) => client.send(new PutObjectAclCommand({ Bucket, Key, ...(input as object) })),
  },
];

for (const { name, target, get, put } of kinds) {
  describe(`the ACL of ${name} whose owner is enforced`, () => {
    test('gives the owner full control, and nobody else anything', async () => {
      assert.deepEqual(await get(), ownersOnly());
      const document = xmlOf(await owner.succeed({ target }));
      assert.equal(document.name, 'AccessControlPolicy');
    });

    test('may be put by any words that say what it says', async () => {
      for (const input of [
        { ACL: 'private' },
        { ACL: 'bucket-owner-full-control' },
        { GrantFullControl: `id="${canonicalId}"` },
        { GrantFullControl: `id=${canonicalId}` },
        { AccessControlPolicy: ownersOnly() as AccessControlPolicy },
      ] as const) {
        assert.equal((await put(input)).$metadata.httpStatusCode, 200, JSON.stringify(input));
      }
      assert.deepEqual(await get(), ownersOnly());
    });

    test('may not be put by words that say anything else', async () => {
      const { Owner, Grants } = ownersOnly() as AccessControlPolicy & { Grants: object[] };
      for (const input of [
        { ACL: 'public-read' },
        { ACL: 'authenticated-read' },
        { GrantRead: `id="${canonicalId}"` },
        { GrantRead: `uri="${ALL_USERS}"` },
        { GrantFullControl: `id="${canonicalId}", id="${OTHER}"` },
        { GrantFullControl: 'emailAddress="xyz@example.com"' },
        { AccessControlPolicy: { Owner, Grants: [] } },
        {
          AccessControlPolicy: {
            Owner,
            Grants: [...Grants, { Grantee: { Type: 'Group', URI: ALL_USERS }, Permission: 'READ' }],
          },
        },
        {
          AccessControlPolicy: {
            Owner,
            Grants: [{ Grantee: { Type: 'CanonicalUser', ID: canonicalId }, Permission: 'READ' }],
          },
        },
        {
          AccessControlPolicy: {
            Owner,
            Grants: [{ Grantee: { Type: 'CanonicalUser', ID: OTHER }, Permission: 'FULL_CONTROL' }],
          },
        },
      ] as const) {
        await assert.rejects(put(input as never), NO_ACLS, JSON.stringify(input));
      }
      assert.deepEqual(await get(), ownersOnly());
    });

    for (const [what, request, code] of [
      ['nothing', { body: '' }, 'MissingSecurityHeader'],
      ['a canned ACL that S3 has not', { body: '', headers: { 'x-amz-acl': 'everybody' } }, 'InvalidArgument'],
      ['a grant in other words', { body: '', headers: { 'x-amz-grant-read': 'everybody' } }, 'InvalidArgument'],
      [
        'a canned ACL and a grant',
        { body: '', headers: { 'x-amz-acl': 'private', 'x-amz-grant-read': `id="${OTHER}"` } },
        'InvalidRequest',
      ],
      [
        'a header and a body',
        { body: '<AccessControlPolicy/>', headers: { 'x-amz-acl': 'private' } },
        'UnexpectedContent',
      ],
      ['another document', { body: '<Tagging/>' }, 'MalformedACLError'],
      ['a document without a list', { body: '<AccessControlPolicy/>' }, 'MalformedACLError'],
      [
        'an unknown permission',
        {
          body: `<AccessControlPolicy><AccessControlList><Grant><Grantee><ID>${OTHER}</ID></Grantee><Permission>ALL</Permission></Grant></AccessControlList></AccessControlPolicy>`,
        },
        'MalformedACLError',
      ],
    ] as const) {
      test(`is ${code} from ${what}`, async () => {
        await owner.fail({ method: 'PUT', target, ...request }, 400, code);
      });
    }

    test("is nobody else's business", async () => {
      const friend = new Conversation(gateway, await gateway.addUser(`bob-${name.replaceAll(' ', '-')}`));
      const anonymous = new Conversation(gateway, 'anonymous');
      for (const other of [friend, anonymous]) {
        await other.fail({ target }, 403, 'AccessDenied');
        await other.fail({ method: 'PUT', target, body: '', headers: { 'x-amz-acl': 'private' } }, 403, 'AccessDenied');
      }
    });
  });
}

describe('the ACL of an object', () => {
  const putPrivate = { method: 'PUT', body: '', headers: { 'x-amz-acl': 'private' } };

  test('that is not there is NoSuchKey, also to put', async () => {
    await owner.fail({ target: `/${Bucket}/nothing?acl=` }, 404, 'NoSuchKey');
    await owner.fail({ ...putPrivate, target: `/${Bucket}/nothing?acl=` }, 404, 'NoSuchKey');
    await owner.fail({ target: '/nowhere/key?acl=' }, 404, 'NoSuchBucket');
  });

  test('is that of the version that is named', async () => {
    const kept = 'kept-versions';
    await owner.createBucket(kept);
    await client.send(new PutBucketVersioningCommand({ Bucket: kept, VersioningConfiguration: { Status: 'Enabled' } }));
    const put = await owner.put(kept, 'k', { body: 'first' });
    const first = put.headers.get('x-amz-version-id') ?? '';
    await owner.put(kept, 'k', { body: 'second' });
    const reply = await owner.succeed({ target: `/${kept}/k?acl=&versionId=${first}` });
    assert.equal(reply.headers.get('x-amz-version-id'), first);
    await owner.succeed({ ...putPrivate, target: `/${kept}/k?acl=&versionId=${first}` });
    const missing = first.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    await owner.fail({ target: `/${kept}/k?acl=&versionId=${missing}` }, 404, 'NoSuchVersion');
    await owner.fail({ target: `/${kept}/k?acl=&versionId=no-version` }, 400, 'InvalidArgument');

    const deleted = await owner.succeed({ method: 'DELETE', target: `/${kept}/k` });
    const marker = deleted.headers.get('x-amz-version-id') ?? '';
    await owner.fail({ target: `/${kept}/k?acl=` }, 404, 'NoSuchKey');
    await owner.fail({ target: `/${kept}/k?acl=&versionId=${marker}` }, 405, 'MethodNotAllowed');
    await owner.succeed({ target: `/${kept}/k?acl=&versionId=${first}` });
  });
});
