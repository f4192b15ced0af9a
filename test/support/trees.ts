import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const MIB = 1024 ** 2;

/** Names that have broken clients and servers: each a legal file name and a legal key. */
export const ODD_NAMES: readonly string[] = [
  'plain.txt',
  'with space.txt',
  'plus+and&ampersand.txt',
  'percent%20already.txt',
  'equals=question?hash#.txt',
  'semi;colon,comma.txt',
  'quote\'double".txt',
  'brackets[1]{2}(3)<4>.txt',
  'tilde~at@dollar$bang!star.txt',
  'سلام دنیا.txt',
  '日本語/файл.txt',
  'emoji 🎉.txt',
  'deep/er/and/deeper/still/file.bin',
  'dots/..hidden..',
  'empty',
];

/** A temporary folder that is removed by `remove`. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-clients-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Writes one file under each name: most a few bytes, the first larger than what is kept inline, `empty` without any. */
export async function writeTree(folder: string, names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, name === 'empty' ? '' : randomBytes(index === 0 ? 200_000 : 100 + index));
  }
}

/** Writes a file of random bytes, of any size, without holding it. */
export async function writeRandomFile(file: string, sizeBytes: number): Promise<void> {
  const handle = await open(file, 'w');
  try {
    // Different in every block, and far faster than randomness throughout.
    const block = randomBytes(MIB);
    for (let written = 0; written < sizeBytes; written += block.byteLength) {
      block.writeUIntBE(written, 0, 6);
      await handle.write(block, 0, Math.min(block.byteLength, sizeBytes - written));
    }
  } finally {
    await handle.close();
  }
}

/** The SHA-256 of a file in hex. */
export async function digestFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: MIB }), hash);
  return hash.digest('hex');
}

/** Every regular file below a folder by its path with slashes, with the digest of its bytes. */
export async function digestTree(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const digests = new Map<string, string>();
  for (const file of files.sort()) digests.set(relative(folder, file).split(sep).join('/'), await digestFile(file));
  return digests;
}

/** Asserts that two folders hold the same files, byte for byte. */
export async function assertSameTree(actual: string, expected: string): Promise<void> {
  const [found, wanted] = [await digestTree(actual), await digestTree(expected)];
  assert.deepEqual([...found.keys()], [...wanted.keys()]);
  for (const [name, digest] of wanted) assert.equal(found.get(name), digest, `${name} differs`);
}
