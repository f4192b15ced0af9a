import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  type S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { OPERATOR } from '../../../gateway/services/audit.ts';
import { missing, runCommand, tryCommand } from '../../support/command.ts';
import { openTestDrive, type TestDrive } from '../../support/drives.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { temporaryFolder } from '../../support/trees.ts';

const denied = { name: 'AccessDenied' };
/** To HEAD there is no body that would name the error. */
const isForbidden = (error: S3ServiceException) => error.$metadata.httpStatusCode === 403;

describe('shared files over S3, with the keys of the friend', () => {
  let gateway: TestGateway;
  let drive: TestDrive;
  let friend: S3Client;
  let Bucket: string;
  let count = 0;
  before(async () => {
    gateway = await startGateway();
    for (const name of ['ann', 'bob', 'cat']) await gateway.services.accounts.create({ name });
    drive = await openTestDrive(gateway, 'ann');
    Bucket = drive.bucket.name;
    friend = gateway.client(await keyOf('bob'));
  });
  after(() => gateway.stop());

  async function keyOf(name: string, facts: { readonly policy?: object } = {}) {
    const { accounts, accessKeys } = gateway.services;
    return accessKeys.create(await accounts.get(name), facts);
  }

  /** A folder of its own, with a file in it, one in a folder of that, and one beside it. */
  async function folder(): Promise<string> {
    count += 1;
    const path = `photos-${count}/`;
    await drive.put(path, `${path}file`, `${path}in/file`, `photos-${count}-not/file`);
    return path;
  }

  async function share(path: string, terms: Terms = {}, by = 'ann'): Promise<string> {
    const { accounts, shares } = gateway.services;
    const account = await accounts.get(by);
    const given = { with: 'bob', permission: 'read', mayShare: false, note: null, expiresAt: null, ...terms } as const;
    const place = { bucketId: drive.bucket.id, ownerId: drive.bucket.account_id, path };
    const { id } = await shares.create(
      { ...place, ...given },
      { account, actor: { ...OPERATOR, accountId: account.id } },
    );
    return id;
  }
  interface Terms {
    readonly with?: string;
    readonly permission?: 'read' | 'write';
    readonly mayShare?: boolean;
    readonly expiresAt?: Date;
  }

  const read = async (Key: string) =>
    (await friend.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  const put = (Key: string) => friend.send(new PutObjectCommand({ Bucket, Key, Body: 'by bob' }));
  const remove = (Key: string) => friend.send(new DeleteObjectCommand({ Bucket, Key }));
  const list = (Prefix?: string) =>
    friend.send(new ListObjectsV2Command({ Bucket, ...(Prefix !== undefined && { Prefix }) }));

  test('to read a folder is to get and list what is in it, by its name, and nothing else', async () => {
    const path = await folder();
    await assert.rejects(read(`${path}file`), denied);
    await share(path);
    assert.equal(await read(`${path}file`), `${path}file`);
    assert.equal(await read(`${path}in/file`), `${path}in/file`);
    await friend.send(new HeadObjectCommand({ Bucket, Key: `${path}file` }));
    await friend.send(new GetObjectTaggingCommand({ Bucket, Key: `${path}file` }));
    await friend.send(new GetBucketLocationCommand({ Bucket }));
    const keys = (await list(path)).Contents?.map(({ Key }) => Key);
    assert.deepEqual(keys, [path, `${path}file`, `${path}in/file`]);
    assert.equal((await list(`${path}in`)).KeyCount, 1);
    for (const prefix of [undefined, '', path.slice(0, -1), path.slice(0, 3), `${path.slice(0, -1)}-not/`]) {
      await assert.rejects(list(prefix), denied, prefix);
    }
    await assert.rejects(friend.send(new HeadBucketCommand({ Bucket })), isForbidden);
    await assert.rejects(read(`${path.slice(0, -1)}-not/file`), denied);
    await assert.rejects(put(`${path}new`), denied);
    await assert.rejects(remove(`${path}file`), denied);
    for (const command of [
      new ListObjectVersionsCommand({ Bucket, Prefix: path }),
      new ListMultipartUploadsCommand({ Bucket, Prefix: path }),
    ]) {
      await assert.rejects(friend.send(command as ListMultipartUploadsCommand), denied);
    }
  });

  test('what is not in a shared folder is missing for the friend, and beside it forbidden', async () => {
    const path = await folder();
    await share(path);
    const head = (Key: string) => friend.send(new HeadObjectCommand({ Bucket, Key }));
    await assert.rejects(read(`${path}new`), { name: 'NoSuchKey' });
    await assert.rejects(head(`${path}in/new`), { name: 'NotFound' });
    const copy = { Bucket: 'bobs', Key: 'copy', CopySource: `${Bucket}/${path}new` };
    await friend.send(new CreateBucketCommand({ Bucket: 'bobs' }));
    await assert.rejects(friend.send(new CopyObjectCommand(copy)), { name: 'NoSuchKey' });
    for (const key of [path.slice(0, -1), `${path.slice(0, -1)}-not/new`, 'new', '.trash/new']) {
      await assert.rejects(read(key), denied, key);
      await assert.rejects(head(key), isForbidden, key);
      await assert.rejects(
        friend.send(new CopyObjectCommand({ ...copy, CopySource: `${Bucket}/${key}` })),
        denied,
        key,
      );
    }
  });

  test('to write a folder is to put, overwrite and delete what is in it, but not the folder', async () => {
    const path = await folder();
    await share(path, { permission: 'write' });
    await put(`${path}new`);
    await put(`${path}file`);
    assert.equal(await read(`${path}file`), 'by bob');
    await remove(`${path}new`);
    await friend.send(new CopyObjectCommand({ Bucket, Key: `${path}copy`, CopySource: `${Bucket}/${path}file` }));
    await assert.rejects(remove(path), denied);
    await assert.rejects(put(path), denied);
    await assert.rejects(put(`${path.slice(0, -1)}-not/file`), denied);
    const Delete = { Objects: [{ Key: `${path}copy` }, { Key: `${path.slice(0, -1)}-not/file` }, { Key: path }] };
    const deleted = await friend.send(new DeleteObjectsCommand({ Bucket, Delete }));
    assert.deepEqual(
      deleted.Deleted?.map(({ Key }) => Key),
      [`${path}copy`],
    );
    assert.deepEqual(
      deleted.Errors?.map(({ Code }) => Code),
      ['AccessDenied', 'AccessDenied'],
    );
    // Who owns the drive owns what friends put there, and pays for it.
    assert.equal((await list(path)).KeyCount, 3);
  });

  test('to write a single file is to overwrite it, not to delete it', async () => {
    const path = await folder();
    await share(`${path}file`, { permission: 'write' });
    await put(`${path}file`);
    assert.equal(await read(`${path}file`), 'by bob');
    await assert.rejects(remove(`${path}file`), denied);
    for (const other of [`${path}file2`, `${path}file/x`, `${path}in/file`]) await assert.rejects(put(other), denied);
    await assert.rejects(list(`${path}file`), denied);
  });

  test('uploads in parts: begun, told of, completed and aborted by the friend', async () => {
    const path = await folder();
    await share(path, { permission: 'write' });
    const begin = async (Key: string) => {
      const { UploadId } = await friend.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const place = { Bucket, Key, UploadId };
      const { ETag } = await friend.send(new UploadPartCommand({ ...place, PartNumber: 1, Body: 'part' }));
      assert.equal((await friend.send(new ListPartsCommand(place))).Parts?.length, 1);
      return { place, Parts: [{ PartNumber: 1, ETag }] };
    };
    const { place, Parts } = await begin(`${path}parts`);
    await friend.send(new CompleteMultipartUploadCommand({ ...place, MultipartUpload: { Parts } }));
    assert.equal(await read(`${path}parts`), 'part');
    await friend.send(new AbortMultipartUploadCommand((await begin(`${path}parts`)).place));
  });

  test('no share changes tags, ACLs or versions', async () => {
    const path = await folder();
    await share(path, { permission: 'write' });
    const Key = `${path}file`;
    await assert.rejects(
      friend.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } })),
      denied,
    );
    await assert.rejects(friend.send(new PutObjectAclCommand({ Bucket, Key, ACL: 'private' })), denied);
    await assert.rejects(friend.send(new DeleteObjectCommand({ Bucket, Key, VersionId: 'null' })), denied);
    await assert.rejects(friend.send(new PutBucketPolicyCommand({ Bucket, Policy: '{}' })), denied);
  });

  test('it ends by the clock, and when it is revoked', async () => {
    const path = await folder();
    await share(`${path}in/`, { expiresAt: new Date(Date.now() + 1500) });
    assert.equal(await read(`${path}in/file`), `${path}in/file`);
    const id = await share(path);
    const { accounts, shares } = gateway.services;
    await shares.end(id, { account: await accounts.get('ann'), actor: OPERATOR });
    await assert.rejects(read(`${path}file`), denied);
    await new Promise((resolve) => setTimeout(resolve, 1600));
    await assert.rejects(read(`${path}in/file`), denied);
  });

  test('it ends while who gave it, or the owner, is disabled', async () => {
    const path = await folder();
    await share(path, { with: 'cat', mayShare: true });
    await share(path, {}, 'cat');
    assert.equal(await read(`${path}file`), `${path}file`);
    for (const name of ['cat', 'ann']) {
      await gateway.services.accounts.disable(name);
      await assert.rejects(read(`${path}file`), denied, name);
      await gateway.services.accounts.enable(name);
      assert.equal(await read(`${path}file`), `${path}file`);
    }
  });

  test('a deny of the policy of the drive, and a narrowed key, stand against it', async () => {
    const path = await folder();
    await share(path, { permission: 'write' });
    const Action = ['s3:GetObject', 's3:ListBucket'];
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] };
    const narrowed = gateway.client(await keyOf('bob', { policy }));
    await narrowed.send(new GetObjectCommand({ Bucket, Key: `${path}file` }));
    await assert.rejects(narrowed.send(new PutObjectCommand({ Bucket, Key: `${path}file`, Body: 'x' })), denied);
    const { id } = await gateway.services.accounts.get('bob');
    const Resource = `arn:aws:s3:::${Bucket}/${path}in/*`;
    const Statement = [{ Effect: 'Deny', Principal: { AWS: id }, Action: 's3:*', Resource }];
    const owner = gateway.client(drive.key);
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    await assert.rejects(read(`${path}in/file`), denied);
    assert.equal(await read(`${path}file`), `${path}file`);
  });

  test('nothing in the trash is reached by a share', async () => {
    const path = await folder();
    await drive.put(`.trash/${path}file`);
    await assert.rejects(read(`.trash/${path}file`), denied);
  });

  test('what it is about is deleted over S3, by one or by many: it goes with it', async () => {
    const path = await folder();
    const owner = gateway.client(drive.key);
    await share(`${path}file`);
    await share(`${path}in/`);
    await owner.send(new DeleteObjectCommand({ Bucket, Key: `${path}file` }));
    await owner.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: `${path}in/file` }] } }));
    await drive.put(`${path}file`, `${path}in/file`);
    for (const name of ['file', 'in/file']) await assert.rejects(read(path + name), denied);
  });

  describe('aws-cli', { skip: missing('aws'), timeout: 300_000 }, () => {
    test('cp and ls work in the shared folder', async () => {
      const path = await folder();
      await share(path, { permission: 'write' });
      const folderHere = await temporaryFolder();
      const { accessKey, secretKey } = await keyOf('bob');
      await writeFile(
        join(folderHere.path, 'config'),
        '[default]\nregion = us-east-1\ns3 =\n  addressing_style = path\n',
      );
      const options = {
        folder: folderHere.path,
        environment: {
          AWS_ACCESS_KEY_ID: accessKey,
          AWS_SECRET_ACCESS_KEY: secretKey,
          AWS_SESSION_TOKEN: '',
          AWS_CONFIG_FILE: join(folderHere.path, 'config'),
          AWS_SHARED_CREDENTIALS_FILE: join(folderHere.path, 'none'),
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_PAGER: '',
        },
      };
      const aws = (...args: string[]) => ['--endpoint-url', gateway.s3Url, 's3', ...args];
      const run = async (...args: string[]) => (await runCommand('aws', aws(...args), options)).text;
      try {
        assert.match(await run('ls', `s3://${Bucket}/${path}`), / file$/m);
        assert.equal(await run('cp', `s3://${Bucket}/${path}file`, '-'), `${path}file`);
        await writeFile(join(folderHere.path, 'mine.txt'), 'mine');
        await run('cp', 'mine.txt', `s3://${Bucket}/${path}`);
        assert.match(await run('ls', '--recursive', `s3://${Bucket}/${path}`), /mine\.txt$/m);
        await run('rm', `s3://${Bucket}/${path}mine.txt`);
        const refused = await tryCommand('aws', aws('ls', `s3://${Bucket}/`), options);
        assert.match(refused.complaint, /AccessDenied/);
      } finally {
        await folderHere.remove();
      }
    });
  });
});
