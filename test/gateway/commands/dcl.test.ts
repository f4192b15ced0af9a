import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Gatehouse } from '../../support/gatehouse.ts';
import { GatewayProcess } from '../../support/process.ts';

let gateway: GatewayProcess;
let gatehouse: Gatehouse;

before(async () => {
  gateway = await GatewayProcess.start();
  gatehouse = new Gatehouse(gateway.folder);
});
after(() => gateway.stop());

async function newClient(name: string): Promise<S3Client> {
  await gatehouse.json('user', 'add', name);
  const key = await gatehouse.json<{ access_key: string; secret_key: string }>('key', 'create', '--user', name);
  const credentials = { accessKeyId: key.access_key, secretAccessKey: key.secret_key };
  return new S3Client({
    endpoint: gateway.s3Url,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

test('dcl grants while the gateway runs, as the owner, and shows it', async () => {
  const owner = await newClient('ann');
  const friend = await newClient('bob');
  await owner.send(new CreateBucketCommand({ Bucket: 'photos' }));
  await owner.send(new PutObjectCommand({ Bucket: 'photos', Key: 'k', Body: 'bytes' }));
  const get = () => friend.send(new GetObjectCommand({ Bucket: 'photos', Key: 'k' }));
  await assert.rejects(get(), { name: 'AccessDenied' });
  const { status, text } = await gatehouse.run('dcl', "grant read on object 'photos/k' to user bob; show grants");
  assert.equal(status, 0);
  assert.match(text, /^GRANT READ ON OBJECT 'photos\/k' TO USER bob: 1 changed\.\n\ngrant +grantor\n/);
  assert.match(text, /GRANT READ ON OBJECT 'photos\/k' TO USER bob +USER ann$/);
  assert.equal(await (await get()).Body?.transformToString(), 'bytes');
  const [revoked] = await gatehouse.json<object[]>('dcl', "revoke all on object 'photos/k' from user bob");
  assert.deepEqual(revoked, { statement: "REVOKE ALL ON OBJECT 'photos/k' FROM USER bob", changed: 1 });
  await assert.rejects(get(), { name: 'AccessDenied' });
  owner.destroy();
  friend.destroy();
});

test('dcl shows roles', async () => {
  const { text } = await gatehouse.run('dcl', 'CREATE ROLE crew; GRANT crew TO USER bob; SHOW ROLES');
  assert.match(text, /\nrole +owner +members\ncrew +root +USER bob$/);
});

test('dcl says in a line what is wrong', async () => {
  const { status, text, complaint } = await gatehouse.run('dcl', 'GRANT');
  assert.deepEqual([status, text], [1, '']);
  assert.equal(complaint, 'Line 1, column 6: expected a privilege or a role, but found the end.\n');
});
