import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { openDatabase } from '../../../../metadata/sqlite/driver.ts';
import { startGateway } from '../../../support/gateway.ts';

test('a stored policy that is not understood refuses its user everything, as it may have been a refusal', async () => {
  const gateway = await startGateway();
  try {
    const user = await gateway.addUser('user');
    const client = gateway.client(user);
    await client.send(new CreateBucketCommand({ Bucket: 'own-bucket' }));
    const database = openDatabase(join(gateway.dataFolder, 'metadata.db'));
    database
      .prepare(
        `INSERT INTO iam_inline_policies (holder_id, name, document) VALUES (?, 'newer', '{"Version":"2099-01-01"}')`,
      )
      .run(user.id);
    database.exec(
      'INSERT INTO iam_version (id, version) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET version = version + 1',
    );
    database.close();
    const list = new ListObjectsV2Command({ Bucket: 'own-bucket' });
    await assert.rejects(client.send(list), { name: 'AccessDenied' });
    await gateway.client().send(list);
  } finally {
    await gateway.stop();
  }
});
