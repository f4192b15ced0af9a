import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal, Question } from '../../../../gateway/services/access/index.ts';
import { type Acl, AclSource } from '../../../../gateway/services/acl/index.ts';
import { NO_CONTEXT } from '../../../../gateway/services/policy/question.ts';
import type { BucketRow, Metadata } from '../../../../metadata/index.ts';

const NO_METADATA = undefined as unknown as Metadata; // whatever reads a row of it fails
const PUBLIC: Acl = [{ group: 'AllUsers', permission: 'READ' }];
const anonymous: Principal = { kind: 'anonymous' };

const sourceOf = (defaultOwnership: 'BucketOwnerEnforced' | 'ObjectWriter') =>
  new AclSource({ metadata: NO_METADATA, defaultOwnership, blockPublicAccess: 'off' });
const ask = (action: string, key?: string): Question => ({
  principal: anonymous,
  action,
  resource: { kind: 'bucket', bucket: { id: 1, name: 'b', account_id: 'owner' } as BucketRow, key }, // all that counts of it
  context: NO_CONTEXT,
});

test('reads nothing, and says nothing, where ACLs are off', () => {
  const configs = { acl: PUBLIC };
  assert.equal(sourceOf('BucketOwnerEnforced').judge(ask('s3:GetObject', 'k'), configs), undefined);
  assert.equal(sourceOf('BucketOwnerEnforced').judge(ask('s3:ListBucket'), configs), undefined);
  const ownershipControls = { objectOwnership: 'BucketOwnerEnforced' } as const;
  assert.equal(sourceOf('ObjectWriter').judge(ask('s3:GetObject', 'k'), { acl: PUBLIC, ownershipControls }), undefined);
});

test('reads nothing for what the ACL of a bucket decides, or none', () => {
  const source = sourceOf('ObjectWriter');
  assert.deepEqual(source.judge(ask('s3:ListBucket'), { acl: PUBLIC }), {
    allowed: true,
    statement: 'the ACL of bucket b grants READ to AllUsers',
  });
  assert.equal(source.judge(ask('s3:PutObject', 'k'), { acl: PUBLIC }), undefined);
  assert.equal(source.judge(ask('s3:GetObjectTagging', 'k'), { acl: PUBLIC }), undefined);
  assert.equal(source.judge(ask('s3:DeleteBucket'), { acl: PUBLIC }), undefined);
});

test('what is for everybody does not count where public ACLs are ignored', () => {
  const publicAccessBlock = {
    blockPublicAcls: false,
    ignorePublicAcls: true,
    blockPublicPolicy: false,
    restrictPublicBuckets: false,
  };
  assert.equal(sourceOf('ObjectWriter').judge(ask('s3:ListBucket'), { acl: PUBLIC, publicAccessBlock }), undefined);
});
