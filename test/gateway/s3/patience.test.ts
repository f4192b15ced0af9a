import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_IDLE_TIMEOUT: '1' });
  await gateway.client().send(new CreateBucketCommand({ Bucket: 'patient' }));
});
after(() => gateway.stop());

test('a client that waits for a long operation is not cut off by the idle timeout', async () => {
  const { objects } = gateway.services;
  const stat = objects.stat.bind(objects);
  objects.stat = async (...key) => {
    await sleep(2500);
    return stat(...key);
  };
  const response = await gateway.fetchSigned('/patient/none', { method: 'HEAD' });
  assert.equal(response.status, 404);
});
