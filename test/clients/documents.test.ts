import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findPython, missing, runCommand, tryCommand } from '../support/command.ts';
import { GatewayProcess } from '../support/process.ts';
import { assertSameTree, temporaryFolder } from '../support/trees.ts';

const PASSWORD = 'correct horse battery staple';
const python = findPython('boto3');

/** A backup of documents with whatever speaks S3, and what such a client writes as the API sees it. */
describe('documents and clients of S3', { timeout: 300_000 }, () => {
  let gateway: GatewayProcess;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let token = '';
  let bucket = '';
  const local = (name: string) => join(folder.path, name);
  const ask = async (path: string, body: object) => {
    const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
    const reply = await fetch(`${gateway.apiUrl}/api/v1${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    const text = await reply.text();
    assert.ok(reply.ok, text);
    return JSON.parse(text);
  };
  const find = async (collection: string) =>
    (await ask(`/collections/${collection}/find`, { filter: {}, sort: { _id: 1 } })).documents;
  const environment = () => ({
    AWS_ACCESS_KEY_ID: gateway.accessKey,
    AWS_SECRET_ACCESS_KEY: gateway.secretKey,
    AWS_SESSION_TOKEN: '',
    AWS_CONFIG_FILE: local('no-config'),
    AWS_SHARED_CREDENTIALS_FILE: local('no-credentials'),
    AWS_DEFAULT_REGION: gateway.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    PYTHONUTF8: '1',
  });
  const rcloneEnvironment = () => ({
    AWS_CA_BUNDLE: '',
    RCLONE_CONFIG: local('no-rclone'),
    RCLONE_CONFIG_GATE_TYPE: 's3',
    RCLONE_CONFIG_GATE_PROVIDER: 'Other',
    RCLONE_CONFIG_GATE_ENDPOINT: gateway.s3Url,
    RCLONE_CONFIG_GATE_ACCESS_KEY_ID: gateway.accessKey,
    RCLONE_CONFIG_GATE_SECRET_ACCESS_KEY: gateway.secretKey,
    RCLONE_CONFIG_GATE_REGION: gateway.region,
    RCLONE_CONFIG_GATE_FORCE_PATH_STYLE: 'true',
    RCLONE_RETRIES: '1',
  });
  const s3 = async (...args: string[]) =>
    (
      await runCommand('aws', ['--endpoint-url', gateway.s3Url, 's3', ...args], {
        environment: environment(),
        folder: folder.path,
      })
    ).text;
  const rclone = (...args: string[]) =>
    runCommand('rclone', args, { environment: rcloneEnvironment(), folder: folder.path });
  /** A folder of documents, one of them longer than what a client sends in one piece. */
  const writeDocuments = async (name: string) => {
    await mkdir(local(name), { recursive: true });
    for (const id of ['ann', 'bob', 'dora däum']) await writeFile(local(`${name}/${id}.json`), `{ "name": "${id}" }\n`);
    await writeFile(local(`${name}/long.json`), `{"text":"${'x'.repeat(9 * 1024 ** 2)}"}`);
  };

  before(async () => {
    folder = await temporaryFolder();
    gateway = await GatewayProcess.start({ GATEHOUSE_ROOT_PASSWORD: PASSWORD });
    token = (await ask('/sessions', { name: 'root', password: PASSWORD })).access_token;
    await ask('/collections', { name: 'workers' });
    await ask('/collections/workers/insertOne', { document: { _id: 'cary', age: 41 } });
    bucket = 'db-root';
  });
  after(async () => {
    await gateway.stop();
    await folder.remove();
  });

  test('aws s3 cp and sync bring documents in and out', { skip: missing('aws') }, async () => {
    assert.deepEqual(JSON.parse(await s3('cp', `s3://${bucket}/workers/cary.json`, '-')), { _id: 'cary', age: 41 });
    await writeFile(local('one.json'), '{"age": 5}');
    await s3('cp', 'one.json', `s3://${bucket}/workers/five.json`);
    assert.deepEqual(await find('workers'), [
      { _id: 'cary', age: 41 },
      { _id: 'five', age: 5 },
    ]);
    await writeDocuments('cli');
    await s3('sync', 'cli', `s3://${bucket}/cli`);
    assert.deepEqual(
      (await find('cli')).map(({ _id }: { _id: string }) => _id),
      ['ann', 'bob', 'dora däum', 'long'],
    );
    await s3('sync', `s3://${bucket}/cli`, 'cli-returned');
    await assertSameTree(local('cli-returned'), local('cli'));
    assert.equal(await s3('sync', 'cli', `s3://${bucket}/cli`), '', 'nothing is left to do');
    await s3('mv', `s3://${bucket}/workers/five.json`, `s3://${bucket}/retired/five.json`);
    assert.deepEqual(await find('retired'), [{ _id: 'five', age: 5 }]);
    await s3('rm', '--recursive', `s3://${bucket}/cli`);
    assert.deepEqual(await find('cli'), []);
  });

  test('rclone copies folders of documents in and out', { skip: missing('rclone') }, async () => {
    await writeDocuments('clone');
    await rclone('copy', 'clone', `gate:${bucket}/clone`);
    await rclone('check', '--download', 'clone', `gate:${bucket}/clone`);
    assert.equal((await find('clone')).length, 4);
    await rclone('copy', `gate:${bucket}/clone`, 'clone-returned');
    await assertSameTree(local('clone-returned'), local('clone'));
    await ask('/collections/clone/updateOne', { filter: { _id: 'ann' }, update: { $set: { age: 1 } } });
    await rclone('sync', `gate:${bucket}/clone`, 'clone-returned');
    assert.deepEqual(JSON.parse(await readFile(local('clone-returned/ann.json'), 'utf8')), {
      _id: 'ann',
      name: 'ann',
      age: 1,
    });
    await rclone('sync', 'clone', `gate:${bucket}/clone`);
    assert.deepEqual((await readdir(local('clone'))).length, (await find('clone')).length);
    await rclone('purge', `gate:${bucket}/clone`);
    assert.deepEqual(await find('clone'), []);
  });

  test('boto3 puts, reads and deletes documents, and is told what is none', {
    skip: python === undefined,
  }, async () => {
    const script = `
import boto3, botocore, json, sys
url, bucket = sys.argv[1:]
s3 = boto3.client('s3', endpoint_url=url, config=botocore.config.Config(s3={'addressing_style': 'path'}))
s3.put_object(Bucket=bucket, Key='boto/a.json', Body=json.dumps({'n': 1}), ContentType='application/json')
s3.put_object(Bucket=bucket, Key='boto/b.json', Body=b'{"n":2}')
assert json.load(s3.get_object(Bucket=bucket, Key='boto/a.json')['Body']) == {'n': 1}
assert [o['Key'] for o in s3.list_objects_v2(Bucket=bucket, Prefix='boto/')['Contents']] == ['boto/a.json', 'boto/b.json']
s3.delete_object(Bucket=bucket, Key='boto/b.json')
for key, body in [('boto/c.json', b'text'), ('boto/c.txt', b'{}'), ('boto/c.json', b'{"_id":"d"}')]:
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body)
        sys.exit('it should have been refused: ' + key)
    except botocore.exceptions.ClientError as error:
        assert error.response['Error']['Code'] == 'InvalidRequest', error
`;
    const { status, complaint } = await tryCommand(python ?? '', ['-c', script, gateway.s3Url, bucket], {
      environment: environment(),
      folder: folder.path,
    });
    assert.equal(status, 0, complaint);
    assert.deepEqual(await find('boto'), [{ _id: 'a', n: 1 }]);
  });
});
