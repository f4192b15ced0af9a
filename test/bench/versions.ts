import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ListPosition, type Metadata, openSqlite } from '../../metadata/index.ts';
import { openDatabase } from '../../metadata/sqlite/driver.ts';
import { newVersionId } from '../../metadata/version-id.ts';
import { type PageFigures, timePages } from './time-pages.ts';

/** A page's cost must not depend on how many versions a key has: the same figures for few and for very many. */
const VERSIONS_A_KEY = [10, 1000];
const KEYS = 1000;
const PAGE = 1000;
/** Keys in a folder: `2026/0042/000427.jpg`. */
const KEYS_A_FOLDER = 10;

import { AUDIT, NOON } from '../metadata/support/fixture.ts';

interface Figure extends PageFigures {
  readonly versions: number;
  readonly page: string;
}

interface Range {
  readonly prefix?: string;
  readonly delimiter?: string;
  readonly position?: ListPosition;
  readonly afterVersionId?: string;
}

/** Prints how long pages of versions take, in milliseconds: of keys that live, and of keys that were deleted again. */
async function main(): Promise<void> {
  for (const areDeleted of [false, true]) {
    const figures: Figure[] = [];
    for (const versionsAKey of VERSIONS_A_KEY) {
      const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-versions-'));
      try {
        figures.push(...(await measure(folder, { versionsAKey, areDeleted })));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
    process.stdout.write(areDeleted ? '\nevery second version is a delete marker\n' : '\nno delete markers\n');
    console.table(figures);
  }
}

interface Shape {
  readonly versionsAKey: number;
  /** Every second version of a key is a delete marker, the newest is one. */
  readonly areDeleted: boolean;
}

async function measure(folder: string, shape: Shape): Promise<Figure[]> {
  const path = join(folder, 'metadata.db');
  const metadata = openSqlite({ path, durability: 'relaxed', writer: 'thread' });
  try {
    const bucketId = await prepare(metadata, { path, shape });
    const figures: Figure[] = [];
    for (const [page, range] of pagesOf(shape)) {
      const list = () => metadata.queries.listVersions({ bucketId, prefix: '', delimiter: '', limit: PAGE, ...range });
      figures.push({ versions: KEYS * shape.versionsAKey, page, ...(await timePages(list)) });
    }
    return figures;
  } finally {
    await metadata.close();
  }
}

function pagesOf({ versionsAKey }: Shape): readonly (readonly [string, Range])[] {
  const behind = (key: number, version: number): Range => ({
    position: { after: keyOf(key), isPrefix: false },
    afterVersionId: newVersionId(seqOf(key, { version, versionsAKey })),
  });
  const middle = KEYS >> 1;
  return [
    ['first page', {}],
    ['page in the middle', behind(middle, versionsAKey >> 1)],
    ['last page', behind(KEYS - Math.ceil(PAGE / versionsAKey) - 1, 0)],
    ['folders, first page', { prefix: '2026/', delimiter: '/' }],
    [
      'folders, from the middle',
      { prefix: '2026/', delimiter: '/', position: { after: '2026/0050/', isPrefix: true } },
    ],
    ['one level above', { delimiter: '/' }],
    ['one folder', { prefix: '2026/0050/', delimiter: '/' }],
  ];
}

async function prepare(metadata: Metadata, { path, shape }: { path: string; shape: Shape }): Promise<number> {
  const account = { id: 'a', canonicalId: 'c', name: 'n', displayName: 'n', role: 'member' } as const;
  await metadata.mutations.createAccount({ ...account, at: NOON, audit: AUDIT });
  await metadata.mutations.createBucket({ name: 'bucket', accountId: 'a', region: 'r', at: NOON, ignoreClaims: true });
  const bucketId = (await metadata.queries.findBucket('bucket'))?.id ?? 0;
  await metadata.mutations.setVersioning({ bucketId, accountId: 'a', at: NOON, versioning: 'Enabled' });
  fill(path, { bucketId, shape });
  return bucketId;
}

/** Straight into the tables: a million commits would take the better part of a minute, and are not what is measured. */
function fill(path: string, { bucketId, shape }: { bucketId: number; shape: Shape }): void {
  const { versionsAKey, areDeleted } = shape;
  const database = openDatabase(path);
  const columns = 'version_id, size_bytes, etag, last_modified, account_id, attributes';
  const attributes = `'a', '{"contentType":"image/jpeg","userMetadata":{}}'`;
  const insertCurrent = database.prepare(
    `INSERT INTO objects (bucket_id, key, seq, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ${attributes})`,
  );
  const insertOlder = database.prepare(
    `INSERT INTO versions (bucket_id, key, rank, is_delete_marker, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ${attributes})`,
  );
  database.transaction(() => {
    for (let key = 0; key < KEYS; key += 1) {
      for (let version = versionsAKey - 1; version >= 0; version -= 1) {
        const seq = seqOf(key, { version, versionsAKey });
        const what = [newVersionId(seq), version * 7, seq.toString(16).padStart(32, '0'), NOON];
        if (version === 0 && !areDeleted) insertCurrent.run(bucketId, keyOf(key), seq, ...what);
        else insertOlder.run(bucketId, keyOf(key), -seq, areDeleted && version % 2 === 0 ? 1 : 0, ...what);
      }
    }
  })();
  database.close();
}

/** The newest version of a key is number 0. */
function seqOf(key: number, { version, versionsAKey }: { version: number; versionsAKey: number }): number {
  return (key + 1) * versionsAKey - version;
}

function keyOf(index: number): string {
  const folder = String(Math.floor(index / KEYS_A_FOLDER)).padStart(4, '0');
  return `2026/${folder}/${String(index).padStart(6, '0')}.jpg`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
