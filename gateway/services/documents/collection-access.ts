import { type BucketRow, Failure } from '../../../metadata/index.ts';
import type { Access, Decision } from '../access/index.ts';
import type { Asker } from '../drive/asker.ts';
import { prefixOf } from './document-key.ts';

/** A collection by its name, or one document of it by its key, in somebody's database. */
export interface CollectionPlace {
  readonly bucket: BucketRow;
  readonly name: string;
  /** Of the document that it is about alone. */
  readonly key?: string | undefined;
}

/** What one may want of a collection. */
export type CollectionRight = 'read' | 'write' | 'delete' | 'administer' | 'drop';

/** What S3 has no word for: making a collection, its options and its indexes. No grant but ADMIN allows it. */
export const ADMINISTER_COLLECTION = 'gatehouse:AdministerCollection';

/** Which actions that takes, on the keys of the documents: what S3 would be asked for the same. */
const ACTIONS: Readonly<Record<CollectionRight, readonly string[]>> = {
  read: ['s3:GetObject', 's3:ListBucket'],
  write: ['s3:PutObject'],
  delete: ['s3:DeleteObject'],
  administer: ['s3:PutObject', ADMINISTER_COLLECTION],
  drop: ['s3:DeleteObject', ADMINISTER_COLLECTION],
};

/** Who may do what with a collection: the one evaluator decides, as for the objects that its documents are. */
export class CollectionAccess {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /**
   * @throws Failure `AccessDenied` with the statement that decided as its cause; `NoSuchCollection` to who may not even know
   * whether there is such a collection
   */
  async require(asker: Asker, place: CollectionPlace, ...rights: readonly CollectionRight[]): Promise<void> {
    for (const right of rights) {
      for (const action of actionsOf(right, place)) {
        const decision = await this.#decide(asker, place, action);
        if (!decision.allowed) throw await this.#refusal(asker, place, decision);
      }
    }
  }

  async may(asker: Asker, place: CollectionPlace, right: CollectionRight): Promise<boolean> {
    for (const action of actionsOf(right, place)) {
      if (!(await this.#decide(asker, place, action)).allowed) return false;
    }
    return true;
  }

  async #refusal(asker: Asker, place: CollectionPlace, { statement }: Decision): Promise<Failure> {
    const cause = new Error(statement);
    if (await this.#mayKnow(asker, place)) {
      return new Failure('AccessDenied', 'You may not do that with the collection.', {}, { cause });
    }
    return noSuchCollection(place.name, { cause });
  }

  /** Owners see all of their database, others what they may do something with. */
  async #mayKnow(asker: Asker, place: CollectionPlace): Promise<boolean> {
    const { principal } = asker;
    if (principal.kind === 'account' && principal.account.id === place.bucket.account_id) return true;
    for (const action of ['s3:GetObject', 's3:ListBucket']) {
      if ((await this.#decide(asker, place, action)).allowed) return true;
    }
    return false;
  }

  #decide({ principal, context }: Asker, place: CollectionPlace, action: string): Decision | Promise<Decision> {
    const { bucket, name, key } = place;
    const isList = action === 's3:ListBucket';
    const prefix = prefixOf(name);
    return this.#access.decide({
      principal,
      action,
      resource: { kind: 'bucket', bucket, key: isList ? undefined : (key ?? prefix) },
      context: isList ? { get: (asked) => (asked === 's3:prefix' ? prefix : context.get(asked)) } : context,
    });
  }
}

/** Reading one document lists nothing. */
function actionsOf(right: CollectionRight, { key }: CollectionPlace): readonly string[] {
  return right === 'read' && key !== undefined ? ['s3:GetObject'] : ACTIONS[right];
}

export function noSuchCollection(name: string, options?: ErrorOptions): Failure {
  return new Failure('NoSuchCollection', `There is no collection '${name}'.`, {}, options);
}
