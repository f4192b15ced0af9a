import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectRetentionCommand,
  type ObjectLockRetention,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { hoursFromNow, LockedBucket, PROTECTED } from '../../../support/locked-bucket.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const SOON = hoursFromNow(1);
const LATER = hoursFromNow(2);
const NO_RETENTION = s3Failure(
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

async function retentionOf(Key: string, VersionId?: string): Promise<ObjectLockRetention | undefined> {
  return (await client.send(new GetObjectRetentionCommand({ Bucket: vault.name, Key, VersionId }))).Retention;
}

const governance = (RetainUntilDate: Date) => ({ Mode: 'GOVERNANCE', RetainUntilDate }) as const;
const compliance = (RetainUntilDate: Date) => ({ Mode: 'COMPLIANCE', RetainUntilDate }) as const;

/** As the wire has it, with the digest that S3 asks for. */
function put(target: string, content: string) {
  const body = `<Retention>${content}</Retention>`;
  return { method: 'PUT', target, body, headers: { 'content-md5': hash('md5', body, 'base64') } };
}

describe('PutObjectRetention', () => {
  test('retains the current version, or the one that is named', async () => {
    const first = await vault.put('two');
    const second = await vault.put('two');
    await vault.retain('two', { VersionId: first, Retention: governance(SOON) });
    await assert.rejects(retentionOf('two'), NO_RETENTION);
    await vault.retain('two', { Retention: compliance(LATER) });
    assert.deepEqual(await retentionOf('two', first), governance(SOON));
    assert.deepEqual(await retentionOf('two', second), compliance(LATER));
  });

  test('is told by HeadObject', async () => {
    await vault.put('headed');
    await vault.retain('headed', { Retention: governance(SOON) });
    const { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus } = await vault.head('headed');
    assert.deepEqual([ObjectLockMode, ObjectLockRetainUntilDate], ['GOVERNANCE', SOON]);
    assert.equal(ObjectLockLegalHoldStatus, undefined);
  });

  test('tells a date in the one form of ISO 8601, however it came', async () => {
    await vault.put('dated');
    for (const [sent, told] of [
      ['2098-01-02T03:04:05Z', '2098-01-02T03:04:05.000Z'],
      ['2098-01-02T03:04:06.7Z', '2098-01-02T03:04:06.700Z'],
      ['2098-01-03T03:04:05+02:00', '2098-01-03T01:04:05.000Z'],
      ['2098-01-04', '2098-01-04T00:00:00.000Z'],
    ] as const) {
      const content = `<Mode>GOVERNANCE</Mode><RetainUntilDate>${sent}</RetainUntilDate>`;
      await root.succeed(put('/vault/dated?retention', content));
      assert.equal(textOf(await root.get('/vault/dated', { retention: '' }), 'RetainUntilDate'), told);
    }
  });

  test('extends a retention of either mode without asking for more', async () => {
    for (const retain of [governance, compliance]) {
      await vault.put('extended');
      await vault.retain('extended', { Retention: retain(SOON) });
      await vault.retain('extended', { Retention: retain(SOON) });
      await vault.retain('extended', { Retention: retain(LATER) });
      assert.deepEqual(await retentionOf('extended'), retain(LATER));
    }
  });

  test('shortens, ends or changes governance for who bypasses it', async () => {
    for (const Retention of [governance(SOON), compliance(LATER), compliance(SOON), {}]) {
      const key = await vault.put('governed').then(() => 'governed');
      await vault.retain(key, { Retention: governance(LATER) });
      await assert.rejects(vault.retain(key, { Retention }), PROTECTED);
      await assert.rejects(vault.retain(key, { Retention, BypassGovernanceRetention: false }), PROTECTED);
      assert.deepEqual(await retentionOf(key), governance(LATER));
      await vault.retain(key, { Retention, BypassGovernanceRetention: true });
      if ('Mode' in Retention) assert.deepEqual(await retentionOf(key), Retention);
      else await assert.rejects(retentionOf(key), NO_RETENTION);
    }
  });

  test('neither shortens, ends nor changes compliance, not even for root', async () => {
    await vault.put('complied');
    await vault.retain('complied', { Retention: compliance(SOON) });
    for (const Retention of [compliance(hoursFromNow(0.5)), governance(SOON), governance(LATER), {}]) {
      for (const BypassGovernanceRetention of [false, true]) {
        await assert.rejects(vault.retain('complied', { Retention, BypassGovernanceRetention }), PROTECTED);
      }
    }
    assert.deepEqual(await retentionOf('complied'), compliance(SOON));
  });

  test('needs a date in the future of the gateway', async () => {
    await vault.put('past');
    for (const date of ['2019-12-25T12:00:00Z', new Date().toISOString()]) {
      const content = `<Mode>GOVERNANCE</Mode><RetainUntilDate>${date}</RetainUntilDate>`;
      const error = await root.fail(put('/vault/past?retention', content), 400, 'InvalidArgument');
      assert.equal(textOf(error, 'Message'), 'The retain until date must be in the future!');
      assert.equal(textOf(error, 'ArgumentName'), 'RetainUntilDate');
    }
    await assert.rejects(retentionOf('past'), NO_RETENTION);
  });

  for (const [what, content] of [
    ['a mode alone', '<Mode>GOVERNANCE</Mode>'],
    ['a date alone', '<RetainUntilDate>2098-01-02T03:04:05Z</RetainUntilDate>'],
    ['a mode that S3 has not', '<Mode>governance</Mode><RetainUntilDate>2098-01-02T03:04:05Z</RetainUntilDate>'],
    ['what is no date', '<Mode>GOVERNANCE</Mode><RetainUntilDate>tomorrow</RetainUntilDate>'],
    ['a date beyond all reckoning', '<Mode>GOVERNANCE</Mode><RetainUntilDate>12098-01-02T03:04:05Z</RetainUntilDate>'],
  ] as const) {
    test(`answers ${what} with MalformedXML`, async () => {
      await vault.put('malformed');
      await root.fail(put('/vault/malformed?retention', content), 400, 'MalformedXML');
    });
  }

  test('needs a document, and a digest of it', async () => {
    await vault.put('digest');
    const target = '/vault/digest?retention';
    await root.fail({ method: 'PUT', target, body: '' }, 400, 'MalformedXML');
    const { headers, ...undigested } = put(target, '');
    const error = await root.fail(undigested, 400, 'InvalidRequest');
    assert.equal(textOf(error, 'Message'), 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
    await root.fail({ ...undigested, headers: { 'content-md5': hash('md5', 'other', 'base64') } }, 400, 'BadDigest');
    await root.succeed({ ...undigested, headers });
  });
});

describe('retention of what cannot be retained', () => {
  const content = '<Mode>GOVERNANCE</Mode><RetainUntilDate>2098-01-02T03:04:05Z</RetainUntilDate>';
  for (const [what, request] of [
    ['GET', (target: string) => ({ target })],
    ['PUT', (target: string) => put(target, content)],
  ] as const) {
    test(`${what} needs a bucket that can lock its versions`, async () => {
      for (const key of ['key', 'missing']) {
        const error = await root.fail(request(`/plain/${key}?retention`), 400, 'InvalidRequest');
        assert.equal(textOf(error, 'Message'), 'Bucket is missing Object Lock Configuration');
      }
      await root.fail(request('/no-such-bucket-here/key?retention'), 404, 'NoSuchBucket');
    });

    test(`${what} needs a version that is there`, async () => {
      await vault.put('there');
      await root.fail(request('/vault/missing?retention'), 404, 'NoSuchKey');
      const unknown = '/vault/there?retention&versionId=0000000000gffffffffffffffffffff';
      await root.fail(request(unknown), 404, 'NoSuchVersion');
      const { VersionId } = await vault.delete('there');
      const marker = `/vault/there?retention&versionId=${VersionId}`;
      const error = await root.fail(request(marker), 405, 'MethodNotAllowed');
      assert.deepEqual([textOf(error, 'Method'), textOf(error, 'ResourceType')], [what, 'DeleteMarker']);
      await root.fail(request('/vault/there?retention'), 404, 'NoSuchKey');
    });

    test(`${what} is for the owner of the bucket alone`, async () => {
      await vault.put('private');
      const stranger = new Conversation(gateway, await gateway.addUser(`stranger-${what}`));
      await stranger.fail(request('/vault/private?retention'), 403, 'AccessDenied');
    });
  }

  test('GET of a version that was never retained tells so', async () => {
    await vault.put('free');
    await assert.rejects(retentionOf('free'), NO_RETENTION);
    await vault.hold('free', 'ON');
    await assert.rejects(retentionOf('free'), NO_RETENTION);
  });
});
