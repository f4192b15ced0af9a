import { createHash } from 'node:crypto';
import {
  type AccountRow,
  type BucketRow,
  type CollectionRow,
  Failure,
  type Metadata,
} from '../../../metadata/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import { type DocumentIndex, toIndex } from './document-index.ts';
import { requireCollectionName } from './document-key.ts';

export interface DatabasesParts {
  readonly metadata: Metadata;
  readonly region: string;
}

/** What a collection is told. */
export interface CollectionOptions {
  /** `{ "$jsonSchema": ... }` or a filter: what its documents must be. */
  readonly validator?: object | undefined;
  readonly validationAction?: 'error' | 'warn' | undefined;
}

/** A collection as it was when it was looked up. */
export interface Collection {
  readonly bucket: BucketRow;
  readonly row: CollectionRow;
  readonly name: string;
  readonly options: CollectionOptions;
  /** Also those that are being built. */
  readonly indexes: readonly DocumentIndex[];
}

const MAX_SLUG = 48;

/** The bucket of each account's documents, and the collections in it. */
export class Databases {
  readonly #parts: DatabasesParts;

  constructor(parts: DatabasesParts) {
    this.#parts = parts;
  }

  /** The database of an account, made where it has none yet. @throws Failure `NoSuchAccount` */
  async open(account: AccountRow, actor: Actor): Promise<BucketRow> {
    const { metadata, region } = this.#parts;
    const existing = await metadata.queries.findDatabase(account.id);
    if (existing !== undefined) return existing;
    const audit = auditEntry(actor, 'database.created', { accountId: account.id });
    return metadata.mutations.ensureDatabase({
      accountId: account.id,
      names: bucketNames(account),
      region,
      at: audit.at,
      audit,
    });
  }

  /** @throws Failure `NoSuchCollection`, `InvalidQuery` for what is no name of one */
  async get(bucket: BucketRow, name: string): Promise<Collection> {
    const found = await this.find(bucket, name);
    if (found !== undefined) return found;
    throw new Failure('NoSuchCollection', `There is no collection '${name}'.`);
  }

  /** @throws Failure `InvalidQuery` for what is no name of one */
  async find(bucket: BucketRow, name: string): Promise<Collection | undefined> {
    const { queries } = this.#parts.metadata;
    const row = await queries.findCollection({ bucketId: bucket.id, name: requireCollectionName(name) });
    if (row === undefined) return undefined;
    const indexes = (await queries.listDocumentIndexes(row.id)).map(toIndex);
    return { bucket, row, name, options: JSON.parse(row.options) as CollectionOptions, indexes };
  }

  /** As it is, or made: writing to a collection makes it. */
  async ensure(bucket: BucketRow, name: string): Promise<Collection> {
    const found = await this.find(bucket, name);
    if (found !== undefined) return found;
    const at = new Date().toISOString();
    await this.#parts.metadata.mutations.createCollection({
      bucketId: bucket.id,
      name,
      options: '{}',
      at,
      ifAbsent: true,
    });
    return this.get(bucket, name);
  }
}

/** What the bucket may be called: after its account, and with more to it where that is taken. */
function bucketNames({ id, name }: AccountRow): string[] {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG)
    .replace(/^-|-$/g, '');
  const digest = createHash('sha256').update(id).digest('hex');
  return [`db-${slug}`, `db-${slug}-${digest.slice(0, 8)}`, `db-${digest.slice(0, 32)}`];
}
