import type { Tx } from '../tx.ts';
import { insertBlob, releaseBlob } from './blobs.ts';
import { appendEvent } from './events.ts';
import { type JudgedVersion, LIFECYCLE } from './lifecycle.ts';

export interface TransitionVersion extends JudgedVersion {
  /** Also the name of the store whose backend has the new blobs. */
  readonly storageClass: string;
  /** A new blob for each one of the version that is not in that store. */
  readonly moves: readonly BlobMove[];
}

/** Bytes that have been staged anew. */
export interface BlobMove {
  /** Null for the one blob of a version without parts. */
  readonly partNumber: number | null;
  /** What it takes the place of. */
  readonly blobId: number;
  readonly location: string;
  readonly sizeBytes: number;
}

/**
 * Makes a version, current or not, one of another storage class: new blobs take the place of those that it was made of.
 * Nothing else of it changes, and nothing of copies that share them. Locks do not forbid it.
 *
 * Does nothing, and resolves to false, where the version is not any more what it was.
 */
export async function transitionVersion(tx: Tx, input: TransitionVersion): Promise<boolean> {
  const version = await findJudged(tx, input);
  if (version === undefined || !(await isMadeOf(tx, version, input))) return false;
  for (const move of input.moves) {
    const blobId = await insertMoved(tx, move, input.storageClass);
    if (move.partNumber !== null) await putPart(tx, { setId: version.part_set, partNumber: move.partNumber, blobId });
    else await tx.run(PUT_BLOB[version.table], blobId, ...version.place);
    await releaseBlob(tx, move.blobId, Date.parse(input.at));
  }
  await tx.run(PUT_CLASS[version.table], input.storageClass, ...version.place);
  await logTransition(tx, version, input);
  return true;
}

interface TransitionRow {
  readonly version_id: string;
  readonly size_bytes: number;
  readonly etag: string;
  readonly blob_id: number | null;
  readonly part_set: string | null;
  readonly tags: string | null;
}

type Table = 'objects' | 'versions';

interface Judged extends TransitionRow {
  readonly table: Table;
  /** The key of its row. */
  readonly place: readonly [bucketId: number, key: string, order: number];
}

const COLUMNS = 'version_id, size_bytes, etag, blob_id, part_set, tags';
const AT: Readonly<Record<Table, string>> = {
  objects: 'WHERE bucket_id = ? AND key = ? AND seq = ?',
  versions: 'WHERE bucket_id = ? AND key = ? AND rank = ?',
};
const PUT_BLOB: Readonly<Record<Table, string>> = {
  objects: `UPDATE objects SET blob_id = ? ${AT.objects}`,
  versions: `UPDATE versions SET blob_id = ? ${AT.versions}`,
};
const PUT_CLASS: Readonly<Record<Table, string>> = {
  objects: `UPDATE objects SET storage_class = ? ${AT.objects}`,
  versions: `UPDATE versions SET storage_class = ? ${AT.versions}`,
};

async function findJudged(tx: Tx, { bucketId, key, seq, tags }: JudgedVersion): Promise<Judged | undefined> {
  const current = await tx.get<TransitionRow>(`SELECT ${COLUMNS} FROM objects ${AT.objects}`, bucketId, key, seq);
  if (current?.tags === tags) return { ...current, table: 'objects', place: [bucketId, key, seq] };
  const older = await tx.get<TransitionRow>(
    `SELECT ${COLUMNS} FROM versions ${AT.versions} AND is_delete_marker = 0`,
    bucketId,
    key,
    -seq,
  );
  return older?.tags === tags ? { ...older, table: 'versions', place: [bucketId, key, -seq] } : undefined;
}

/** Whether its blobs are those that were moved, and such as are in the store already. */
async function isMadeOf(tx: Tx, version: Judged, { moves, storageClass }: TransitionVersion): Promise<boolean> {
  const expected = new Map(moves.map(({ partNumber, blobId }) => [partNumber, blobId]));
  const blobs = await tx.rows<[number | null, number, string | null]>(
    `SELECT NULL, id, store FROM blobs WHERE id = ?
     UNION ALL SELECT p.part_number, b.id, b.store FROM parts p JOIN blobs b ON b.id = p.blob_id WHERE p.set_id = ?`,
    version.blob_id,
    version.part_set,
  );
  let met = 0;
  for (const [partNumber, blobId, store] of blobs) {
    if (expected.get(partNumber) === blobId) met += 1;
    else if (store !== storageClass) return false;
  }
  return met === expected.size;
}

/** What was known of the bytes is true of them wherever they are. */
async function insertMoved(tx: Tx, { blobId, location, sizeBytes }: BlobMove, store: string): Promise<number> {
  const old = await tx.get<{ sha256: string | null }>('SELECT sha256 FROM blobs WHERE id = ?', blobId);
  const sha256 = old?.sha256 ?? undefined;
  const { id } = await insertBlob(tx, { kind: 'staged', location, store, sizeBytes, sha256 });
  return id as number; // null stands for no bytes alone
}

async function putPart(
  tx: Tx,
  { setId, partNumber, blobId }: { setId: string | null; partNumber: number; blobId: number },
): Promise<void> {
  await tx.run('UPDATE parts SET blob_id = ? WHERE set_id = ? AND part_number = ?', blobId, setId, partNumber);
}

async function logTransition(tx: Tx, version: Judged, { bucketId, key, at }: JudgedVersion): Promise<void> {
  const bucket = await tx.get<{ name: string }>('SELECT name FROM buckets WHERE id = ?', bucketId);
  await appendEvent(tx, {
    at,
    type: 'object.transitioned',
    accountId: LIFECYCLE,
    bucket: bucket?.name ?? '', // a bucket with versions is there
    key,
    versionId: version.version_id,
    sizeBytes: version.size_bytes,
    etag: version.etag,
  });
}
