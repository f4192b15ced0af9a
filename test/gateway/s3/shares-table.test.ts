import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { operations } from '../../../gateway/s3/operations/index.ts';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import type { AccountRow } from '../../../metadata/index.ts';
import { openTestDrive, type TestDrive } from '../../support/drives.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

/** "s3:GetObject*": whatever reads an object. */
const READ = /^s3:GetObject/;
const ON_BUCKET = ['s3:GetBucketLocation'];
/** With `s3:prefix` in the folder. */
const LIST = ['s3:ListBucket'];
const WRITE = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
const DELETE = ['s3:DeleteObject'];

/** Every action that an operation asks for. */
const actions = [
  ...new Set(operations.flatMap(({ action, versionAction }) => [action ?? [], versionAction ?? []].flat())),
  's3:BypassGovernanceRetention',
  's3:PutObjectTagging',
  's3:PutObjectRetention',
  's3:PutObjectLegalHold',
  's3:DeleteObjectVersion',
  's3:ObjectOwnerOverrideToBucketOwner',
].filter((action) => action !== 's3:CreateBucket' && action !== 's3:ListAllMyBuckets');

interface Row {
  /** What is shared, and how. */
  readonly shared: string;
  readonly permission: 'read' | 'write';
  /** What is asked for: a key; where actions are on the bucket, the prefix. */
  readonly place: string;
  readonly allowed: readonly string[];
  readonly reads: boolean;
}

const rows: readonly Row[] = [
  { shared: 'f/', permission: 'read', place: 'f/in/file', allowed: [...LIST], reads: true },
  { shared: 'f/', permission: 'read', place: 'f/', allowed: [...LIST], reads: true },
  { shared: 'f/', permission: 'read', place: 'f', allowed: [], reads: false },
  { shared: 'f/', permission: 'read', place: 'fx/file', allowed: [], reads: false },
  { shared: 'f/', permission: 'read', place: '.trash/f/file', allowed: [], reads: false },
  { shared: 'f/', permission: 'write', place: 'f/new', allowed: [...LIST, ...WRITE, ...DELETE], reads: true },
  { shared: 'f/', permission: 'write', place: 'f/in/', allowed: [...LIST, ...WRITE, ...DELETE], reads: true },
  { shared: 'f/', permission: 'write', place: 'f/', allowed: [...LIST], reads: true },
  { shared: 'f/', permission: 'write', place: 'other', allowed: [], reads: false },
  { shared: 'f/file', permission: 'read', place: 'f/file', allowed: [], reads: true },
  { shared: 'f/file', permission: 'write', place: 'f/file', allowed: [...WRITE], reads: true },
  { shared: 'f/file', permission: 'write', place: 'f/file2', allowed: [], reads: false },
  { shared: 'f/file', permission: 'write', place: 'f/file/x', allowed: [], reads: false },
  { shared: 'f/file', permission: 'write', place: 'f/', allowed: [], reads: false },
];

describe('what a share allows', () => {
  let gateway: TestGateway;
  let drive: TestDrive;
  let ann: AccountRow;
  let bob: AccountRow;
  before(async () => {
    gateway = await startGateway();
    ann = await gateway.services.accounts.create({ name: 'ann' });
    bob = await gateway.services.accounts.create({ name: 'bob' });
    drive = await openTestDrive(gateway, 'ann');
    await drive.put('f/file', 'f/in/file', 'fx/file', 'other');
  });
  after(() => gateway.stop());

  async function ask(account: AccountRow, action: string, place: string): Promise<boolean> {
    const key = action.includes('Object') || action.includes('Multipart') ? place : undefined;
    const isOnBucket = action === 's3:ListBucketMultipartUploads' || action.endsWith('Configuration');
    const { allowed } = await gateway.services.access.decide({
      principal: { kind: 'account', account, accessKey: undefined },
      action,
      resource: { kind: 'bucket', bucket: drive.bucket, key: isOnBucket ? undefined : key },
      context: { get: (name) => (name === 's3:prefix' ? place : undefined) },
    });
    return allowed;
  }

  for (const { shared, permission, place, allowed, reads } of rows) {
    test(`${permission} of '${shared}' at '${place}', and nothing else`, async () => {
      const asker = { account: ann, actor: OPERATOR };
      const given = { with: 'bob', permission, mayShare: true, note: null, expiresAt: null };
      const at = { bucketId: drive.bucket.id, ownerId: ann.id, path: shared };
      const { id } = await gateway.services.shares.create({ ...at, ...given }, asker);
      const found: string[] = [];
      for (const action of actions) if (await ask(bob, action, place)) found.push(action);
      const isRead = (action: string) => READ.test(action) && reads;
      const expected = actions.filter(
        (action) => allowed.includes(action) || ON_BUCKET.includes(action) || isRead(action),
      );
      assert.deepEqual(found.sort(), expected.sort());
      await gateway.services.shares.end(id, asker);
      for (const action of actions) assert.equal(await ask(bob, action, place), false, action);
    });
  }
});
