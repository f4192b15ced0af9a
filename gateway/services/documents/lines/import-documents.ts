import { Failure, type FailureCode } from '../../../../metadata/index.ts';
import { InvalidJson, parseStrictJson } from '../../../strict-json.ts';
import { MAX_DEPTH } from '../values/limits.ts';
import { documentFromJson } from '../values/read.ts';
import type { Document } from '../values/value.ts';
import type { DocumentWriter } from '../write/document-writer.ts';
import type { WriteOperation, WritePlace } from '../write/write-requests.ts';
import type { DocumentText } from './split-documents.ts';

export interface ImportRequest {
  readonly documents: AsyncIterable<DocumentText>;
  /** `upsert`: a document of the same `_id` is replaced. */
  readonly mode: 'insert' | 'upsert';
  readonly onProgress?: ((progress: ImportResult) => void) | undefined;
}

/** A line that was not imported. */
export interface ImportError {
  readonly line: number;
  readonly code: FailureCode;
  readonly message: string;
}

export interface ImportResult {
  readonly imported: number;
  readonly failed: number;
  /** The first of them. */
  readonly errors: readonly ImportError[];
}

const BATCH = 1000;
const BATCH_LENGTH = 8 * 1024 ** 2;
const MAX_ERRORS = 100;
/** Documents of a batch that is not possible as a whole are written on their own, so many at a time. */
const AT_ONCE = 32;
/** What is wrong with a document and not with the import. */
const OF_DOCUMENTS: ReadonlySet<FailureCode> = new Set([
  'DuplicateKey',
  'DocumentInvalid',
  'DocumentTooLarge',
  'InvalidDocument',
]);

interface Line {
  readonly line: number;
  readonly operation: WriteOperation;
}

/**
 * Writes documents out of a file, 1,000 in a transaction. What is wrong with one is told with its line, and the others are
 * imported.
 * @throws Failure what `DocumentWriter` throws beside that, `QuotaExceeded` above all; what was imported by then stays
 */
export async function importDocuments(
  writer: DocumentWriter,
  place: WritePlace,
  { documents, mode, onProgress }: ImportRequest,
): Promise<ImportResult> {
  const tally = new Tally();
  let batch: Line[] = [];
  let length = 0;
  const flush = async () => {
    await writeBatch(writer, place, { batch, tally });
    [batch, length] = [[], 0];
    onProgress?.(tally.result);
  };
  for await (const { line, bytes } of documents) {
    await tally.watch(line, async () => {
      batch.push({ line, operation: toOperation(parse(bytes), mode) });
      length += bytes.length;
    });
    if (batch.length >= BATCH || length >= BATCH_LENGTH) await flush();
  }
  await flush();
  return tally.result;
}

async function writeBatch(
  writer: DocumentWriter,
  place: WritePlace,
  { batch, tally }: { readonly batch: readonly Line[]; readonly tally: Tally },
): Promise<void> {
  if (batch.length === 0) return;
  try {
    await writer.bulkWrite(place, { operations: batch.map(({ operation }) => operation) });
    tally.add(batch.length);
  } catch (error) {
    if (!isOfDocument(error)) throw error;
    for (let at = 0; at < batch.length; at += AT_ONCE) {
      const some = batch.slice(at, at + AT_ONCE).map(({ line, operation }) =>
        tally.watch(line, async () => {
          await writer.bulkWrite(place, { operations: [operation] });
          tally.add(1);
        }),
      );
      await Promise.all(some);
    }
  }
}

function parse(bytes: Buffer): Document {
  try {
    return documentFromJson(parseStrictJson(bytes, { maxDepth: MAX_DEPTH + 1 }));
  } catch (cause) {
    throw cause instanceof InvalidJson ? new Failure('InvalidDocument', cause.message, {}, { cause }) : cause;
  }
}

function toOperation(document: Document, mode: ImportRequest['mode']): WriteOperation {
  const { _id: id } = document;
  if (mode === 'insert' || id === undefined) return { insertOne: { document } };
  return { replaceOne: { filter: { _id: { $eq: id } }, replacement: document, upsert: true } };
}

function isOfDocument(error: unknown): error is Failure {
  return error instanceof Failure && OF_DOCUMENTS.has(error.code);
}

/** What became of the lines. */
class Tally {
  #imported = 0;
  #failed = 0;
  readonly #errors: ImportError[] = [];

  get result(): ImportResult {
    const errors = this.#errors.toSorted((a, b) => a.line - b.line);
    return { imported: this.#imported, failed: this.#failed, errors };
  }

  add(imported: number): void {
    this.#imported += imported;
  }

  /** Does something for a line; what is wrong with that is noted. */
  async watch(line: number, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!isOfDocument(error)) throw error;
      this.#failed += 1;
      const { code, message } = error;
      if (this.#errors.length < MAX_ERRORS) this.#errors.push({ line, code, message });
    }
  }
}
