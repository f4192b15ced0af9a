import { documentFromJson } from '../../gateway/services/documents/values/read.ts';
import type { Document } from '../../gateway/services/documents/values/value.ts';
import { toJson } from '../../gateway/services/documents/values/write.ts';
import { DocumentWriter } from '../../gateway/services/documents/write/document-writer.ts';
import type { WritePlace } from '../../gateway/services/documents/write/write-requests.ts';
import { openDatabase } from '../../metadata/sqlite/driver.ts';
import { openTestDocuments, type TestDocuments, type TestDocumentsOptions } from './document-collections.ts';
import { INVARIANTS } from './row-invariants.ts';

/** A database of documents, and who writes there. */
export interface TestWriter extends TestDocuments {
  readonly writer: DocumentWriter;
  /** What a validator let pass with a warning. */
  readonly warnings: readonly string[];
  place(collection: string): WritePlace;
  /** All of a collection, by their keys, as canonical Extended JSON where that says more. */
  contents(collection: string): Promise<unknown[]>;
  /** Another gateway on the same database: it knows of no lock of this one. */
  another(): DocumentWriter;
  /** What is wrong with the rows of the database, in any way that is known. */
  violations(): string[];
}

/** What holds of collections and the entries of their indexes at any moment. */
const DOCUMENT_INVARIANTS: Readonly<Record<string, string>> = {
  'a collection counts its documents and their bytes': `
    SELECT c.name FROM collections c WHERE (c.document_count, c.size_bytes) <> (
      SELECT count(*), coalesce(sum(o.size_bytes), 0) FROM objects o
      WHERE o.bucket_id = c.bucket_id AND substr(o.key, 1, length(c.name) + 1) = c.name || '/')`,
  'an entry is of a document that there is': `
    SELECT e.key FROM index_entries e JOIN document_indexes i ON i.id = e.index_id
      JOIN collections c ON c.id = i.collection_id
    WHERE NOT EXISTS (SELECT 1 FROM objects o WHERE o.bucket_id = c.bucket_id AND o.key = e.key)`,
  'a unique index has an entry once': `
    SELECT e.entry FROM index_entries e JOIN document_indexes i ON i.id = e.index_id
    WHERE i.is_unique = 1 GROUP BY e.index_id, e.entry HAVING count(DISTINCT e.key) > 1`,
};

export async function openTestWriter(options: TestDocumentsOptions = {}): Promise<TestWriter> {
  const documents = await openTestDocuments(options);
  const { metadata, databases, store, queries, bucket, path } = documents;
  const finder = { find: queries.findStored.bind(queries) };
  const warnings: string[] = [];
  const open = () =>
    new DocumentWriter({ metadata, databases, store, finder, warn: (message) => void warnings.push(message) });
  return {
    ...documents,
    warnings,
    writer: open(),
    another: open,
    place: (collection) => ({ bucket, collection, accountId: bucket.account_id }),
    async contents(name) {
      const prefix = `${name}/`;
      const rows = await metadata.queries.scanDocuments({ bucketId: bucket.id, prefix, after: '', limit: 100_000 });
      return rows.map(([, , text]) => toJson(documentFromJson(JSON.parse(Buffer.from(text).toString())), 'relaxed'));
    },
    violations() {
      const database = openDatabase(path, { readonly: true });
      const all = Object.entries({ ...INVARIANTS, ...DOCUMENT_INVARIANTS });
      const broken = all.filter(([, sql]) => database.prepare(sql).all().length > 0).map(([name]) => name);
      database.close();
      return broken;
    },
  };
}

/** Extended JSON, read. */
export function documents(...json: readonly object[]): Document[] {
  return json.map(documentFromJson);
}
