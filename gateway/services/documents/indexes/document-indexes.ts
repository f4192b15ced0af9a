import { Failure, type Metadata, type PlacedIndexRow } from '../../../../metadata/index.ts';
import type { Collection } from '../databases.ts';
import { type DocumentIndex, ID_INDEX, type IndexDefinition, toIndex } from '../document-index.ts';
import { buildIndex, type IndexBuild } from './build-index.ts';
import { type IndexRequest, nameOf, type ParsedIndex, parseIndex } from './parse-index.ts';

/** An index as MongoDB lists it. */
export interface ListedIndex {
  readonly v: 2;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly name: string;
  readonly unique?: true;
  readonly sparse?: true;
  readonly expireAfterSeconds?: number;
  /** It is not read yet. */
  readonly isBuilding?: true;
}

export interface CreatedIndex {
  readonly name: string;
  /** False: there was the same before. */
  readonly isNew: boolean;
}

/** "A single collection can have no more than 64 indexes", the one of ids with them. */
const MAX_INDEXES = 63;

/** Indexes of collections. */
export class DocumentIndexes {
  readonly #metadata: Metadata;
  /** Under way in this process, by the index. */
  readonly #builds = new Map<number, Promise<void>>();

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /**
   * Makes an index, and resolves when it is read. The same again changes nothing.
   * @throws Failure `InvalidQuery`; `IndexConflict` for the name or the fields of another; `DuplicateKey` where it cannot be
   * unique, `InvalidDocument` where it cannot have a document that is there: then there is no such index
   */
  async create(collection: Collection, request: IndexRequest): Promise<CreatedIndex> {
    const parsed = parseIndex(request);
    if (nameOf(parsed.definition.fields) === '_id_1') return { name: ID_INDEX, isNew: false };
    if (parsed.name === ID_INDEX) throw new Failure('IndexConflict', `'${ID_INDEX}' is the index of all ids.`);
    const existing = await this.#all(collection.row.id);
    const same = findSame(existing, parsed);
    if (same !== undefined) {
      if (!same.isReady) await this.#build(buildOf(collection, same));
      return { name: same.name, isNew: false };
    }
    if (existing.length >= MAX_INDEXES) throw new Failure('InvalidQuery', 'A collection has 64 indexes at most.');
    await this.#build(buildOf(collection, await this.#begin(collection, parsed)));
    return { name: parsed.name, isNew: true };
  }

  /** That of the ids first. */
  async list({ row }: Collection): Promise<ListedIndex[]> {
    const indexes = await this.#all(row.id);
    return [{ v: 2, key: { _id: 1 }, name: ID_INDEX }, ...indexes.map(toListed)];
  }

  /** @throws Failure `NoSuchIndex`, `InvalidQuery` for the index of ids */
  async drop({ row }: Collection, name: string): Promise<void> {
    if (name === ID_INDEX) throw new Failure('InvalidQuery', 'cannot drop _id index', { Field: 'name' });
    const index = (await this.#all(row.id)).find((each) => each.name === name);
    if (index === undefined) throw new Failure('NoSuchIndex', `There is no index '${name}'.`);
    await this.#metadata.mutations.dropDocumentIndex({ collectionId: row.id, indexId: index.id });
  }

  /** Finishes what a gateway that was stopped has left unfinished; what cannot be is removed, and `onFailure` told. */
  async resume(onFailure: (error: unknown, what: { collection: string; index: string }) => void): Promise<void> {
    for (const row of await this.#metadata.queries.listUnfinishedIndexes()) {
      await this.#resume(row).catch((error: unknown) => {
        onFailure(error, { collection: row.collection, index: row.name });
      });
    }
  }

  async #resume(row: PlacedIndexRow): Promise<void> {
    const bucket = await this.#metadata.queries.findBucket(row.bucket);
    if (bucket === undefined) return;
    const { collection, collection_id: collectionId } = row;
    await this.#build({ bucketId: bucket.id, collectionId, collection, index: toIndex(row) });
  }

  async #all(collectionId: number): Promise<DocumentIndex[]> {
    return (await this.#metadata.queries.listDocumentIndexes(collectionId)).map(toIndex);
  }

  async #begin({ row }: Collection, { name, definition }: ParsedIndex): Promise<DocumentIndex> {
    const begun = await this.#metadata.mutations.createDocumentIndex({
      collectionId: row.id,
      name,
      definition: JSON.stringify(definition),
      isUnique: definition.isUnique,
      at: new Date().toISOString(),
    });
    return toIndex(begun);
  }

  /** Several who want the same index wait for the same. */
  #build(build: IndexBuild): Promise<void> {
    const { id } = build.index;
    const underWay = this.#builds.get(id);
    if (underWay !== undefined) return underWay;
    const built = buildIndex(this.#metadata, build).finally(() => this.#builds.delete(id));
    this.#builds.set(id, built);
    return built;
  }
}

function buildOf({ bucket, row, name }: Collection, index: DocumentIndex): IndexBuild {
  return { bucketId: bucket.id, collectionId: row.id, collection: name, index };
}

/** @throws Failure `IndexConflict` */
function findSame(existing: readonly DocumentIndex[], { name, definition }: ParsedIndex): DocumentIndex | undefined {
  const byName = existing.find((index) => index.name === name);
  const byFields = existing.find((index) => nameOf(index.fields) === nameOf(definition.fields));
  const found = byName ?? byFields;
  if (found === undefined || (found.name === name && isSame(found, definition))) return found;
  throw new Failure(
    'IndexConflict',
    found === byName
      ? `There is an index '${name}' already, which is another.`
      : `There is an index of the same fields already: '${found.name}'.`,
  );
}

function isSame(a: IndexDefinition, b: IndexDefinition): boolean {
  const isOfSameFields = nameOf(a.fields) === nameOf(b.fields);
  const hasSameOptions = a.isUnique === b.isUnique && a.isSparse === b.isSparse;
  return isOfSameFields && hasSameOptions && a.expireAfterSeconds === b.expireAfterSeconds;
}

function toListed({ name, fields, isUnique, isSparse, expireAfterSeconds, isReady }: DocumentIndex): ListedIndex {
  return {
    v: 2,
    key: Object.fromEntries(fields.map(({ path, isDescending }) => [path, isDescending ? -1 : 1])),
    name,
    ...(isUnique ? { unique: true } : {}),
    ...(isSparse ? { sparse: true } : {}),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
    ...(isReady ? {} : { isBuilding: true }),
  };
}
