import type { Metadata } from '../../../metadata/index.ts';
import type { CollectionAsked, Collections } from './collections.ts';
import { type ExportOptions, exportDocuments } from './lines/export-documents.ts';
import { type ImportRequest, type ImportResult, importDocuments } from './lines/import-documents.ts';
import type { DocumentWriter } from './write/document-writer.ts';

export interface DocumentLinesParts {
  readonly metadata: Metadata;
  readonly collections: Collections;
  readonly writer: DocumentWriter;
}

/** Collections to files and back, for who may. */
export class DocumentLines {
  readonly #parts: DocumentLinesParts;

  constructor(parts: DocumentLinesParts) {
    this.#parts = parts;
  }

  /** @throws Failure `NoSuchCollection`, `AccessDenied` */
  async export(asked: CollectionAsked, options: ExportOptions): Promise<AsyncGenerator<string>> {
    return exportDocuments(this.#parts.metadata, await this.#parts.collections.get(asked, 'read'), options);
  }

  /** The collection is made where it is not there. @throws Failure `AccessDenied`; as `importDocuments` */
  async import(asked: CollectionAsked, request: () => ImportRequest): Promise<ImportResult> {
    await this.#parts.collections.require(asked, 'write');
    const { asker, bucket, name } = asked;
    const place = { bucket, collection: name, accountId: asker.actor.accountId ?? bucket.account_id };
    return importDocuments(this.#parts.writer, place, request());
  }
}
