import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { missing, runCommand, tryCommand } from '../support/command.ts';
import { GatewayProcess } from '../support/process.ts';
import { assertSameTree, ODD_NAMES, temporaryFolder, writeRandomFile, writeTree } from '../support/trees.ts';
import { projectRoot } from '../tools/project-root.ts';

const MIB = 1024 ** 2;

describe('rclone', { skip: missing('rclone'), timeout: 400_000 }, () => {
  let gateway: GatewayProcess;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const local = (name: string) => join(folder.path, name);
  const environment = () => ({
    // A bundle of certificates would stop it from using its own transport.
    AWS_CA_BUNDLE: '',
    RCLONE_CONFIG: local('no-config'),
    RCLONE_CONFIG_GATE_TYPE: 's3',
    RCLONE_CONFIG_GATE_PROVIDER: 'Other',
    RCLONE_CONFIG_GATE_ENDPOINT: gateway.s3Url,
    RCLONE_CONFIG_GATE_ACCESS_KEY_ID: gateway.accessKey,
    RCLONE_CONFIG_GATE_SECRET_ACCESS_KEY: gateway.secretKey,
    RCLONE_CONFIG_GATE_REGION: gateway.region,
    RCLONE_CONFIG_GATE_FORCE_PATH_STYLE: 'true',
    RCLONE_CONFIG_GATE_CHUNK_SIZE: '5Mi',
    RCLONE_CONFIG_GATE_UPLOAD_CUTOFF: '8Mi',
    RCLONE_LOW_LEVEL_RETRIES: '1',
    RCLONE_RETRIES: '1',
  });
  const rclone = (...args: string[]) => runCommand('rclone', args, { environment: environment(), folder: folder.path });
  const lines = async (...args: string[]) => (await rclone(...args)).text.split('\n').filter(Boolean).sort();

  before(async () => {
    folder = await temporaryFolder();
    gateway = await GatewayProcess.start();
    await rclone('mkdir', 'gate:first');
  });
  after(async () => {
    await gateway.stop();
    await folder.remove();
  });

  test('mkdir, lsd and rmdir make, list and remove buckets', async () => {
    await rclone('mkdir', 'gate:short-lived');
    assert.match((await rclone('lsd', 'gate:')).text, / short-lived$/m);
    await rclone('rmdir', 'gate:short-lived');
    assert.doesNotMatch((await rclone('lsd', 'gate:')).text, /short-lived/);
  });

  test('sync, check --download and lsf agree on a tree of odd names, and sync removes what is gone', async () => {
    await writeTree(local('odd'), ODD_NAMES);
    await rclone('sync', 'odd', 'gate:first/odd');
    await rclone('check', '--download', 'odd', 'gate:first/odd');
    assert.deepEqual(await lines('lsf', '-R', '--files-only', 'gate:first/odd'), ODD_NAMES.toSorted());
    await rclone('sync', 'gate:first/odd', 'odd-returned');
    await assertSameTree(local('odd-returned'), local('odd'));
    const again = await rclone('sync', '-v', 'odd', 'gate:first/odd');
    assert.doesNotMatch(again.complaint, /Copied|Deleted/, 'modification times are kept, so nothing is left to do');
    await rm(local('odd/plain.txt'));
    await rclone('sync', 'odd', 'gate:first/odd');
    await rclone('check', 'odd', 'gate:first/odd');
    assert.deepEqual(
      await lines('lsf', '-R', '--files-only', 'gate:first/odd'),
      ODD_NAMES.filter((name) => name !== 'plain.txt').toSorted(),
    );
  });

  test('copyto, moveto, copy between buckets, deletefile and purge', async () => {
    await writeFile(local('note.txt'), 'a note');
    await rclone('copyto', 'note.txt', 'gate:first/notes/renamed note.txt');
    await rclone('moveto', 'gate:first/notes/renamed note.txt', 'gate:first/moved/note +1.txt');
    assert.deepEqual(await lines('lsf', 'gate:first/notes'), []);
    await rclone('mkdir', 'gate:second');
    await rclone('copy', 'gate:first/moved', 'gate:second/copied');
    assert.equal((await rclone('cat', 'gate:second/copied/note +1.txt')).text, 'a note');
    await rclone('deletefile', 'gate:second/copied/note +1.txt');
    assert.equal(
      (await tryCommand('rclone', ['cat', 'gate:second/copied/note +1.txt'], { environment: environment() })).text,
      '',
    );
    await rclone('copy', 'gate:first/odd', 'gate:second/odd');
    await rclone('purge', 'gate:second');
    assert.doesNotMatch((await rclone('lsd', 'gate:')).text, /second/);
  });

  test('rcat streams of any length arrive, and cat reads ranges of them', async () => {
    for (const size of [0, 10, 100_000, 12 * MIB + 5]) {
      await writeRandomFile(local('stream'), size);
      const input = await readFile(local('stream'));
      await runCommand('rclone', ['rcat', 'gate:first/stream'], { environment: environment(), input });
      assert.ok((await rclone('cat', 'gate:first/stream')).output.equals(input), `${size} bytes`);
    }
    const whole = await readFile(local('stream'));
    const middle = await rclone('cat', '--offset', '5242870', '--count', '20', 'gate:first/stream');
    assert.ok(middle.output.equals(whole.subarray(5_242_870, 5_242_890)));
    assert.ok((await rclone('cat', '--tail', '7', 'gate:first/stream')).output.equals(whole.subarray(-7)));
  });

  test('hashsum tells the MD5 of single-part and, from its metadata, of multipart uploads', async () => {
    await writeFile(local('small'), 'small');
    await writeRandomFile(local('large'), 20 * MIB);
    for (const name of ['small', 'large']) {
      await rclone('copyto', name, `gate:first/hashed/${name}`);
      const md5 = createHash('md5')
        .update(await readFile(local(name)))
        .digest('hex');
      assert.equal((await rclone('hashsum', 'md5', `gate:first/hashed/${name}`)).text, `${md5}  ${name}`);
    }
    await rclone('copyto', 'gate:first/hashed/large', 'gate:first/hashed/large copy');
    await rclone('check', '--download', 'gate:first/hashed', 'gate:first/hashed');
    assert.equal(
      (await rclone('size', '--json', 'gate:first/hashed')).text,
      '{"count":3,"bytes":41943045,"sizeless":0}',
    );
  });

  test('touch, lsl, link and cleanup work', async () => {
    await rclone('touch', '--timestamp', '2020-01-02T03:04:05', 'gate:first/touched');
    assert.match((await rclone('lsl', 'gate:first/touched')).text, /2020-01-02 03:04:05/);
    assert.match((await rclone('link', '--expire', '1m', 'gate:first/touched')).text, /^http:.*X-Amz-Signature=/);
    await rclone('cleanup', 'gate:first');
  });

  test('--s3-versions shows and reads older versions, and cleanup-hidden removes them', async () => {
    await rclone('mkdir', 'gate:kept');
    await rclone('backend', 'versioning', 'gate:kept', 'Enabled');
    assert.equal((await rclone('backend', 'versioning', 'gate:kept')).text, 'Enabled');
    for (const text of ['first', 'second', 'third']) {
      await writeFile(local('text'), text);
      await rclone('copyto', '--ignore-times', 'text', 'gate:kept/note.txt');
    }
    await rclone('deletefile', 'gate:kept/note.txt');
    assert.deepEqual(await lines('lsf', 'gate:kept'), []);
    // rclone names versions by their dates.
    const versions = await lines('lsf', '--s3-versions', 'gate:kept');
    assert.equal(versions.length, 3);
    for (const [index, text] of ['first', 'second', 'third'].entries()) {
      assert.match(versions[index] ?? '', /^note-v\d{4}-\d\d-\d\d-\d{6}-\d{3}\.txt$/);
      assert.equal((await rclone('cat', '--s3-versions', `gate:kept/${versions[index]}`)).text, text);
    }
    await rclone('backend', 'cleanup-hidden', 'gate:kept');
    assert.deepEqual(await lines('lsf', '--s3-versions', 'gate:kept'), []);
  });

  test('a real tree of thousands of files arrives byte for byte', async () => {
    const modules = join(projectRoot, 'node_modules');
    const fast = ['--transfers', '16', '--checkers', '16'];
    await rclone('sync', ...fast, modules, 'gate:first/real');
    await rclone('check', '--download', ...fast, modules, 'gate:first/real');
    const found = await lines('lsf', '-R', '--files-only', 'gate:first/real');
    assert.ok(found.length > 2000, `${found.length} files`);
    const some = 'typescript';
    await rclone('sync', ...fast, `gate:first/real/${some}`, 'some-returned');
    await assertSameTree(local('some-returned'), join(modules, some));
  });
});
