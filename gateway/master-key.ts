import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError } from './config.ts';
import { key32 } from './settings/kinds.ts';
import { settings } from './settings/settings.ts';

/** What decides which master key counts. */
export type MasterKeySource = Pick<Config, 'dataFolder' | 'masterKey' | 'metadata'>;

const READABLE_BY_OTHERS = 0o007;

/**
 * The key of 32 bytes that wraps stored secrets: the given one, or the one in `<data>/master.key`, generated with mode
 * 0600 at first start. Call it before the database is opened: a database without its key must not get a new one. Safe
 * beside other processes that start; a crash leaves either no key or a whole one.
 * @throws ConfigError when the file may be read by others or holds no key, or is gone while the database is there.
 */
export function loadMasterKey({ dataFolder, masterKey, metadata }: MasterKeySource): Buffer {
  if (masterKey !== undefined) return masterKey;
  const path = join(dataFolder, 'master.key');
  // Asked in this order, because a process that starts beside this one makes the key first and the database after it.
  const hasDatabase = existsSync(metadata.path);
  if (!existsSync(path)) {
    if (hasDatabase) throw refusal(`${path} is gone, while ${metadata.path} needs it; restore it.`);
    createMasterKey(dataFolder, path);
  }
  return readMasterKey(path);
}

function readMasterKey(path: string): Buffer {
  if ((statSync(path).mode & READABLE_BY_OTHERS) !== 0) throw refusal(`${path} may be read by others; chmod 600 it.`);
  const key = key32.parse(readFileSync(path, 'utf8').trim());
  if (key === undefined) throw refusal(`${path} does not hold ${key32.allowed}.`);
  return key;
}

/** Publishes a whole key under the path, or leaves the one that another process published first. */
function createMasterKey(dataFolder: string, path: string): void {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(dataFolder);
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function refusal(problem: string): ConfigError {
  return new ConfigError(settings.masterKey.name, `is not given, and ${problem}`);
}
