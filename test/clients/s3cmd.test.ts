import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { missing, runCommand, tryCommand } from '../support/command.ts';
import { GatewayProcess } from '../support/process.ts';
import {
  assertSameTree,
  digestFile,
  ODD_NAMES,
  temporaryFolder,
  writeRandomFile,
  writeTree,
} from '../support/trees.ts';

const MIB = 1024 ** 2;

describe('s3cmd', { skip: missing('s3cmd'), timeout: 300_000 }, () => {
  let gateway: GatewayProcess;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const local = (name: string) => join(folder.path, name);
  const options = () => ({ folder: folder.path, environment: { PYTHONUTF8: '1', LC_ALL: 'C.UTF-8' } });
  const command = (args: readonly string[]) => ['--config', local('s3cfg'), '--no-progress', ...args];
  const s3cmd = async (...args: string[]) => (await runCommand('s3cmd', command(args), options())).text;

  before(async () => {
    folder = await temporaryFolder();
    gateway = await GatewayProcess.start();
    const host = new URL(gateway.s3Url).host;
    const config = {
      access_key: gateway.accessKey,
      secret_key: gateway.secretKey,
      host_base: host,
      host_bucket: host,
      use_https: 'False',
      bucket_location: gateway.region,
      multipart_chunk_size_mb: '5',
      max_retries: '1',
    };
    const lines = Object.entries(config).map(([name, value]) => `${name} = ${value}`);
    await writeFile(local('s3cfg'), ['[default]', ...lines, ''].join('\n'));
    await s3cmd('mb', 's3://cmd');
  });
  after(async () => {
    await gateway.stop();
    await folder.remove();
  });

  test('mb, ls and rb make, list and remove buckets', async () => {
    await s3cmd('mb', 's3://short-lived');
    assert.match(await s3cmd('ls'), /^\d{4}-\d\d-\d\d \d\d:\d\d {2}s3:\/\/short-lived$/m);
    await s3cmd('rb', 's3://short-lived');
    assert.doesNotMatch(await s3cmd('ls'), /short-lived/);
  });

  test('put, ls, info, get and del a file with its type and attributes', async () => {
    await writeFile(local('note +é.txt'), 'a note');
    await s3cmd('put', '--add-header', 'x-amz-meta-colour: blue', 'note +é.txt', 's3://cmd/notes/');
    assert.match(await s3cmd('ls', 's3://cmd/notes/'), / 6 {2}s3:\/\/cmd\/notes\/note \+é\.txt$/);
    const info = await s3cmd('info', 's3://cmd/notes/note +é.txt');
    assert.match(info, /File size: 6/);
    assert.match(info, /MIME type: text\/plain/);
    assert.ok(info.includes(createHash('md5').update('a note').digest('hex')), info);
    assert.match(info, /x-amz-meta-colour: blue/);
    await s3cmd('get', 's3://cmd/notes/note +é.txt', 'returned.txt');
    assert.equal(await readFile(local('returned.txt'), 'utf8'), 'a note');
    await s3cmd('del', 's3://cmd/notes/note +é.txt');
    assert.equal(await s3cmd('ls', 's3://cmd/notes/'), '');
  });

  test('info of a bucket tells where it is', async () => {
    assert.match(await s3cmd('info', 's3://cmd'), /Location: {2}us-east-1/);
  });

  test('info tells the ACL and the policy, which setpolicy and delpolicy change', async () => {
    const [, name] = /ACL:\s+(.+): FULL_CONTROL$/m.exec(await s3cmd('info', 's3://cmd')) ?? [];
    assert.equal(name, 'root');
    assert.match(await s3cmd('info', 's3://cmd'), /Policy:\s+none/);
    const Statement = [
      { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::cmd/closed/*' },
    ];
    await writeFile(local('policy.json'), JSON.stringify({ Version: '2012-10-17', Statement }));
    await s3cmd('setpolicy', 'policy.json', 's3://cmd');
    assert.match(await s3cmd('info', 's3://cmd'), /Policy:\s+\{.*cmd\/closed/);
    const put = await tryCommand('s3cmd', command(['put', 'policy.json', 's3://cmd/closed/x']), options());
    assert.notEqual(put.status, 0);
    await s3cmd('delpolicy', 's3://cmd');
    await s3cmd('put', 'policy.json', 's3://cmd/closed/x');
    assert.match(await s3cmd('info', 's3://cmd/closed/x'), /ACL:\s+root: FULL_CONTROL/);
    await s3cmd('setacl', '--acl-private', 's3://cmd/closed/x');
    await s3cmd('del', 's3://cmd/closed/x');
  });

  test('put and get a file in parts, resume a get, and cp and mv it', async () => {
    await writeRandomFile(local('large'), 17 * MIB + 9);
    const digest = await digestFile(local('large'));
    await s3cmd('put', 'large', 's3://cmd/large');
    await s3cmd('get', 's3://cmd/large', 'large-returned');
    assert.equal(await digestFile(local('large-returned')), digest);
    await writeFile(local('large-partly'), (await readFile(local('large'))).subarray(0, 3 * MIB));
    await s3cmd('get', '--continue', 's3://cmd/large', 'large-partly');
    assert.equal(await digestFile(local('large-partly')), digest);
    await s3cmd('cp', 's3://cmd/large', 's3://cmd/copies/large copy');
    await s3cmd('mv', 's3://cmd/copies/large copy', 's3://cmd/moved/large');
    assert.equal(await s3cmd('ls', 's3://cmd/copies/'), '');
    await s3cmd('get', '--force', 's3://cmd/moved/large', 'large-returned');
    assert.equal(await digestFile(local('large-returned')), digest);
  });

  test('multipart, listmp and abortmp find an upload that was left', async () => {
    const { status } = await tryCommand(
      'timeout',
      ['-s', 'KILL', '2', 's3cmd', ...command(['--limit-rate=1m', 'put', 'large', 's3://cmd/left'])],
      options(),
    );
    assert.notEqual(status, 0);
    const [, uploadId] = /s3:\/\/cmd\/left\t(\S+)/.exec(await s3cmd('multipart', 's3://cmd')) ?? [];
    assert.ok(uploadId);
    await s3cmd('listmp', 's3://cmd/left', uploadId);
    await s3cmd('abortmp', 's3://cmd/left', uploadId);
    assert.doesNotMatch(await s3cmd('multipart', 's3://cmd'), /cmd\/left/);
  });

  test('put - and get - stream', async () => {
    const input = Buffer.from('streamed \0\xff'.repeat(10_000), 'latin1');
    await runCommand('s3cmd', command(['put', '-', 's3://cmd/streamed']), { ...options(), input });
    const { output } = await runCommand('s3cmd', command(['get', 's3://cmd/streamed', '-']), options());
    assert.ok(output.equals(input));
  });

  test('sync keeps a tree of odd names both ways and removes with --delete-removed', async () => {
    await writeTree(local('tree'), ODD_NAMES);
    await s3cmd('sync', 'tree/', 's3://cmd/tree/');
    await mkdir(local('tree-returned'));
    await s3cmd('sync', 's3://cmd/tree/', 'tree-returned/');
    await assertSameTree(local('tree-returned'), local('tree'));
    await rm(local('tree/plain.txt'));
    await s3cmd('sync', '--delete-removed', 'tree/', 's3://cmd/tree/');
    const listing = await s3cmd('ls', '--recursive', 's3://cmd/tree/');
    assert.equal(listing.split('\n').length, ODD_NAMES.length - 1);
    assert.match(await s3cmd('du', 's3://cmd/tree/'), new RegExp(` ${ODD_NAMES.length - 1} objects `));
    await s3cmd('modify', '--add-header', 'Cache-Control: max-age=1', 's3://cmd/tree/empty');
    await s3cmd('del', '--recursive', '--force', 's3://cmd/tree/');
    assert.equal(await s3cmd('ls', '--recursive', 's3://cmd/tree/'), '');
  });

  test('signurl makes a URL that anyone may fetch', async () => {
    await writeFile(local('shared'), 'for everyone');
    await s3cmd('put', 'shared', 's3://cmd/shared +');
    const response = await fetch(await s3cmd('signurl', 's3://cmd/shared +', '+60'));
    assert.equal(response.status, 200);
    assert.equal(await response.text(), 'for everyone');
  });

  test('rb --recursive removes a bucket with what is in it', async () => {
    await s3cmd('mb', 's3://doomed');
    await s3cmd('put', 'shared', 's3://doomed/a/b');
    assert.notEqual((await tryCommand('s3cmd', command(['rb', 's3://doomed']), options())).status, 0);
    await s3cmd('rb', '--recursive', '--force', 's3://doomed');
    assert.doesNotMatch(await s3cmd('ls'), /doomed/);
  });
});
