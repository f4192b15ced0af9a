import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;

before(async () => {
  gateway = await startGateway();
  await gateway.client().send(new CreateBucketCommand({ Bucket: 'hostile' }));
});
after(() => gateway.stop());

test('a document of far more elements than its schema can need is refused before it is built', async () => {
  const elements = '<a/>'.repeat(1_000_000);
  const body = `<CompleteMultipartUpload>${elements}</CompleteMultipartUpload>`;
  const startedAt = performance.now();
  const response = await gateway.fetchSigned('/hostile/k?uploadId=none', { method: 'POST', body });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /<Code>MalformedXML<\/Code>/);
  // Building the tree takes seconds; a scan takes milliseconds.
  assert.ok(performance.now() - startedAt < 1000);
});
