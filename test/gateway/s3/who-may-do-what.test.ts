import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { operations } from '../../../gateway/s3/operations/index.ts';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import type { AccountRole } from '../../../metadata/index.ts';
import { openTestDrive } from '../../support/drives.ts';
import { type Credentials, startGateway, type TestGateway } from '../../support/gateway.ts';
import { KEY, type Row, rowsFor } from './s3-requests.ts';

/** A drive whose policy names accounts, a bucket whose policy opens it to everybody as well, and one that has ACLs beside it. */
const BUCKETS = ['drive-owner', 'open', 'classic'] as const;
type BucketName = (typeof BUCKETS)[number];

const FRIEND = [
  's3:ListBucket',
  's3:GetBucketLocation',
  's3:GetObject',
  's3:GetObjectAttributes',
  's3:GetObjectTagging',
  's3:PutObject',
  's3:DeleteObject',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
];
const EVERYBODY = ['s3:GetObject', 's3:ListBucketVersions'];
const KEY_ACTIONS = ['s3:ListAllMyBuckets', 's3:ListBucket', 's3:GetObject', 's3:PutObjectTagging', 's3:GetBucketCORS'];
/** GRANT READ, LIST, DELETE: what these are about. */
const GRANTED = [
  's3:GetObject',
  's3:GetObjectVersion',
  's3:GetObjectAttributes',
  's3:GetObjectTagging',
  's3:GetObjectVersionTagging',
  's3:GetObjectRetention',
  's3:GetObjectLegalHold',
  's3:GetObjectAcl',
  's3:GetObjectVersionAcl',
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:ListBucketMultipartUploads',
  's3:GetBucketLocation',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:DeleteObjectTagging',
  's3:DeleteObjectVersionTagging',
];
/** "READ" of a bucket and of an object, in "Mapping of ACL permissions and access policy permissions". */
const BY_ACL = [
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:ListBucketMultipartUploads',
  's3:GetObject',
  's3:GetObjectVersion',
];
/** A share of the file to read: s3:GetObject*, and where the bucket is. */
const SHARED = /^s3:(GetObject.*|GetBucketLocation)$/;
/** What a bucket's owner, or an admin, may do whatever its policy says. */
const MENDING = ['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy'];

interface Kind {
  /** What the documentation promises, in a line: whether it may do that in that bucket, or with buckets as such. */
  readonly may: (action: string, bucket: BucketName | undefined) => boolean;
  /** Undefined: nothing is signed. */
  readonly signs?: (town: Town) => Promise<Credentials>;
}

const all = () => true;
const none = () => false;
const isPublic = (action: string, bucket: BucketName | undefined) => bucket === 'open' && EVERYBODY.includes(action);
const isOther = (action: string, bucket: BucketName | undefined) => bucket === undefined || isPublic(action, bucket);
const isNarrow = (action: string) => KEY_ACTIONS.includes(action);

const kinds: Readonly<Record<string, Kind>> = {
  // Before the owner and admins, who take the ACLs away.
  'an account in the ACLs of a bucket and its object': {
    may: (action, bucket) => isOther(action, bucket) || (bucket === 'classic' && BY_ACL.includes(action)),
    signs: (town) => town.key('listed'),
  },
  'an account with grants': {
    may: (action, bucket) => isOther(action, bucket) || (bucket === 'drive-owner' && GRANTED.includes(action)),
    signs: (town) => town.key('granted'),
  },
  'an account that the file is shared with': {
    may: (action, bucket) => isOther(action, bucket) || (bucket === 'drive-owner' && SHARED.test(action)),
    signs: (town) => town.key('shared'),
  },
  'a user with a policy of its own': {
    may: (action, bucket) => isOther(action, bucket) || KEY_ACTIONS.includes(action),
    signs: (town) => town.user('user', allow(KEY_ACTIONS)),
  },
  'a user whom a policy of its own denies deletes and what is public': {
    may: (action, bucket) => isOther(action, bucket) && !DENIED.test(action),
    signs: (town) => town.user('tame', deny(['s3:Delete*', 's3:CreateBucket', 's3:GetObject'])),
  },
  'an admin whom a policy denies the same': {
    may: (action) => !DENIED.test(action),
    signs: (town) => town.user('tame-boss', deny(['s3:Delete*', 's3:CreateBucket', 's3:GetObject']), 'admin'),
  },
  root: { may: all, signs: async ({ gateway: { accessKey, secretKey } }) => ({ accessKey, secretKey }) },
  'an admin': { may: all, signs: (town) => town.add('boss', 'admin') },
  'an admin whom the policy denies everything': {
    may: (action, bucket) => bucket === undefined || MENDING.includes(action),
    signs: (town) => town.key('barred'),
  },
  'an auditor': { may: (action) => /^s3:(Get|List)/.test(action), signs: (town) => town.add('eyes', 'auditor') },
  'the owner': { may: all, signs: (town) => town.key('owner') },
  'a narrowed key of the owner': { may: isNarrow, signs: (town) => town.key('owner', { policy: allow(KEY_ACTIONS) }) },
  'a friend': {
    may: (action, bucket) => isOther(action, bucket) || FRIEND.includes(action),
    signs: (town) => town.key('friend'),
  },
  'a narrowed key of a friend': {
    may: (action, bucket) =>
      isNarrow(action) && (bucket === undefined || FRIEND.includes(action) || isPublic(action, bucket)),
    signs: (town) => town.key('friend', { policy: allow(KEY_ACTIONS) }),
  },
  'another account': { may: isOther, signs: (town) => town.add('other') },
  'a key of another account that is narrowed to everything': {
    may: isOther,
    signs: (town) => town.key('other', { policy: allow(['s3:*']) }),
  },
  'nobody in particular': { may: isPublic },
  'an expired key of the owner': { may: none, signs: (town) => town.expiredKey('owner') },
  'a disabled account': { may: none, signs: (town) => town.disabled('gone') },
};

function allow(Action: readonly string[]) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] };
}

const DENIED = /^s3:(Delete.*|CreateBucket|GetObject)$/;

function deny(Action: readonly string[]) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action, Resource: '*' }] };
}

/** A gateway with the buckets and all kinds of principals. */
class Town {
  readonly gateway: TestGateway;
  /** Of each bucket, of the key `copied`. */
  readonly uploads = new Map<BucketName, string>();

  private constructor(gateway: TestGateway) {
    this.gateway = gateway;
  }

  static async build(): Promise<Town> {
    const town = new Town(await startGateway({ GATEHOUSE_BLOCK_PUBLIC_ACCESS: 'off' }));
    for (const name of ['owner', 'friend', 'listed', 'granted', 'shared']) await town.add(name);
    await town.add('barred', 'admin');
    const credentials = await town.key('owner');
    for (const name of BUCKETS) {
      if (name === 'drive-owner') await openTestDrive(town.gateway, 'owner');
      else await town.gateway.fetchSigned(`/${name}`, { method: 'PUT', credentials });
      await town.gateway.fetchSigned(`/${name}/${KEY}`, { method: 'PUT', body: 'x', credentials });
      await town.putPolicy(name);
      const begun = await town.gateway.fetchSigned(`/${name}/copied?uploads`, { method: 'POST', credentials });
      town.uploads.set(name, /<UploadId>(.*?)<\/UploadId>/.exec(await begun.text())?.[1] ?? '');
    }
    await town.putAcls('classic', credentials);
    const { accounts, grants } = town.gateway.services;
    const actor = { ...OPERATOR, accountId: (await accounts.get('owner')).id };
    await grants.runText('GRANT READ, LIST, DELETE ON BUCKET drive-owner TO USER granted', actor);
    await town.share(KEY);
    return town;
  }

  /** With the account `shared`, to read. */
  async share(path: string): Promise<void> {
    const { accounts, drives, shares } = this.gateway.services;
    const account = await accounts.get('owner');
    const { id: bucketId } = await drives.get('owner');
    const terms = { with: 'shared', permission: 'read', mayShare: false, note: null, expiresAt: null } as const;
    await shares.create({ bucketId, ownerId: account.id, path, ...terms }, { account, actor: OPERATOR });
  }

  async add(name: string, role: AccountRole = 'member'): Promise<Credentials> {
    await this.gateway.services.accounts.create({ name, role });
    return this.key(name);
  }

  async key(name: string, facts: { readonly policy?: object; readonly expiresAt?: Date } = {}): Promise<Credentials> {
    const { accounts, accessKeys } = this.gateway.services;
    return accessKeys.create(await accounts.get(name), facts);
  }

  /** With a policy of its own. */
  async user(name: string, policy: object, role?: AccountRole): Promise<Credentials> {
    const credentials = await this.add(name, role);
    const { accounts, iam } = this.gateway.services;
    const { id: holderId } = await accounts.get(name);
    const by = { actor: OPERATOR, isDelegated: false };
    await iam.policies.put({ holderId, name: 'own' }, JSON.stringify(policy), by);
    return credentials;
  }

  async expiredKey(name: string): Promise<Credentials> {
    const key = await this.key(name, { expiresAt: new Date(Date.now() + 50) });
    await new Promise((resolve) => setTimeout(resolve, 60));
    return key;
  }

  async disabled(name: string): Promise<Credentials> {
    const key = await this.add(name);
    await this.gateway.services.accounts.disable(name, OPERATOR);
    return key;
  }

  async putAcls(bucket: BucketName, credentials: Credentials): Promise<void> {
    const { canonical_id: id } = await this.gateway.services.accounts.get('listed');
    const rule = '<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>';
    const body = `<OwnershipControls xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rule}</OwnershipControls>`;
    const headers = { 'x-amz-grant-read': `id="${id}"` };
    for (const [path, init] of [
      [`/${bucket}?ownershipControls`, { body }],
      [`/${bucket}?acl`, { headers }],
      [`/${bucket}/${KEY}?acl`, { headers }],
    ] as const) {
      const reply = await this.gateway.fetchSigned(path, { method: 'PUT', credentials, ...init });
      assert.equal(reply.status, 200, await reply.text());
    }
  }

  async putPolicy(name: BucketName): Promise<void> {
    const { accounts } = this.gateway.services;
    const Resource = [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`];
    const to = async (account: string) => ({ AWS: (await accounts.get(account)).id });
    const Statement = [
      { Effect: 'Allow', Principal: await to('friend'), Action: FRIEND, Resource },
      { Effect: 'Deny', Principal: await to('barred'), Action: 's3:*', Resource },
      ...(name === 'open' ? [{ Effect: 'Allow', Principal: '*', Action: EVERYBODY, Resource }] : []),
    ];
    const body = JSON.stringify({ Version: '2012-10-17', Statement });
    const { status } = await this.gateway.fetchSigned(`/${name}?policy`, { method: 'PUT', body });
    assert.equal(status, 204);
  }

  /** Whether it may do it: whatever else is wrong with the request is told to no one else. */
  async mayDo(row: Row, bucket: BucketName, credentials: Credentials | undefined): Promise<boolean> {
    const reply = await this.#send(row, bucket, credentials);
    const text = await reply.text();
    if (row.removesPolicy && reply.status === 204) await this.putPolicy(bucket);
    assert.ok(reply.status < 500, `${row.operation}: ${reply.status} ${text}`);
    if (reply.status === 403 && row.method !== 'HEAD') {
      assert.match(text, /<Code>(AccessDenied|AccountProblem|InvalidAccessKeyId)<\/Code>/);
    }
    return reply.status !== 403 && !text.includes('<Code>AccessDenied</Code>');
  }

  async #send(row: Row, bucket: BucketName, credentials: Credentials | undefined): Promise<Response> {
    const { operation, method, on, key = KEY, query, headers = {}, body } = row;
    if (operation === 'PostObject') return this.#post(bucket, credentials);
    const isCreating = operation === 'CreateBucket';
    const place = on === 'object' ? `/${bucket}/${key}` : on === 'bucket' || isCreating ? `/${bucket}` : '/';
    const path = query === undefined ? place : `${place}?${query}`;
    const init = { method, headers, ...(body !== undefined && { body }) };
    if (credentials === undefined) return fetch(`${this.gateway.s3Url}${path}`, init);
    return this.gateway.fetchSigned(path, { ...init, credentials });
  }

  async #post(bucket: BucketName, credentials: Credentials | undefined): Promise<Response> {
    const form = new FormData();
    if (credentials === undefined) form.append('key', 'posted');
    else {
      const client = this.gateway.client(credentials);
      const { fields } = await createPresignedPost(client, { Bucket: bucket, Key: 'posted' });
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
    }
    form.append('file', new Blob(['x']), 'x');
    return fetch(`${this.gateway.s3Url}/${bucket}`, { method: 'POST', body: form });
  }
}

const posting: Row = { operation: 'PostObject', needs: ['s3:PutObject'], on: 'object', method: 'POST' };

test('every operation is in the table', () => {
  const named = new Set([...rowsFor('drive-owner'), posting].map(({ operation }) => operation));
  assert.deepEqual([...named].sort(), operations.map(({ name }) => name).sort());
});

describe('through the wire', () => {
  let town: Town;
  before(async () => {
    town = await Town.build();
  });
  after(() => town.gateway.stop());

  for (const [name, { may, signs }] of Object.entries(kinds)) {
    test(`${name} may do what it should, and nothing else`, async () => {
      const credentials = await signs?.(town);
      const wrong: string[] = [];
      for (const bucket of BUCKETS) {
        for (const row of [...rowsFor(bucket, town.uploads.get(bucket)), posting]) {
          const place = row.on === 'service' ? undefined : bucket;
          const expected = row.needs.every((action) => may(action, place));
          const does = await town.mayDo(row, bucket, credentials);
          const words = `${row.operation} ${row.variant ?? ''} in ${bucket}`;
          if (does !== expected) wrong.push(`${expected ? 'may not' : 'may'} do ${words}`);
        }
      }
      assert.deepEqual(wrong, []);
    });
  }
});
