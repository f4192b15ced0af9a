import { Failure, type Metadata } from '../../../../metadata/index.ts';
import { type DocumentIndex, entriesOf } from '../document-index.ts';
import { prefixOf } from '../document-key.ts';
import { toStored } from '../document-store.ts';
import { Turns } from '../turns.ts';

/** An index that is begun, and what it is of. */
export interface IndexBuild {
  readonly bucketId: number;
  readonly collectionId: number;
  readonly collection: string;
  readonly index: DocumentIndex;
}

const BATCH = 200;
/** Longer documents come one by one. */
const MAX_TEXT_BYTES = 64 * 1024;

/**
 * Adds the entries of all documents that are there, in batches between which others read and write, and lets the index be
 * read. Safe to be done again from the beginning. Where it cannot be done the index is gone.
 * @throws Failure `DuplicateKey` of a unique index, `InvalidDocument` where it cannot have a document, `NoSuchIndex` where
 * it was dropped meanwhile
 */
export async function buildIndex(metadata: Metadata, build: IndexBuild): Promise<void> {
  const { collectionId, index } = build;
  try {
    await addAll(metadata, build);
    await metadata.mutations.finishDocumentIndex({ collectionId, indexId: index.id });
  } catch (error) {
    await metadata.mutations.dropDocumentIndex({ collectionId, indexId: index.id }).catch(ignoreMissing);
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Failure && error.code === 'NoSuchIndex')) throw error;
}

async function addAll({ queries, mutations }: Metadata, { bucketId, collection, index }: IndexBuild): Promise<void> {
  const prefix = prefixOf(collection);
  const turns = new Turns();
  let after = '';
  for (;;) {
    const rows = await queries.scanDocuments({ bucketId, prefix, after, limit: BATCH, maxTextBytes: MAX_TEXT_BYTES });
    const documents: { key: string; seq: number; entries: Buffer[] }[] = [];
    for (const row of rows) {
      const full = row[2].byteLength > 0 ? row : await queries.findDocument({ bucketId, key: row[0] });
      if (full === undefined) continue; // deleted meanwhile
      const { key, seq, document } = toStored(full);
      documents.push({ key, seq, entries: entriesOf(index, document) });
      if (turns.isDue) await turns.give();
    }
    if (documents.length > 0) {
      await mutations.addIndexEntries({ bucketId, indexId: index.id, isUnique: index.isUnique, documents });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return;
    after = last[0];
  }
}
