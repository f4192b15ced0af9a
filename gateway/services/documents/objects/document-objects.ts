import { setTimeout } from 'node:timers/promises';
import {
  type BucketRow,
  type DocumentEffect,
  type DocumentVersionRow,
  Failure,
  type Metadata,
  type MutationInput,
} from '../../../../metadata/index.ts';
import { contentChunks, SegmentReader } from '../../object-reader.ts';
import type { StorageClasses } from '../../storage-classes.ts';
import type { Collection, Databases } from '../databases.ts';
import { toStored } from '../document-store.ts';
import { entryChanges } from '../entry-changes.ts';
import type { Document } from '../values/value.ts';
import { KeyedLock } from '../write/keyed-lock.ts';
import { databaseKey, documentUnder, requireBodySize, requireDatabaseKey } from './document-object.ts';

export interface DocumentObjectsParts {
  readonly metadata: Metadata;
  readonly databases: Databases;
  readonly stores: StorageClasses;
  /** What a collection asks of its documents. @throws Failure `DocumentInvalid` */
  readonly validatorOf: (collection: Collection) => (document: Document) => void;
}

/** A document as it is now, and what is to be in its place. */
interface Step {
  readonly key: string;
  readonly before: DocumentVersionRow | undefined;
  readonly after: Document | undefined;
}

/** As often as others may be first. */
const MAX_ATTEMPTS = 30;
const PATIENT_ATTEMPTS = 3;
const MAX_PAUSE_MS = 20;

/**
 * Documents as objects of their database's bucket: whatever S3 does to one is done to the entries of its indexes as well, in
 * the same transaction. All throw Failure `ConditionalRequestConflict` where others are first again and again, `DuplicateKey`,
 * and what the same does to an object of any bucket.
 */
export class DocumentObjects {
  readonly #parts: DocumentObjectsParts;
  readonly #lock = new KeyedLock();

  constructor(parts: DocumentObjectsParts) {
    this.#parts = parts;
  }

  /** Inserts or replaces the document that a payload is. @throws Failure `InvalidDocument`, `DocumentInvalid`, `InvalidRequest` */
  async commit(bucket: BucketRow, object: MutationInput<'commitObject'>) {
    const { mutations } = this.#parts.metadata;
    const { key, payload, sizeBytes } = object;
    const place = requireDatabaseKey(key);
    if (place.kind === 'marker') {
      if (sizeBytes > 0) throw new Failure('InvalidRequest', 'What stands for a collection has no bytes.');
      return mutations.commitObject(object);
    }
    const document = documentUnder(key, bytesOf(payload));
    return this.#retry(bucket, [key], async () => {
      const collection = await this.#open(bucket, { name: place.collection, document });
      const { current } = await this.#find(bucket, key);
      const effect = effectOf(collection, { key, before: current, after: document });
      return mutations.commitDocument({ effect, object });
    });
  }

  /** Makes a document of the parts of an upload: it is kept in one piece. @throws Failure as `commit` */
  async complete(bucket: BucketRow, upload: MutationInput<'completeUpload'>) {
    const { mutations } = this.#parts.metadata;
    const { key, sizeBytes } = upload;
    const place = requireDatabaseKey(key);
    if (place.kind === 'marker') throw new Failure('InvalidRequest', 'What stands for a collection has no parts.');
    requireBodySize(sizeBytes);
    const bytes = await this.#readParts(upload);
    const document = documentUnder(key, bytes);
    return this.#retry(bucket, [key], async () => {
      const collection = await this.#open(bucket, { name: place.collection, document });
      const { current } = await this.#find(bucket, key);
      const effect = effectOf(collection, { key, before: current, after: document });
      return mutations.completeDocument({ effect, upload: { ...upload, payload: { kind: 'inline', bytes } } });
    });
  }

  /** Deletes what a key names now. */
  async delete(bucket: BucketRow, object: MutationInput<'deleteObject'>) {
    const { mutations } = this.#parts.metadata;
    const { key } = object;
    const place = databaseKey(key);
    if (place?.kind !== 'document') return mutations.deleteObject(object);
    return this.#retry(bucket, [key], async () => {
      const collection = await this.#parts.databases.find(bucket, place.collection);
      // Nothing is there: no event has this number, so that nothing goes that comes to be there meanwhile.
      if (collection === undefined) return mutations.deleteObject({ ...object, seq: 0 });
      const { current } = await this.#find(bucket, key);
      return mutations.deleteDocument({
        effect: effectOf(collection, { key, before: current, after: undefined }),
        object,
      });
    });
  }

  /** Deletes a version for good. Where that was the newest, the one below it is the document from then on. */
  async deleteVersion(bucket: BucketRow, version: MutationInput<'deleteVersion'>) {
    const { databases, metadata } = this.#parts;
    const { key, versionId } = version;
    const place = databaseKey(key);
    if (place?.kind !== 'document') return metadata.mutations.deleteVersion(version);
    return this.#retry(bucket, [key], async () => {
      const { current, older } = await this.#find(bucket, key);
      const [newest, next] = older;
      const isCurrent = current?.version_id === versionId;
      const isHidden = current === undefined && newest?.version_id === versionId;
      const successor = isCurrent ? newest : isHidden ? next : current;
      const remains = successor === undefined || successor.is_delete_marker === 1 ? undefined : successor;
      const after = remains && storedDocument(key, remains);
      const isGone = current === undefined && remains === undefined;
      const collection = await databases[isGone ? 'find' : 'ensure'](bucket, place.collection);
      if (collection === undefined) return metadata.mutations.deleteVersion(version);
      return metadata.mutations.deleteDocumentVersion({
        effect: effectOf(collection, { key, before: current, after }),
        version,
        after: remains?.seq ?? null,
      });
    });
  }

  /** Gives a document the key of another collection or id. @throws Failure `InvalidDocument` where its `_id` says otherwise */
  async rename(bucket: BucketRow, rename: MutationInput<'renameObject'>) {
    const { mutations } = this.#parts.metadata;
    const { key } = rename;
    const place = requireDatabaseKey(key);
    return this.#retry(bucket, [key, ...rename.sourceKeys], async () => {
      const source = await this.#findSource(bucket, rename.sourceKeys);
      // It tells what is wrong with that.
      if (source === undefined || source.key === key) return mutations.renameObject(rename);
      const from = requireDatabaseKey(source.key);
      if (place.kind === 'marker' || from.kind === 'marker') {
        throw new Failure(
          'InvalidRequest',
          'Documents are renamed one by one, and what stands for a collection is not.',
        );
      }
      const document = documentUnder(key, Buffer.from(source.row.data ?? []));
      const [left, entered] = [
        await this.#parts.databases.ensure(bucket, from.collection),
        await this.#open(bucket, { name: place.collection, document }),
      ];
      const { current } = await this.#find(bucket, key);
      return mutations.renameDocument({
        effects: [
          effectOf(left, { key: source.key, before: source.row, after: undefined }),
          effectOf(entered, { key, before: current, after: document }),
        ],
        rename: { ...rename, sourceKeys: [source.key] },
      });
    });
  }

  async #findSource(bucket: BucketRow, keys: readonly string[]) {
    for (const key of keys) {
      const { current } = await this.#find(bucket, key);
      if (current !== undefined) return { key, row: current };
    }
    return undefined;
  }

  #find({ id: bucketId }: BucketRow, key: string) {
    return this.#parts.metadata.queries.findNewestVersions({ bucketId, key });
  }

  /** The collection, made where there is none, that is to have a document. @throws Failure `DocumentInvalid` */
  async #open(bucket: BucketRow, { name, document }: { name: string; document: Document }): Promise<Collection> {
    const collection = await this.#parts.databases.ensure(bucket, name);
    this.#parts.validatorOf(collection)(document);
    return collection;
  }

  async #readParts({ uploadId, parts, sizeBytes }: MutationInput<'completeUpload'>): Promise<Buffer> {
    const { metadata, stores } = this.#parts;
    const listed = new Set(parts.map(({ partNumber }) => partNumber));
    const rows = await metadata.queries.listPartBlobs(uploadId);
    const segments = rows.flatMap(({ part_number: partNumber, location, store, size_bytes }) =>
      location === null || !listed.has(partNumber) ? [] : [{ location, store, sizeBytes: size_bytes }],
    );
    // One was replaced: the mutation says so, whatever the bytes are.
    if (segments.reduce((sum, segment) => sum + segment.sizeBytes, 0) !== sizeBytes) throw new Failure('InvalidPart');
    const range = { start: 0, end: sizeBytes - 1 };
    const reader = new SegmentReader({ stores, segments, range, dataKey: undefined });
    const pieces: Buffer[] = [];
    for await (const piece of contentChunks({ kind: 'stream', sizeBytes, reader })) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces);
  }

  /** One after the other here; what others were first with is looked at again. */
  #retry<Result>(bucket: BucketRow, keys: readonly string[], attempt: () => Promise<Result>): Promise<Result> {
    const names = keys.map((key) => `${bucket.id} ${key}`);
    return this.#lock.run(names, async () => {
      for (let attempts = 1; ; attempts += 1) {
        try {
          return await attempt();
        } catch (error) {
          if (!isLost(error) || attempts === MAX_ATTEMPTS) throw error;
          if (attempts > PATIENT_ATTEMPTS) await setTimeout(Math.random() * MAX_PAUSE_MS);
        }
      }
    });
  }
}

/** Another was first, also with dropping the collection. */
function isLost(error: unknown): boolean {
  if (!(error instanceof Failure)) return false;
  return error.code === 'ConditionalRequestConflict' || error.code === 'NoSuchCollection';
}

function effectOf(collection: Collection, { key, before, after }: Step): DocumentEffect {
  const { bucket, row } = collection;
  return {
    bucketId: bucket.id,
    key,
    collectionId: row.id,
    version: row.version,
    before: before?.seq ?? null,
    ...entryChanges(collection, { before: before && storedDocument(key, before), after }),
  };
}

function storedDocument(key: string, { seq, data }: DocumentVersionRow): Document {
  return toStored([key, seq, data ?? Buffer.from('{}')]).document;
}

function bytesOf(payload: MutationInput<'commitObject'>['payload']): Buffer {
  if (payload.kind === 'empty') return Buffer.alloc(0);
  if (payload.kind === 'staged') throw new Error('A document is kept in the database.');
  const { buffer, byteOffset, byteLength } = payload.bytes;
  return Buffer.from(buffer, byteOffset, byteLength);
}
