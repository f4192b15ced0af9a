import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findPython, missing, runCommand } from '../support/command.ts';
import { GatewayProcess } from '../support/process.ts';
import { askRaw, type RawInit } from '../support/raw-api.ts';
import { assertSameTree, temporaryFolder, writeTree } from '../support/trees.ts';

const MIB = 1024 ** 2;
const PASSWORD = 'correct horse battery staple';
const python = findPython('boto3');

/** A key of any letters that clients can be given on their command lines. */
const KEY = 'shared notes/ünï +1 100%.txt';

describe('One drive, over the JSON API and over S3', { timeout: 300_000 }, () => {
  let gateway: GatewayProcess;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let token = '';
  let keys = { accessKey: '', secretKey: '' };
  let bucket = '';

  const ask = (path: string, init: RawInit = {}) => askRaw(gateway, `/api/v1${path}`, { token, ...init });
  const local = (name: string) => join(folder.path, name);
  const encoded = KEY.split('/').map(encodeURIComponent).join('/');

  before(async () => {
    folder = await temporaryFolder();
    gateway = await GatewayProcess.start();
    const json = (body: object): RawInit => ({
      method: 'POST',
      token: undefined,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    const account = { name: 'cary', password: PASSWORD };
    const registered = await ask('/accounts', json(account));
    assert.ok(registered.status < 300, registered.text);
    const session = await ask('/sessions', json(account));
    token = session.body.access_token;
    const key = await ask('/keys', { ...json({}), token });
    keys = { accessKey: key.body.access_key, secretKey: key.body.secret_key };
    bucket = (await ask('/drive')).body.bucket;
  });
  after(async () => {
    await gateway.stop();
    await folder.remove();
  });

  const environment = () => ({
    AWS_ACCESS_KEY_ID: keys.accessKey,
    AWS_SECRET_ACCESS_KEY: keys.secretKey,
    AWS_DEFAULT_REGION: gateway.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_CA_BUNDLE: '',
    AWS_PAGER: '',
    RCLONE_CONFIG: local('no-config'),
    RCLONE_CONFIG_GATE_TYPE: 's3',
    RCLONE_CONFIG_GATE_PROVIDER: 'Other',
    RCLONE_CONFIG_GATE_ENDPOINT: gateway.s3Url,
    RCLONE_CONFIG_GATE_ACCESS_KEY_ID: keys.accessKey,
    RCLONE_CONFIG_GATE_SECRET_ACCESS_KEY: keys.secretKey,
    RCLONE_CONFIG_GATE_REGION: gateway.region,
    RCLONE_CONFIG_GATE_FORCE_PATH_STYLE: 'true',
    RCLONE_CONFIG_GATE_CHUNK_SIZE: '5Mi',
    RCLONE_CONFIG_GATE_UPLOAD_CUTOFF: '8Mi',
    PYTHONUTF8: '1',
    PYTHONDONTWRITEBYTECODE: '1',
  });
  const run = (command: string, ...args: string[]) =>
    runCommand(command, args, { environment: environment(), folder: folder.path });
  const aws = (...args: string[]) => run('aws', '--endpoint-url', gateway.s3Url, ...args);

  test('aws-cli reads what the API wrote: bytes, type and metadata', { skip: missing('aws') }, async () => {
    for (const bytes of [Buffer.from('hello'), randomBytes(3 * MIB)]) {
      const headers = { 'content-type': 'text/x-notes', 'x-meta-author': 'Cary' };
      const stored = await ask(`/files/${encoded}`, { method: 'PUT', body: bytes, headers });
      assert.ok(stored.status < 300, stored.text);
      await aws('s3', 'cp', `s3://${bucket}/${KEY}`, 'got');
      assert.ok((await readFile(local('got'))).equals(bytes));
      const head = JSON.parse((await aws('s3api', 'head-object', '--bucket', bucket, '--key', KEY)).text);
      assert.deepEqual([head.ContentType, head.Metadata], ['text/x-notes', { author: 'Cary' }]);
    }
  });

  test('the API reads what aws-cli wrote, in one piece or in parts', { skip: missing('aws') }, async () => {
    for (const bytes of [Buffer.from('by aws'), randomBytes(20 * MIB)]) {
      await writeFile(local('sent'), bytes);
      const about = ['--content-type', 'text/x-aws', '--metadata', 'author=Aws'];
      await aws('s3', 'cp', 'sent', `s3://${bucket}/by-aws/${KEY}`, ...about);
      const got = await ask(`/files/by-aws/${encoded}`);
      assert.equal(got.headers['content-type'], 'text/x-aws');
      assert.ok(got.bytes.equals(bytes));
      const info = (await ask(`/files/by-aws/${encoded}?info`)).body;
      assert.deepEqual([info.size_bytes, info.metadata], [bytes.length, { author: 'Aws' }]);
      const part = await ask(`/files/by-aws/${encoded}`, { headers: { range: 'bytes=-3' } });
      assert.ok(part.bytes.equals(bytes.subarray(-3)));
    }
  });

  test('rclone syncs with what the API wrote and deleted', { skip: missing('rclone') }, async () => {
    await writeTree(local('tree'), ['a.txt', 'deep/er/b.txt', 'ü/c d.txt']);
    for (const name of ['a.txt', 'deep/er/b.txt', 'ü/c d.txt']) {
      const path = `mere/tree/${name}`.split('/').map(encodeURIComponent).join('/');
      const reply = await ask(`/files/${path}`, { method: 'PUT', body: await readFile(local(`tree/${name}`)) });
      assert.equal(reply.status, 201, reply.text);
    }
    await run('rclone', 'check', '--download', 'tree', `gate:${bucket}/mere/tree`);
    await run('rclone', 'sync', `gate:${bucket}/mere/tree`, 'returned');
    await assertSameTree(local('returned'), local('tree'));
    await ask('/files/mere/tree/a.txt?permanent', { method: 'DELETE' });
    const left = (await run('rclone', 'lsf', '-R', '--files-only', `gate:${bucket}/mere/tree`)).text;
    assert.deepEqual(left.split('\n').sort(), ['deep/er/b.txt', 'ü/c d.txt']);
    await run('rclone', 'sync', 'tree', `gate:${bucket}/mere/tree`);
    const { body } = await ask('/files?prefix=mere/tree/');
    assert.deepEqual(
      body.items.map(({ path }: { path: string }) => path),
      ['mere/tree/a.txt', 'mere/tree/deep/er/b.txt', 'mere/tree/ü/c d.txt'],
    );
  });

  test('boto3 reads what a form wrote, and its versions', { skip: python === undefined }, async () => {
    const form = new FormData();
    form.set('identifier', 'special/form.txt');
    form.set('Größe', 'XL');
    form.set('note', 'seen by S3');
    form.set('file', new Blob(['first']), 'form.txt');
    const post = (query = '') =>
      fetch(`${gateway.apiUrl}/api/v1/files${query}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
        body: form,
      });
    assert.equal((await post()).status, 201);
    form.set('file', new Blob(['second']), 'form.txt');
    assert.equal((await post()).status, 409);
    assert.equal((await post('?overwrite=true')).status, 200);
    const script = `
import boto3, json, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1])
bucket, key = sys.argv[2:]
versions = s3.list_object_versions(Bucket=bucket, Prefix=key)['Versions']
bodies = [s3.get_object(Bucket=bucket, Key=key, VersionId=v['VersionId'])['Body'].read().decode() for v in versions]
print(json.dumps([bodies, s3.head_object(Bucket=bucket, Key=key)['Metadata']]))
`;
    const told = await run(python ?? '', '-c', script, gateway.s3Url, bucket, 'special/form.txt');
    assert.deepEqual(JSON.parse(told.text), [['second', 'first'], { note: 'seen by S3' }]);
  });

  test('curl does what the documentation says', { skip: missing('curl') }, async () => {
    await writeFile(local('notes.txt'), 'some notes');
    const curl = (...args: string[]) => run('curl', '-s', '-H', `Authorization: Bearer ${token}`, ...args);
    const url = `${gateway.apiUrl}/api/v1/files`;
    const digest = createHash('sha256').update('some notes').digest('hex');
    const stored = await curl('-T', 'notes.txt', '-H', `X-Content-SHA256: ${digest}`, `${url}/mere/notes.txt`);
    assert.equal(JSON.parse(stored.text).sha256, digest);
    assert.equal((await curl(`${url}/mere/notes.txt`)).text, 'some notes');
    const form = ['-F', 'file=@notes.txt', '-F', 'identifier=mere/form.txt', '-F', 'author=Cary'];
    assert.deepEqual(JSON.parse((await curl(...form, url)).text).metadata, { author: 'Cary' });
    const listed = JSON.parse((await curl(`${url}?prefix=mere/&delimiter=/`)).text);
    assert.ok(listed.items.length >= 2);
    assert.equal((await curl('-X', 'DELETE', '-w', '%{http_code}', `${url}/mere/notes.txt`)).text, '204');
  });
});
