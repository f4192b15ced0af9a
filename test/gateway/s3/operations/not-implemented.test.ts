import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as sdk from '@aws-sdk/client-s3';
import { notImplementedOperations, operations } from '../../../../gateway/s3/operations/index.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

const KEY = 'precious';
/** Everything that some command needs to be told before it sends. */
const INPUT = {
  Bucket: 'attic',
  Key: KEY,
  Id: 'one',
  AnnotationName: 'note',
  RenameSource: `/attic/${KEY}`,
  RequestRoute: 'route',
  RequestToken: 'token',
  MaxDirectoryBuckets: 10,
};

let gateway: TestGateway;
let client: sdk.S3Client;

before(async () => {
  gateway = await startGateway();
  client = gateway.client();
  await client.send(new sdk.CreateBucketCommand({ Bucket: INPUT.Bucket }));
  await client.send(new sdk.PutObjectCommand({ Bucket: INPUT.Bucket, Key: KEY, Body: 'kept' }));
});
after(() => gateway.stop());

async function errorOf(response: Response): Promise<{ status: number; code: string | undefined; xml: string }> {
  const xml = await response.text();
  return { status: response.status, code: /<Code>(.*?)<\/Code>/.exec(xml)?.[1], xml };
}

test('every operation of the S3 API is in exactly one of the two tables', () => {
  const names = [...operations, ...notImplementedOperations].map(({ name }) => name);
  assert.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  const documented = Object.keys(sdk).filter((name) => /^[A-Z].*Command$/.test(name));
  const missing = documented.map((name) => name.slice(0, -'Command'.length)).filter((name) => !names.includes(name));
  assert.deepEqual(missing, []);
});

for (const endpoint of notImplementedOperations) {
  const { name, method, scope, query = [], header } = endpoint;

  test(`${name} answers 501 NotImplemented by name and touches nothing`, async () => {
    const path = { service: '/', bucket: '/attic', object: `/attic/${KEY}` }[scope];
    const init = { method, headers: header === undefined ? {} : { [header]: 'value' } };
    const response = await gateway.fetchSigned(query.length === 0 ? path : `${path}?${query.join('&')}`, init);
    const { status, code, xml } = await errorOf(response);
    assert.deepEqual({ status, code }, { status: 501, code: 'NotImplemented' });
    assert.match(xml, new RegExp(`<Operation>${name}</Operation>`));
    const kept = await client.send(new sdk.GetObjectCommand({ Bucket: INPUT.Bucket, Key: KEY }));
    assert.equal(await kept.Body?.transformToString(), 'kept');
  });
}

type AnyCommand = new (input: typeof INPUT) => Parameters<sdk.S3Client['send']>[0];

test('the SDK is told NotImplemented by every one of them', async (t) => {
  const commands = Object.entries(sdk).filter(([name]) =>
    notImplementedOperations.some((endpoint) => name === `${endpoint.name}Command`),
  );
  assert.equal(commands.length, notImplementedOperations.length);
  const own = new sdk.S3Client({
    endpoint: gateway.s3Url,
    region: 'us-east-1',
    credentials: { accessKeyId: gateway.accessKey, secretAccessKey: gateway.secretKey },
    forcePathStyle: true,
    maxAttempts: 1,
    disableHostPrefix: true,
  });
  t.after(() => own.destroy());
  for (const [name, Command] of commands) {
    // Every one of them takes some of this input, and ignores the rest of it.
    const sending = own.send(new (Command as AnyCommand)(INPUT));
    await assert.rejects(sending, { name: 'NotImplemented' }, name);
  }
});

test('a subresource that nobody knows is 501 and not the bucket itself', async () => {
  for (const path of ['/attic?frobnicate', `/attic/${KEY}?frobnicate`]) {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, code } = await errorOf(await gateway.fetchSigned(path, { method }));
      assert.deepEqual({ status, code }, { status: 501, code: 'NotImplemented' }, `${method} ${path}`);
    }
  }
});

test('what only tells two reports apart means nothing elsewhere', async () => {
  const response = await gateway.fetchSigned(`/attic/${KEY}?id=7`);
  assert.equal(response.status, 200);
  assert.equal(await response.text(), 'kept');
});
