import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type CommandOptions, missing, runCommand, tryCommand } from '../support/command.ts';
import { GatewayProcess } from '../support/process.ts';
import {
  assertSameTree,
  digestFile,
  ODD_NAMES,
  temporaryFolder,
  writeRandomFile,
  writeTree,
} from '../support/trees.ts';

const MIB = 1024 ** 2;
const CONFIG = `[default]
region = us-east-1
s3 =
  addressing_style = path
  multipart_threshold = 8MB
  multipart_chunksize = 8MB
`;

describe('aws-cli', { skip: missing('aws'), timeout: 300_000 }, () => {
  let gateway: GatewayProcess;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const local = (name: string) => join(folder.path, name);
  const options = (given: CommandOptions = {}): CommandOptions => ({
    folder: folder.path,
    ...given,
    environment: {
      AWS_ACCESS_KEY_ID: gateway.accessKey,
      AWS_SECRET_ACCESS_KEY: gateway.secretKey,
      AWS_SESSION_TOKEN: '',
      AWS_CONFIG_FILE: local('config'),
      AWS_SHARED_CREDENTIALS_FILE: local('no-credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      PYTHONUTF8: '1',
    },
  });
  const command = (args: readonly string[]) => ['--endpoint-url', gateway.s3Url, '--output', 'json', ...args];
  const s3 = async (...args: string[]) => (await runCommand('aws', command(['s3', ...args]), options())).text;
  const refused = async (...args: string[]) => {
    const { status, complaint } = await tryCommand('aws', command(args), options());
    assert.notEqual(status, 0, `${args.join(' ')} should have failed`);
    return complaint;
  };
  const s3api = async <Reply>(...args: string[]) => {
    const { text } = await runCommand('aws', command(['s3api', ...args]), options());
    return (text === '' ? {} : JSON.parse(text)) as Reply;
  };

  before(async () => {
    folder = await temporaryFolder();
    gateway = await GatewayProcess.start();
    await writeFile(local('config'), CONFIG);
    await s3('mb', 's3://cli');
  });
  after(async () => {
    await gateway.stop();
    await folder.remove();
  });

  describe('aws s3', () => {
    test('mb, ls and rb make, show and remove a bucket', async () => {
      await s3('mb', 's3://short-lived');
      assert.match(await s3('ls'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d short-lived$/m);
      assert.match(await refused('s3', 'mb', 's3://Not_A_Bucket'), /\(InvalidBucketName\)/);
      await s3('rb', 's3://short-lived');
      assert.doesNotMatch(await s3('ls'), /short-lived/);
      assert.match(await refused('s3', 'ls', 's3://short-lived'), /\(NoSuchBucket\)/);
    });

    test('cp takes a file there and back, and ls shows its size', async () => {
      await writeFile(local('hello.txt'), 'Hello, Gatehouse\n');
      await s3('cp', 'hello.txt', 's3://cli/docs/hello.txt');
      assert.match(await s3('ls', 's3://cli/docs/'), / 17 hello\.txt$/);
      assert.match(await s3('ls', 's3://cli'), /PRE docs\//);
      await s3('cp', 's3://cli/docs/hello.txt', 'returned.txt');
      assert.equal(await readFile(local('returned.txt'), 'utf8'), 'Hello, Gatehouse\n');
    });

    test('cp streams standard input and output', async () => {
      const input = Buffer.from('piped bytes \0\xff\n'.repeat(10_000), 'latin1');
      await runCommand('aws', command(['s3', 'cp', '-', 's3://cli/piped']), options({ input }));
      const { output } = await runCommand('aws', command(['s3', 'cp', 's3://cli/piped', '-']), options());
      assert.ok(output.equals(input));
    });

    test('cp moves a file of many parts there, between keys and back unchanged', async () => {
      await writeRandomFile(local('large.bin'), 64 * MIB + 4321);
      const digest = await digestFile(local('large.bin'));
      await s3('cp', 'large.bin', 's3://cli/large.bin');
      const { ETag } = await s3api<{ ETag: string }>('head-object', '--bucket', 'cli', '--key', 'large.bin');
      assert.match(ETag, /^"[0-9a-f]{32}-9"$/);
      await s3('cp', 's3://cli/large.bin', 's3://cli/copied.bin');
      await s3('cp', 's3://cli/copied.bin', 'large-returned.bin');
      assert.equal(await digestFile(local('large-returned.bin')), digest);
      await rm(local('large.bin'));
      await rm(local('large-returned.bin'));
    });

    test('cp -, larger than a part, uploads in parts without knowing the length', async () => {
      await writeRandomFile(local('stream.bin'), 20 * MIB + 1);
      const input = await readFile(local('stream.bin'));
      await runCommand('aws', command(['s3', 'cp', '-', 's3://cli/stream.bin']), options({ input }));
      const { output } = await runCommand('aws', command(['s3', 'cp', 's3://cli/stream.bin', '-']), options());
      assert.ok(output.equals(input));
    });

    test('sync keeps a tree of odd names, byte for byte, and removes with --delete', async () => {
      await writeTree(local('tree'), ODD_NAMES);
      await s3('sync', 'tree', 's3://cli/tree/');
      assert.equal(await s3('sync', 'tree', 's3://cli/tree/'), '', 'nothing was left to do');
      await s3('sync', 's3://cli/tree/', 'tree-returned');
      await assertSameTree(local('tree-returned'), local('tree'));

      await rm(local(`tree/${ODD_NAMES[0]}`));
      await s3('sync', '--delete', 'tree', 's3://cli/tree/');
      const listing = await s3('ls', '--recursive', 's3://cli/tree/');
      assert.equal(listing.split('\n').length, ODD_NAMES.length - 1);
      await s3('sync', 's3://cli/tree/', 's3://cli/other-tree/');
      await s3('sync', 's3://cli/other-tree/', 'other-returned');
      await assertSameTree(local('other-returned'), local('tree'));
    });

    test('mv moves an object, up, sideways and down', async () => {
      await writeFile(local('wanderer'), 'moving');
      await s3('mv', 'wanderer', 's3://cli/a wanderer');
      await assert.rejects(stat(local('wanderer')), { code: 'ENOENT' });
      await s3('mv', 's3://cli/a wanderer', 's3://cli/b wanderer');
      assert.match(await refused('s3', 'cp', 's3://cli/a wanderer', '-'), /404/);
      await s3('mv', 's3://cli/b wanderer', 'wanderer');
      assert.equal(await readFile(local('wanderer'), 'utf8'), 'moving');
      assert.match(await refused('s3', 'cp', 's3://cli/b wanderer', '-'), /404/);
    });

    test('presign makes a URL that anyone may fetch', async () => {
      await writeFile(local('shared.txt'), 'for everyone');
      await s3('cp', 'shared.txt', 's3://cli/shared +.txt');
      const url = await s3('presign', 's3://cli/shared +.txt', '--expires-in', '60');
      const response = await fetch(url);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), 'for everyone');
      const tampered = await fetch(url.replace('shared', 'shered'));
      assert.equal(tampered.status, 403);
      assert.match(await tampered.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
    });

    test('rm removes one, rm --recursive a tree, rb --force a bucket with what is in it', async () => {
      await s3('mb', 's3://doomed');
      await writeTree(local('doomed'), ODD_NAMES);
      await s3('cp', '--recursive', 'doomed', 's3://doomed/');
      await s3('rm', 's3://doomed/with space.txt');
      assert.equal((await s3('ls', '--recursive', 's3://doomed')).split('\n').length, ODD_NAMES.length - 1);
      await s3('rm', '--recursive', 's3://doomed/deep/');
      assert.equal((await s3('ls', '--recursive', 's3://doomed')).split('\n').length, ODD_NAMES.length - 2);
      assert.match(await refused('s3', 'rb', 's3://doomed'), /\(BucketNotEmpty\)/);
      await s3('rb', '--force', 's3://doomed');
      assert.doesNotMatch(await s3('ls'), /doomed/);
    });
  });

  describe('aws s3api', () => {
    before(async () => {
      await s3api('create-bucket', '--bucket', 'api');
      await writeFile(local('body'), '0123456789');
    });
    const on = (...args: string[]) => ['--bucket', 'api', ...args];

    test('buckets: list-buckets, head-bucket, get-bucket-location, delete-bucket', async () => {
      const { Buckets, Owner } = await s3api<{ Buckets: { Name: string }[]; Owner: { ID: string } }>('list-buckets');
      assert.ok(Buckets.some(({ Name }) => Name === 'api'));
      assert.match(Owner.ID, /^[0-9a-f]{64}$/);
      await s3api('head-bucket', '--bucket', 'api');
      assert.deepEqual(await s3api('get-bucket-location', '--bucket', 'api'), { LocationConstraint: null });
      assert.match(await refused('s3api', 'head-bucket', '--bucket', 'absent'), /\(404\).*Not Found/);
      assert.match(await refused('s3api', 'delete-bucket', '--bucket', 'absent'), /\(NoSuchBucket\)/);
    });

    test('objects: put-object, head-object, get-object with a range, delete-object', async () => {
      const put = await s3api<{ ETag: string }>(
        'put-object',
        ...on('--key', 'digits', '--body', 'body', '--content-type', 'text/x-digits', '--metadata', 'Colour=blue,n=1'),
      );
      assert.equal(put.ETag, '"781e5e245d69b566979b86e28d23f2c7"');
      const head = await s3api<Record<string, unknown>>('head-object', ...on('--key', 'digits'));
      assert.equal(head.ContentLength, 10);
      assert.equal(head.ContentType, 'text/x-digits');
      assert.equal(head.AcceptRanges, 'bytes');
      assert.deepEqual(head.Metadata, { colour: 'blue', n: '1' });
      const got = await s3api<Record<string, unknown>>(
        'get-object',
        ...on('--key', 'digits', '--range', 'bytes=2-4', 'part-of-it'),
      );
      assert.equal(got.ContentRange, 'bytes 2-4/10');
      assert.equal(await readFile(local('part-of-it'), 'utf8'), '234');
      await s3api('delete-object', ...on('--key', 'digits'));
      assert.match(await refused('s3api', 'get-object', ...on('--key', 'digits', 'out')), /\(NoSuchKey\)/);
    });

    test('list-objects and list-objects-v2 page, group and resume', async () => {
      for (const key of ['l/a', 'l/b/1', 'l/b/2', 'l/c']) await s3api('put-object', ...on('--key', key));
      interface Page {
        Contents?: { Key: string }[];
        CommonPrefixes?: { Prefix: string }[];
        NextContinuationToken?: string;
        IsTruncated: boolean;
      }
      const keys = (page: Page) => page.Contents?.map(({ Key }) => Key) ?? [];
      const paged = await s3api<Page>('list-objects-v2', ...on('--prefix', 'l/', '--page-size', '1'));
      assert.deepEqual(keys(paged), ['l/a', 'l/b/1', 'l/b/2', 'l/c']);
      const grouped = await s3api<Page>('list-objects-v2', ...on('--prefix', 'l/', '--delimiter', '/'));
      assert.deepEqual(keys(grouped), ['l/a', 'l/c']);
      assert.deepEqual(grouped.CommonPrefixes, [{ Prefix: 'l/b/' }]);
      const resumed = await s3api<Page>('list-objects-v2', ...on('--prefix', 'l/', '--start-after', 'l/b/1'));
      assert.deepEqual(keys(resumed), ['l/b/2', 'l/c']);
      const first = await s3api<Page>('list-objects', ...on('--prefix', 'l/', '--page-size', '2', '--delimiter', '/'));
      assert.deepEqual(keys(first), ['l/a', 'l/c']);
      assert.deepEqual(first.CommonPrefixes, [{ Prefix: 'l/b/' }]);
    });

    test('copy-object, get-object-attributes and delete-objects', async () => {
      await s3api('put-object', ...on('--key', 'source key', '--body', 'body', '--checksum-algorithm', 'SHA256'));
      const copy = await s3api<{ CopyObjectResult: { ETag: string; LastModified: string } }>(
        'copy-object',
        ...on('--key', 'copy', '--copy-source', 'api/source key'),
      );
      assert.equal(copy.CopyObjectResult.ETag, '"781e5e245d69b566979b86e28d23f2c7"');
      assert.ok(!Number.isNaN(Date.parse(copy.CopyObjectResult.LastModified)));
      const attributes = await s3api<Record<string, unknown>>(
        'get-object-attributes',
        ...on('--key', 'copy', '--object-attributes', 'ETag', 'Checksum', 'ObjectSize', 'StorageClass'),
      );
      assert.equal(attributes.ETag, '781e5e245d69b566979b86e28d23f2c7');
      assert.equal(attributes.ObjectSize, 10);
      assert.equal(
        (attributes.Checksum as Record<string, string>).ChecksumSHA256,
        createHash('sha256').update('0123456789').digest('base64'),
      );
      const deleted = await s3api<{ Deleted: { Key: string }[]; Errors?: unknown }>(
        'delete-objects',
        ...on(
          '--delete',
          JSON.stringify({ Objects: [{ Key: 'copy' }, { Key: 'source key' }, { Key: 'never <was>' }] }),
        ),
      );
      assert.deepEqual(deleted.Deleted.map(({ Key }) => Key).sort(), ['copy', 'never <was>', 'source key']);
      assert.equal(deleted.Errors, undefined);
    });

    test('multipart: create, upload, copy a part, list, complete, abort', async () => {
      await writeRandomFile(local('part'), 5 * MIB);
      const key = ['--key', 'parts'];
      const { UploadId } = await s3api<{ UploadId: string }>('create-multipart-upload', ...on(...key));
      const upload = [...key, '--upload-id', UploadId];
      const one = await s3api<{ ETag: string }>(
        'upload-part',
        ...on(...upload, '--part-number', '1', '--body', 'part'),
      );
      await s3api('put-object', ...on('--key', 'digits', '--body', 'body'));
      const two = await s3api<{ CopyPartResult: { ETag: string } }>(
        'upload-part-copy',
        ...on(...upload, '--part-number', '2', '--copy-source', 'api/digits', '--copy-source-range', 'bytes=3-6'),
      );
      const { Parts } = await s3api<{ Parts: { PartNumber: number; Size: number }[] }>('list-parts', ...on(...upload));
      assert.deepEqual(
        Parts.map(({ PartNumber, Size }) => [PartNumber, Size]),
        [
          [1, 5 * MIB],
          [2, 4],
        ],
      );
      const open = await s3api<{ Uploads: { Key: string; UploadId: string }[] }>('list-multipart-uploads', ...on());
      assert.deepEqual(
        open.Uploads.map((each) => [each.Key, each.UploadId]),
        [['parts', UploadId]],
      );
      const parts = [one.ETag, two.CopyPartResult.ETag].map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
      const completed = await s3api<{ ETag: string; Bucket: string; Key: string; Location: string }>(
        'complete-multipart-upload',
        ...on(...upload, '--multipart-upload', JSON.stringify({ Parts: parts })),
      );
      assert.match(completed.ETag, /-2"$/);
      assert.equal(completed.Key, 'parts');
      await s3api('get-object', ...on(...key, 'whole'));
      assert.ok(
        (await readFile(local('whole'))).equals(Buffer.concat([await readFile(local('part')), Buffer.from('3456')])),
      );

      const second = await s3api<{ UploadId: string }>('create-multipart-upload', ...on('--key', 'given up'));
      await s3api('abort-multipart-upload', ...on('--key', 'given up', '--upload-id', second.UploadId));
      assert.match(
        await refused('s3api', 'list-parts', ...on('--key', 'given up', '--upload-id', second.UploadId)),
        /\(NoSuchUpload\)/,
      );
    });

    test('versions are listed in pages, read, deleted and restored', async () => {
      await s3('mb', 's3://versions');
      const at = (...args: string[]) => ['--bucket', 'versions', ...args];
      await s3api('put-bucket-versioning', ...at('--versioning-configuration', 'Status=Enabled'));
      assert.deepEqual(await s3api('get-bucket-versioning', ...at()), { Status: 'Enabled' });
      const ids: string[] = [];
      for (const text of ['one', 'two', 'three']) {
        await writeFile(local('text'), text);
        const put = await s3api<{ VersionId: string }>('put-object', ...at('--key', 'a key', '--body', 'text'));
        ids.push(put.VersionId);
      }
      const marker = await s3api<{ DeleteMarker: boolean; VersionId: string }>(
        'delete-object',
        ...at('--key', 'a key'),
      );
      assert.equal(marker.DeleteMarker, true);

      interface Page {
        readonly Versions?: readonly { readonly Key: string; readonly VersionId: string }[];
        readonly DeleteMarkers?: readonly { readonly VersionId: string; readonly IsLatest: boolean }[];
        readonly NextToken?: string;
      }
      for (const size of ['1', '2', '3', '100']) {
        const { Versions, DeleteMarkers } = await s3api<Page>('list-object-versions', ...at('--page-size', size));
        assert.deepEqual(Versions?.map(({ VersionId }) => VersionId).toReversed(), ids, `pages of ${size}`);
        assert.deepEqual(
          DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
          [[marker.VersionId, true]],
        );
      }
      const first = await s3api<Page>('list-object-versions', ...at('--max-items', '2'));
      assert.ok(first.NextToken !== undefined);
      const rest = await s3api<Page>('list-object-versions', ...at('--starting-token', first.NextToken));
      assert.equal((first.Versions?.length ?? 0) + (rest.Versions?.length ?? 0), 3);

      await s3api('get-object', ...at('--key', 'a key', '--version-id', ids[0] ?? '', 'old'));
      assert.equal(await readFile(local('old'), 'utf8'), 'one');
      assert.match(await refused('s3api', 'get-object', ...at('--key', 'a key', 'hidden')), /\(NoSuchKey\)/);
      assert.match(await refused('s3', 'rb', 's3://versions', '--force'), /\(BucketNotEmpty\).*delete all versions/);
      const source = `versions/a key?versionId=${ids[1]}`;
      await s3api('copy-object', ...at('--key', 'a key', '--copy-source', source));
      assert.equal(await s3('cp', 's3://versions/a key', '-'), 'two');

      const all = await s3api<Page>('list-object-versions', ...at());
      const Objects = [...(all.Versions ?? []), ...(all.DeleteMarkers ?? [])].map(({ VersionId }) => {
        return { Key: 'a key', VersionId };
      });
      assert.equal(Objects.length, 5);
      await s3api('delete-objects', ...at('--delete', JSON.stringify({ Objects, Quiet: true })));
      await s3('rb', 's3://versions');
    });

    test('tags of objects and buckets are put, copied, told and taken off', async () => {
      await s3api('put-object', ...on('--key', 'tagged', '--body', 'body', '--tagging', 'a=1&b=x%20y'));
      await s3api('copy-object', ...on('--key', 'tagged copy', '--copy-source', 'api/tagged'));
      const tagsOf = (key: string) => s3api<{ TagSet: unknown }>('get-object-tagging', ...on('--key', key));
      const TagSet = [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: 'x y' },
      ];
      for (const key of ['tagged', 'tagged copy']) assert.deepEqual(await tagsOf(key), { TagSet });
      assert.match(
        await refused(
          's3api',
          'put-object-tagging',
          ...on('--key', 'tagged', '--tagging', 'TagSet=[{Key=a!,Value=1}]'),
        ),
        /\(InvalidTag\).*The TagKey you have provided is invalid/,
      );
      await s3api('delete-object-tagging', ...on('--key', 'tagged'));
      assert.deepEqual(await tagsOf('tagged'), { TagSet: [] });
      await s3api('put-bucket-tagging', ...on('--tagging', JSON.stringify({ TagSet })));
      assert.deepEqual(await s3api('get-bucket-tagging', ...on()), { TagSet });
      await s3api('delete-bucket-tagging', ...on());
      assert.match(await refused('s3api', 'get-bucket-tagging', ...on()), /\(NoSuchTagSet\)/);
    });

    test('versions are locked, and what is locked is deleted by who bypasses governance', async () => {
      const vault = (...args: string[]) => ['--bucket', 'vault', ...args];
      await s3api('create-bucket', ...vault('--object-lock-enabled-for-bucket'));
      const rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } };
      const configuration = { ObjectLockEnabled: 'Enabled', Rule: rule };
      await s3api(
        'put-object-lock-configuration',
        ...vault('--object-lock-configuration', JSON.stringify(configuration)),
      );
      assert.deepEqual(await s3api('get-object-lock-configuration', ...vault()), {
        ObjectLockConfiguration: configuration,
      });
      const { VersionId } = await s3api<{ VersionId: string }>('put-object', ...vault('--key', 'k', '--body', 'body'));
      const version = vault('--key', 'k', '--version-id', VersionId);
      const { Retention } = await s3api<{ Retention: { Mode: string } }>('get-object-retention', ...version);
      assert.equal(Retention.Mode, 'GOVERNANCE');
      await s3api('put-object-legal-hold', ...version, '--legal-hold', 'Status=ON');
      assert.deepEqual(await s3api('get-object-legal-hold', ...version), { LegalHold: { Status: 'ON' } });
      const bypass = '--bypass-governance-retention';
      assert.match(await refused('s3api', 'delete-object', ...version, bypass), /\(AccessDenied\)/);
      await s3api('put-object-legal-hold', ...version, '--legal-hold', 'Status=OFF');
      assert.match(await refused('s3api', 'delete-object', ...version), /\(AccessDenied\)/);
      assert.match(await refused('s3', 'rb', 's3://vault', '--force'), /BucketNotEmpty/);
      await s3api('delete-object', ...version, bypass);
    });

    test('a policy opens a bucket that no longer blocks it, and what holds is told', async () => {
      const ofOpened = (...args: string[]) => ['--bucket', 'opened', ...args];
      await s3('mb', 's3://opened');
      await s3api('put-object', ...ofOpened('--key', 'k', '--body', 'body'));
      const url = `${gateway.s3Url}/opened/k`;
      const Statement = [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::opened/*' },
      ];
      const policy = JSON.stringify({ Version: '2012-10-17', Statement });
      const putPolicy = ['put-bucket-policy', ...ofOpened('--policy', policy)] as const;
      assert.match(await refused('s3api', ...putPolicy), /\(AccessDenied\).*BlockPublicPolicy/);
      await s3api('delete-public-access-block', ...ofOpened());
      assert.match(
        await refused('s3api', 'get-public-access-block', ...ofOpened()),
        /NoSuchPublicAccessBlockConfiguration/,
      );
      assert.equal((await fetch(url)).status, 403);
      await s3api(...putPolicy);
      assert.equal((await fetch(url)).status, 200);
      assert.deepEqual(await s3api('get-bucket-policy', ...ofOpened()), { Policy: policy });
      const status = await s3api('get-bucket-policy-status', ...ofOpened());
      assert.deepEqual(status, { PolicyStatus: { IsPublic: true } });
      await s3api(
        'put-public-access-block',
        ...ofOpened('--public-access-block-configuration', 'RestrictPublicBuckets=true'),
      );
      assert.equal((await fetch(url)).status, 403);
      await s3api('delete-bucket-policy', ...ofOpened());
      assert.match(await refused('s3api', 'get-bucket-policy', ...ofOpened()), /\(NoSuchBucketPolicy\)/);
      await s3('rb', 's3://opened', '--force');
    });

    test('ACLs and ownership tell that all belongs to the owner', async () => {
      interface Acl {
        readonly Owner: { readonly ID: string };
        readonly Grants: readonly { readonly Grantee: { readonly ID: string }; readonly Permission: string }[];
      }
      await s3api('put-object', ...on('--key', 'owned', '--body', 'body'));
      for (const acl of [
        await s3api<Acl>('get-bucket-acl', ...on()),
        await s3api<Acl>('get-object-acl', ...on('--key', 'owned')),
      ]) {
        assert.deepEqual(
          acl.Grants.map(({ Grantee, Permission }) => [Grantee.ID, Permission]),
          [[acl.Owner.ID, 'FULL_CONTROL']],
        );
      }
      await s3api('put-bucket-acl', ...on('--acl', 'private'));
      assert.match(
        await refused('s3api', 'put-bucket-acl', ...on('--acl', 'public-read')),
        /\(AccessControlListNotSupported\)/,
      );
      assert.deepEqual(await s3api('get-bucket-ownership-controls', ...on()), {
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      });
    });

    test('what the gateway does not do is refused by name', async () => {
      assert.match(await refused('s3api', 'get-bucket-website', '--bucket', 'api'), /\(NotImplemented\)/);
    });
  });

  test('iam makes a user, and sts tells who it is', async () => {
    const ask = async (args: string, more: CommandOptions['environment'] = {}) => {
      const given = options();
      const environment = { ...given.environment, ...more };
      const { text } = await runCommand('aws', command(args.split(' ')), { ...given, environment });
      return text === '' ? undefined : JSON.parse(text);
    };
    assert.equal((await ask('iam create-user --user-name cli-user')).User.UserName, 'cli-user');
    const { AccessKey } = await ask('iam create-access-key --user-name cli-user');
    const keys = { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey };
    const arn = 'arn:aws:iam::000000000000:user/cli-user';
    assert.equal((await ask('sts get-caller-identity', keys)).Arn, arn);
    const { Credentials } = await ask('sts get-session-token --duration-seconds 900', keys);
    const session = {
      AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials.SessionToken,
    };
    assert.equal((await ask('sts get-caller-identity', session)).Arn, arn);
    assert.deepEqual((await ask('s3api list-buckets', session)).Buckets, []);
    const { Users } = await ask('iam list-users --page-size 1');
    assert.ok(Users.some((user: { UserName: string }) => user.UserName === 'cli-user'));
    assert.match(await refused('iam', 'delete-user', '--user-name', 'cli-user'), /DeleteConflict/);
  });
});
