import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type ObjectLockRule,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { LockedBucket } from '../../../support/locked-bucket.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const NO_LOCK = s3Failure(
  'ObjectLockConfigurationNotFoundError',
  404,
  /^Object Lock configuration does not exist for this bucket$/,
);
const NEEDS_VERSIONS = s3Failure(
  'InvalidBucketState',
  409,
  /^Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration$/,
);
const DAY: ObjectLockRule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } };

let gateway: TestGateway;
let client: S3Client;
let root: Conversation;
let vault: LockedBucket;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  root = new Conversation(gateway);
  vault = await LockedBucket.create(client, 'vault');
  await client.send(new CreateBucketCommand({ Bucket: 'plain' }));
});
after(() => gateway.stop());

async function configurationOf(Bucket: string) {
  return (await client.send(new GetObjectLockConfigurationCommand({ Bucket }))).ObjectLockConfiguration;
}

function setVersioning(Bucket: string, Status: 'Enabled' | 'Suspended') {
  return client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
}

/** As the wire has it, with the digest that S3 asks for. */
function put(content: string) {
  const body = `<ObjectLockConfiguration>${content}</ObjectLockConfiguration>`;
  return { method: 'PUT', target: '/vault?object-lock', body, headers: { 'content-md5': hash('md5', body, 'base64') } };
}

describe('a bucket that was made to lock its versions', () => {
  test('keeps versions and has no default retention', async () => {
    assert.deepEqual(await configurationOf('vault'), { ObjectLockEnabled: 'Enabled' });
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: 'vault' }));
    assert.equal(Status, 'Enabled');
  });

  test('cannot suspend them', async () => {
    await assert.rejects(
      setVersioning('vault', 'Suspended'),
      s3Failure(
        'InvalidBucketState',
        409,
        /^An Object Lock configuration is present on this bucket, so the versioning state cannot be changed\.$/,
      ),
    );
    await setVersioning('vault', 'Enabled');
  });
});

describe('PutObjectLockConfiguration', () => {
  test('says for how long versions are retained by default, and then again not', async () => {
    for (const rule of [DAY, { DefaultRetention: { Mode: 'COMPLIANCE', Years: 7 } }] as const) {
      const { $metadata } = await vault.configure(rule);
      assert.equal($metadata.httpStatusCode, 200);
      assert.deepEqual(await configurationOf('vault'), { ObjectLockEnabled: 'Enabled', Rule: rule });
    }
    await vault.configure();
    assert.deepEqual(await configurationOf('vault'), { ObjectLockEnabled: 'Enabled' });
  });

  test('needs a bucket that keeps versions, and lets it lock them from then on', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'late' }));
    const late = new LockedBucket(client, 'late');
    await assert.rejects(late.configure(), NEEDS_VERSIONS);
    await setVersioning('late', 'Suspended');
    await assert.rejects(late.configure(DAY), NEEDS_VERSIONS);
    await assert.rejects(configurationOf('late'), NO_LOCK);
    await setVersioning('late', 'Enabled');
    await late.configure(DAY);
    assert.deepEqual(await configurationOf('late'), { ObjectLockEnabled: 'Enabled', Rule: DAY });
    await assert.rejects(setVersioning('late', 'Suspended'), s3Failure('InvalidBucketState', 409, /cannot be changed/));
  });

  for (const [what, content] of [
    ['does not enable', ''],
    ['disables', '<ObjectLockEnabled>Disabled</ObjectLockEnabled>'],
    ['has an empty rule', '<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule/>'],
    [
      'has days and years',
      '<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years></DefaultRetention></Rule>',
    ],
    [
      'has another mode',
      '<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>governance</Mode><Days>1</Days></DefaultRetention></Rule>',
    ],
  ] as const) {
    test(`answers a document that ${what} with MalformedXML`, async () => {
      await root.fail(put(content), 400, 'MalformedXML');
    });
  }

  for (const [retention, argument, message] of [
    [{ Mode: 'GOVERNANCE', Days: 0 }, 'Days', /^Default retention period must be a positive integer value\.$/],
    [{ Mode: 'GOVERNANCE', Years: -1 }, 'Years', /^Default retention period must be a positive integer value\.$/],
    [{ Mode: 'GOVERNANCE', Days: 36_501 }, 'Days', /^Default retention period too large\.$/],
    [{ Mode: 'GOVERNANCE', Years: 101 }, 'Years', /^Default retention period too large\.$/],
  ] as const) {
    test(`answers ${JSON.stringify(retention)} with InvalidArgument`, async () => {
      const refusal = s3Failure('InvalidArgument', 400, message);
      await assert.rejects(
        vault.configure({ DefaultRetention: retention }),
        (error: Error & { ArgumentName?: string }) => refusal(error) && error.ArgumentName === argument,
      );
      assert.deepEqual(await configurationOf('vault'), { ObjectLockEnabled: 'Enabled' });
    });
  }

  test('needs a digest of its document', async () => {
    const { headers, ...undigested } = put('<ObjectLockEnabled>Enabled</ObjectLockEnabled>');
    const error = await root.fail(undigested, 400, 'InvalidRequest');
    assert.equal(textOf(error, 'Message'), 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
    const damaged = { ...undigested, headers: { 'content-md5': hash('md5', 'another', 'base64') } };
    await root.fail(damaged, 400, 'BadDigest');
    await root.succeed({ ...undigested, headers });
  });

  test('needs a document', async () => {
    await root.fail({ method: 'PUT', target: '/vault?object-lock', body: '' }, 400, 'MalformedXML');
  });

  test('is for the owner of the bucket alone, and of a bucket that is there', async () => {
    const stranger = new Conversation(gateway, await gateway.addUser('stranger'));
    const request = put('<ObjectLockEnabled>Enabled</ObjectLockEnabled>');
    await stranger.fail(request, 403, 'AccessDenied');
    await stranger.fail({ target: '/vault?object-lock' }, 403, 'AccessDenied');
    await root.fail({ ...request, target: '/no-such-bucket-here?object-lock' }, 404, 'NoSuchBucket');
    await root.fail({ target: '/no-such-bucket-here?object-lock' }, 404, 'NoSuchBucket');
  });
});

describe('GetObjectLockConfiguration', () => {
  test('finds none in a bucket that cannot lock its versions', async () => {
    await assert.rejects(configurationOf('plain'), NO_LOCK);
    const error = await root.fail({ target: '/plain?object-lock' }, 404, 'ObjectLockConfigurationNotFoundError');
    assert.equal(textOf(error, 'BucketName'), 'plain');
  });
});
