import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ConfigError, loadConfig } from '../../gateway/config.ts';
import { loadMasterKey, type MasterKeySource } from '../../gateway/master-key.ts';

describe('the master key', () => {
  const folders: string[] = [];
  let dataFolder: string;
  let path: string;
  let source: MasterKeySource;

  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-key-'));
    folders.push(folder);
    dataFolder = join(folder, 'nested', 'data');
    path = join(dataFolder, 'master.key');
    source = loadConfig({ GATEHOUSE_DATA: dataFolder });
  });

  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  test('a given key counts and leaves no file', () => {
    const given = 'ab'.repeat(32);
    const key = loadMasterKey(loadConfig({ GATEHOUSE_DATA: dataFolder, GATEHOUSE_MASTER_KEY: given }));
    assert.equal(key.toString('hex'), given);
    assert.throws(() => statSync(dataFolder), { code: 'ENOENT' });
  });

  test('the first start generates one that only its owner may read, and later starts use it', () => {
    const key = loadMasterKey(source);
    assert.equal(key.length, 32);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(dataFolder), ['master.key']);
    assert.equal(readFileSync(path, 'utf8'), `${key.toString('hex')}\n`);
    assert.deepEqual(loadMasterKey(source), key);
  });

  test('two folders get two keys', () => {
    const other = loadConfig({ GATEHOUSE_DATA: join(dataFolder, 'other') });
    assert.notDeepEqual(loadMasterKey(source), loadMasterKey(other));
  });

  test('processes that start together agree on one key', async () => {
    const code = `const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.module).then(({ loadMasterKey }) => parentPort.postMessage(loadMasterKey(workerData.source).toString('hex')));`;
    const module = new URL('../../gateway/master-key.js', import.meta.url).href;
    const workerData = { module, source: { dataFolder, masterKey: undefined, metadata: source.metadata } };
    const starts = Array.from({ length: 4 }, () => {
      const worker = new Worker(code, { eval: true, workerData });
      return new Promise<string>((resolve, reject) => worker.once('message', resolve).once('error', reject));
    });
    const keys = new Set(await Promise.all(starts));
    assert.deepEqual([...keys], [loadMasterKey(source).toString('hex')]);
    assert.deepEqual(readdirSync(dataFolder), ['master.key']);
  });

  test('a file that others may read is refused', () => {
    loadMasterKey(source);
    chmodSync(path, 0o644);
    assert.throws(() => loadMasterKey(source), {
      name: ConfigError.name,
      message: `GATEHOUSE_MASTER_KEY is not given, and ${path} may be read by others; chmod 600 it.`,
    });
  });

  test('a file without a whole key is refused and not shown', () => {
    mkdirSync(dataFolder, { recursive: true });
    for (const content of ['', 'ab'.repeat(31), `${'ab'.repeat(32)}0`]) {
      writeFileSync(path, content, { mode: 0o600 });
      assert.throws(() => loadMasterKey(source), {
        message: `GATEHOUSE_MASTER_KEY is not given, and ${path} does not hold 32 bytes, as 64 hexadecimal digits or as base64.`,
      });
    }
  });

  test('a database whose key is gone does not get a new one', () => {
    mkdirSync(dataFolder, { recursive: true });
    writeFileSync(source.metadata.path, '');
    assert.throws(() => loadMasterKey(source), /master\.key is gone, while .*metadata\.db needs it/);
    assert.deepEqual(readdirSync(dataFolder), ['metadata.db']);
  });
});
