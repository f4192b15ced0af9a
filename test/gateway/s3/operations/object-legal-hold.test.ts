import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { CreateBucketCommand, GetObjectLegalHoldCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { hoursFromNow, LockedBucket } from '../../../support/locked-bucket.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const NO_HOLD = s3Failure(
  'NoSuchObjectLockConfiguration',
  404,
  /^The specified object does not have a ObjectLock configuration$/,
);

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
  await client.send(new PutObjectCommand({ Bucket: 'plain', Key: 'key', Body: 'x' }));
});
after(() => gateway.stop());

async function holdOf(Key: string, VersionId?: string): Promise<string | undefined> {
  const found = await client.send(new GetObjectLegalHoldCommand({ Bucket: vault.name, Key, VersionId }));
  return found.LegalHold?.Status;
}

/** As the wire has it, with the digest that S3 asks for. */
function put(target: string, content: string) {
  const body = `<LegalHold>${content}</LegalHold>`;
  return { method: 'PUT', target, body, headers: { 'content-md5': hash('md5', body, 'base64') } };
}

describe('PutObjectLegalHold', () => {
  test('places a hold on the current version, or the one that is named, and lifts it', async () => {
    const first = await vault.put('two');
    const second = await vault.put('two');
    await vault.hold('two', 'ON', first);
    await assert.rejects(holdOf('two'), NO_HOLD);
    await vault.hold('two', 'ON');
    assert.deepEqual([await holdOf('two', first), await holdOf('two', second)], ['ON', 'ON']);
    await vault.hold('two', 'OFF', first);
    assert.deepEqual([await holdOf('two', first), await holdOf('two', second)], ['OFF', 'ON']);
  });

  test('is told by HeadObject, also when it is lifted, and not where there never was one', async () => {
    await vault.put('headed');
    assert.equal((await vault.head('headed')).ObjectLockLegalHoldStatus, undefined);
    for (const status of ['ON', 'OFF'] as const) {
      await vault.hold('headed', status);
      assert.equal((await vault.head('headed')).ObjectLockLegalHoldStatus, status);
    }
  });

  test('has nothing to do with retention', async () => {
    const until = hoursFromNow(1);
    await vault.put('both');
    await vault.hold('both', 'ON');
    await vault.retain('both', { Retention: { Mode: 'COMPLIANCE', RetainUntilDate: until } });
    await vault.hold('both', 'OFF');
    const { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus } = await vault.head('both');
    assert.deepEqual(
      [ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus],
      ['COMPLIANCE', until, 'OFF'],
    );
  });

  for (const content of ['', '<Status>on</Status>', '<Status/>', '<Status>ON</Status><Other/>']) {
    test(`answers ${content || 'an empty document'} with MalformedXML`, async () => {
      await vault.put('malformed');
      await root.fail(put('/vault/malformed?legal-hold', content), 400, 'MalformedXML');
      await assert.rejects(holdOf('malformed'), NO_HOLD);
    });
  }

  test('needs a document, and a digest of it', async () => {
    await vault.put('digest');
    const target = '/vault/digest?legal-hold';
    await root.fail({ method: 'PUT', target, body: '' }, 400, 'MalformedXML');
    const { headers: _, ...undigested } = put(target, '<Status>ON</Status>');
    const error = await root.fail(undigested, 400, 'InvalidRequest');
    assert.equal(textOf(error, 'Message'), 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
    await assert.rejects(holdOf('digest'), NO_HOLD);
  });
});

describe('a legal hold on what cannot be held', () => {
  for (const [what, request] of [
    ['GET', (target: string) => ({ target })],
    ['PUT', (target: string) => put(target, '<Status>ON</Status>')],
  ] as const) {
    test(`${what} needs a bucket that can lock its versions`, async () => {
      const error = await root.fail(request('/plain/key?legal-hold'), 400, 'InvalidRequest');
      assert.equal(textOf(error, 'Message'), 'Bucket is missing Object Lock Configuration');
      await root.fail(request('/no-such-bucket-here/key?legal-hold'), 404, 'NoSuchBucket');
    });

    test(`${what} needs a version that is there`, async () => {
      await vault.put('there');
      await root.fail(request('/vault/missing?legal-hold'), 404, 'NoSuchKey');
      const unknown = '/vault/there?legal-hold&versionId=0000000000gffffffffffffffffffff';
      await root.fail(request(unknown), 404, 'NoSuchVersion');
      const { VersionId } = await vault.delete('there');
      await root.fail(request(`/vault/there?legal-hold&versionId=${VersionId}`), 405, 'MethodNotAllowed');
      await root.fail(request('/vault/there?legal-hold'), 404, 'NoSuchKey');
    });

    test(`${what} is for the owner of the bucket alone`, async () => {
      await vault.put('private');
      const stranger = new Conversation(gateway, await gateway.addUser(`stranger-${what}`));
      await stranger.fail(request('/vault/private?legal-hold'), 403, 'AccessDenied');
    });
  }
});
