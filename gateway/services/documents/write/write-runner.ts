import { setTimeout } from 'node:timers/promises';
import { Failure, type Metadata } from '../../../../metadata/index.ts';
import type { Collection, Databases } from '../databases.ts';
import { keyOf } from '../document-key.ts';
import type { DocumentStore } from '../document-store.ts';
import { planQuery } from '../plan/plan-query.ts';
import { Turns } from '../turns.ts';
import { DocumentValidators } from '../validate/document-validators.ts';
import { toJson } from '../values/write.ts';
import { atOperation } from './at-operation.ts';
import type { DocumentFinder } from './document-finder.ts';
import { Draft, type DraftDocument } from './draft.ts';
import { duplicateKey } from './duplicate-key.ts';
import { KeyedLock } from './keyed-lock.ts';
import { NOTHING, type PreparedWrite, type WriteContext, type WriteOutcome } from './prepared-write.ts';
import { MAX_SEARCH_MS } from './write-limits.ts';
import type { WritePlace } from './write-requests.ts';

export interface WriteParts {
  readonly metadata: Metadata;
  readonly databases: Databases;
  readonly store: DocumentStore;
  readonly finder: DocumentFinder;
  /** Is told of documents that a validator would have refused, had it been told to. */
  readonly warn?: ((message: string) => void) | undefined;
}

/** What a call came to. */
export interface Written {
  readonly outcomes: readonly WriteOutcome[];
  /** By the keys of what was written. */
  readonly etags: ReadonlyMap<string, string>;
}

export interface WriteOptions {
  readonly bypassDocumentValidation?: boolean | undefined;
  /** Failures tell by `OperationIndex` which write it was. */
  readonly isBatch?: boolean | undefined;
}

const MAX_ATTEMPTS = 30;
/** Beyond so many attempts it is others than this process that are first: they are given some time. */
const PATIENT_ATTEMPTS = 3;
const MAX_PAUSE_MS = 20;

/** Carries out the writes of a call in one transaction, as often as it takes to be the first. */
export class WriteRunner {
  readonly #parts: WriteParts;
  readonly #lock = new KeyedLock();
  readonly #validators: DocumentValidators;

  constructor(parts: WriteParts) {
    this.#parts = parts;
    this.#validators = new DocumentValidators(parts.warn);
  }

  /**
   * @throws Failure what the writes throw, `DuplicateKey`, `DocumentInvalid`, `DocumentTooLarge`, `QuotaExceeded`;
   * `ConditionalRequestConflict` where others were first again and again
   */
  async run(place: WritePlace, writes: readonly PreparedWrite[], options: WriteOptions = {}): Promise<Written> {
    let keys = new Set(ownKeys(place, writes));
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#lock.run(keys, () => this.#attempt(place, writes, options));
      if ('outcomes' in result) return result;
      if (attempt === MAX_ATTEMPTS) throw result.lost;
      if (attempt > PATIENT_ATTEMPTS) await setTimeout(Math.random() * MAX_PAUSE_MS);
      keys = new Set([...keys, ...[...result.keys].map((key) => lockName(place, key))]);
    }
  }

  async #attempt(
    place: WritePlace,
    writes: readonly PreparedWrite[],
    options: WriteOptions,
  ): Promise<Written | { readonly lost: Failure; readonly keys: Iterable<string> }> {
    const collection = await this.#open(place, writes);
    if (collection === undefined) return { outcomes: writes.map(nothing), etags: new Map() };
    const draft = new Draft(collection, { finder: this.#parts.finder, deadline: performance.now() + MAX_SEARCH_MS });
    const outcomes = await this.#draft(draft, writes, options);
    try {
      const { accountId } = place;
      const changes = draft.changes();
      const etags =
        changes.length === 0 ? new Map() : await this.#parts.store.apply(collection, { changes, accountId });
      return { outcomes, etags };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (isLost(error, { draft, outcomes })) return { lost: toFailure(error, draft, options), keys: draft.keys };
      throw toFailure(error, draft, options);
    }
  }

  /** Undefined where there is no collection, and nothing to make one for. */
  #open({ bucket, collection }: WritePlace, writes: readonly PreparedWrite[]): Promise<Collection | undefined> {
    const { databases } = this.#parts;
    const mayInsert = writes.some((write) => write.mayInsert);
    return mayInsert ? databases.ensure(bucket, collection) : databases.find(bucket, collection);
  }

  async #draft(draft: Draft, writes: readonly PreparedWrite[], options: WriteOptions): Promise<WriteOutcome[]> {
    const validate =
      options.bypassDocumentValidation === true ? () => undefined : this.#validators.of(draft.collection);
    const now = new Date();
    const requireEtag: WriteContext['requireEtag'] = (found, etag) => this.#requireEtag(draft.collection, found, etag);
    const outcomes: WriteOutcome[] = [];
    const turns = new Turns();
    for (const [operation, write] of writes.entries()) {
      try {
        outcomes.push(await write.run(draft, { operation, now, validate, requireEtag }));
      } catch (error) {
        throw options.isBatch === true ? atOperation(error, operation) : error;
      }
      if (turns.isDue) await turns.give();
    }
    return outcomes;
  }

  /** What was written between the reads has its conflict later. */
  async #requireEtag({ bucket }: Collection, found: DraftDocument | undefined, etag: string): Promise<void> {
    const row = found === undefined ? undefined : await this.#parts.metadata.queries.findObject(bucket.id, found.key);
    if (row?.etag !== etag) throw new Failure('PreconditionFailed', undefined, { Condition: 'If-Match' });
  }
}

function nothing({ isConditional }: PreparedWrite): WriteOutcome {
  if (isConditional) throw new Failure('PreconditionFailed', undefined, { Condition: 'If-Match' });
  return NOTHING;
}

/** Documents that are asked for by their ids, and what would be inserted where there is none: two of it would be one too many. */
function* ownKeys(place: WritePlace, writes: readonly PreparedWrite[]): Generator<string> {
  for (const { filter, mayInsert } of writes) {
    if (filter === undefined) continue;
    const plan = planQuery({ filter, sort: [], indexes: [] });
    if (plan.kind === 'ids') for (const id of plan.ids) yield lockName(place, keyOf(place.collection, id));
    else if (mayInsert) yield lockName(place, `${place.collection}?${JSON.stringify(toJson(filter, 'canonical'))}`);
  }
}

function lockName({ bucket }: WritePlace, name: string): string {
  return `${bucket.id} ${name}`;
}

/** Whether it is to be tried again: another was first, also with what was to be upserted. */
function isLost(error: Failure, { draft, outcomes }: { draft: Draft; outcomes: readonly WriteOutcome[] }): boolean {
  if (error.code === 'ConditionalRequestConflict') return true;
  const entry = draft.entry(error.detail.Key ?? '');
  return error.code === 'DuplicateKey' && entry !== undefined && outcomes[entry.operation]?.upserted !== undefined;
}

/** A failure of the transaction, in the words of the drivers. */
function toFailure(error: Failure, draft: Draft, { isBatch }: WriteOptions): Failure {
  const entry = draft.entry(error.detail.Key ?? '');
  if (entry === undefined) return error;
  const { Index: index = '_id_' } = error.detail;
  const isDuplicate = error.code === 'DuplicateKey' && entry.after !== undefined;
  const failure = isDuplicate ? duplicateKey(draft.collection, { index, document: entry.after }) : error;
  return isBatch === true ? (atOperation(failure, entry.operation) as Failure) : failure; // it was one
}
