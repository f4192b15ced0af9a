import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  CreateBucketCommand,
  GetBucketVersioningCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Conversation } from '../../../support/conversation.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { s3Failure } from '../../../support/s3-failure.ts';
import { textOf } from '../../../support/strict-xml.ts';

const MALFORMED = 'The XML you provided was not well-formed or did not validate against our published schema';

let gateway: TestGateway;
let client: S3Client;
let wire: Conversation;
let count = 0;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  wire = new Conversation(gateway);
});
after(() => gateway.stop());

async function newBucket(): Promise<string> {
  count += 1;
  const Bucket = `states-${count}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

async function statusOf(Bucket: string): Promise<string | undefined> {
  return (await client.send(new GetBucketVersioningCommand({ Bucket }))).Status;
}

function put(bucket: string, body: string, headers: Readonly<Record<string, string>> = {}) {
  return { method: 'PUT', target: `/${bucket}?versioning=`, body, headers };
}

function configuration(inner: string): string {
  return `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</VersioningConfiguration>`;
}

test('a bucket that was never told anything has no status', async () => {
  const bucket = await newBucket();
  const xml = await wire.get(`/${bucket}`, { versioning: '' });
  assert.equal(xml.name, 'VersioningConfiguration');
  assert.deepEqual(xml.elements, []);
});

test('versions are enabled, suspended and enabled again, and never go back to nothing', async () => {
  const Bucket = await newBucket();
  for (const Status of ['Enabled', 'Enabled', 'Suspended', 'Suspended', 'Enabled'] as const) {
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    assert.equal(await statusOf(Bucket), Status);
  }
});

test('versions can be suspended before they were ever enabled', async () => {
  const Bucket = await newBucket();
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }));
  assert.equal(await statusOf(Bucket), 'Suspended');
});

test('the state of one bucket is not that of another', async () => {
  const [Bucket, other] = [await newBucket(), await newBucket()];
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  assert.equal(await statusOf(other), undefined);
});

test('MfaDelete may be said to be disabled', async () => {
  const bucket = await newBucket();
  await wire.succeed(put(bucket, configuration('<MfaDelete>Disabled</MfaDelete><Status>Enabled</Status>')));
  assert.equal(await statusOf(bucket), 'Enabled');
});

describe('what is refused, and changes nothing', () => {
  for (const [what, inner, status, code, message] of [
    ['no status', '', 400, 'IllegalVersioningConfigurationException', 'The Versioning element must be specified'],
    ['an unknown status', '<Status>Disabled</Status>', 400, 'MalformedXML', MALFORMED],
    ['a status in lower case', '<Status>enabled</Status>', 400, 'MalformedXML', MALFORMED],
    ['an empty status', '<Status></Status>', 400, 'MalformedXML', MALFORMED],
    ['two statuses', '<Status>Enabled</Status><Status>Suspended</Status>', 400, 'MalformedXML', MALFORMED],
    ['an unknown MfaDelete', '<Status>Enabled</Status><MfaDelete>Maybe</MfaDelete>', 400, 'MalformedXML', MALFORMED],
    [
      'MfaDelete',
      '<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>',
      501,
      'NotImplemented',
      'A header you provided implies functionality that is not implemented',
    ],
  ] as const) {
    test(what, async () => {
      const bucket = await newBucket();
      const error = await wire.fail(put(bucket, configuration(inner)), status, code);
      assert.equal(textOf(error, 'Message'), message);
      assert.equal(await statusOf(bucket), undefined);
    });
  }

  for (const [what, body, code] of [
    ['a body that is no XML', 'Enabled', 'MalformedXML'],
    ['a body that ends early', '<VersioningConfiguration><Status>Enabled', 'MalformedXML'],
    ['another document', '<Versioning><Status>Enabled</Status></Versioning>', 'MalformedXML'],
    ['no body', '', 'MissingRequestBodyError'],
  ] as const) {
    test(what, async () => {
      const bucket = await newBucket();
      await wire.fail(put(bucket, body), 400, code);
      assert.equal(await statusOf(bucket), undefined);
    });
  }

  test('a request with a second factor', async () => {
    const bucket = await newBucket();
    const error = await wire.fail(
      put(bucket, configuration('<Status>Enabled</Status>'), { 'x-amz-mfa': '20899872 301749' }),
      501,
      'NotImplemented',
    );
    assert.equal(textOf(error, 'Header'), 'x-amz-mfa');
    assert.equal(await statusOf(bucket), undefined);
  });

  test('a body that is not what its digest says', async () => {
    const bucket = await newBucket();
    const headers = { 'content-md5': hash('md5', 'something else', 'base64') };
    await wire.fail(put(bucket, configuration('<Status>Enabled</Status>'), headers), 400, 'BadDigest');
    assert.equal(await statusOf(bucket), undefined);
  });

  test('anybody but the owner', async () => {
    const Bucket = await newBucket();
    const stranger = gateway.client(await gateway.addUser('stranger'));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    const denied = s3Failure('AccessDenied', 403, /Access Denied/);
    await assert.rejects(stranger.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration })), denied);
    await assert.rejects(stranger.send(new GetBucketVersioningCommand({ Bucket })), denied);
    assert.equal(await statusOf(Bucket), undefined);
  });

  test('a bucket that is not there', async () => {
    const missing = { Bucket: 'nobody-has-this', VersioningConfiguration: { Status: 'Enabled' } } as const;
    const noSuchBucket = s3Failure('NoSuchBucket', 404, /does not exist/);
    await assert.rejects(client.send(new PutBucketVersioningCommand(missing)), noSuchBucket);
    await assert.rejects(client.send(new GetBucketVersioningCommand(missing)), noSuchBucket);
  });
});
