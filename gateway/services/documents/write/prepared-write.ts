import { ObjectId } from 'bson';
import { Failure } from '../../../../metadata/index.ts';
import { type CompiledFilter, compileFilter } from '../filter/compile-filter.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { parseSort } from '../sort/compile-sort.ts';
import { Turns } from '../turns.ts';
import { type CompiledUpdate, compileReplacement, compileUpdate } from '../update/compile-update.ts';
import { upsertedDocument } from '../update/upserted-document.ts';
import type { Document, DocumentValue } from '../values/value.ts';
import { documentText } from '../values/write.ts';
import type { Draft, DraftDocument } from './draft.ts';
import type { DeleteOne, InsertOne, UpdateOne, WriteOperation } from './write-requests.ts';

/** What became of a write. */
export interface WriteOutcome {
  readonly inserted?: { readonly id: DocumentValue } | undefined;
  readonly upserted?: { readonly id: DocumentValue } | undefined;
  readonly matchedCount: number;
  readonly modifiedCount: number;
  readonly deletedCount: number;
  /** Of the one document that is written: its key, and what it was and is. */
  readonly key?: string | undefined;
  readonly before?: Document | undefined;
  readonly after?: Document | undefined;
}

/** A write that has been checked, and may be tried as often as it takes. */
export interface PreparedWrite {
  /** The filter that it looks for documents with. */
  readonly filter?: Document | undefined;
  readonly mayInsert: boolean;
  /** It asks for what there is by its ETag. */
  readonly isConditional: boolean;
  run(draft: Draft, context: WriteContext): Promise<WriteOutcome>;
}

export interface WriteContext {
  /** The place of the write in its call. */
  readonly operation: number;
  readonly now: Date;
  /** What every document must pass that is written. @throws Failure `DocumentInvalid` */
  readonly validate: (document: Document) => void;
  /** @throws Failure `PreconditionFailed` */
  readonly requireEtag: (found: DraftDocument | undefined, etag: string) => Promise<void>;
}

/** Nothing was found. */
export const NOTHING: WriteOutcome = { matchedCount: 0, modifiedCount: 0, deletedCount: 0 };

/** @throws Failure `InvalidQuery` for what is no write */
export function prepareWrite(operation: WriteOperation): PreparedWrite {
  if ('insertOne' in operation) return prepareInsert(operation.insertOne);
  if ('updateOne' in operation) return prepareUpdate(operation.updateOne, { isMany: false });
  if ('updateMany' in operation) return prepareUpdate(operation.updateMany, { isMany: true });
  if ('replaceOne' in operation) {
    const { replacement, ...one } = operation.replaceOne;
    return preparePut(one, { isMany: false, update: compileReplacement(replacement) });
  }
  if ('deleteOne' in operation) return prepareDelete(operation.deleteOne, { isMany: false });
  if ('deleteMany' in operation) return prepareDelete(operation.deleteMany, { isMany: true });
  throw new Failure(
    'InvalidQuery',
    'A write is insertOne, updateOne, updateMany, replaceOne, deleteOne or deleteMany.',
  );
}

/** The id is made once, however often it is tried. */
function prepareInsert({ document }: InsertOne): PreparedWrite {
  const dollar = Object.keys(document).find((name) => name.startsWith('$'));
  if (dollar !== undefined) {
    throw new Failure('InvalidDocument', `Document must not contain '$' fields at its top: '${dollar}'.`);
  }
  const whole = withId(document);
  return {
    mayInsert: true,
    isConditional: false,
    async run(draft, { operation, validate }) {
      validate(whole);
      const key = draft.insert(whole, operation);
      return { ...NOTHING, inserted: { id: whole._id ?? null }, key, after: whole };
    },
  };
}

/** `_id` comes first, as in MongoDB. */
function withId(document: Document): Document {
  const { _id: id, ...fields } = document;
  return { _id: id === undefined ? new ObjectId() : id, ...fields };
}

interface HowMany {
  readonly isMany: boolean;
}

function prepareUpdate(request: UpdateOne, { isMany }: HowMany): PreparedWrite {
  const { update, arrayFilters, ...chosen } = request;
  if (!Array.isArray(update) && !isOperatorUpdate(update as Document)) {
    throw invalidQuery('Update document requires atomic operators');
  }
  return preparePut(chosen, { isMany, update: compileUpdate(update, { arrayFilters }) });
}

function isOperatorUpdate(update: Document): boolean {
  return Object.keys(update)[0]?.startsWith('$') === true;
}

type Chosen = Omit<UpdateOne, 'update' | 'arrayFilters'>;

function preparePut(chosen: Chosen, { isMany, update }: HowMany & { readonly update: CompiledUpdate }): PreparedWrite {
  const filter = compileFilter(chosen.filter);
  const find = finding(chosen, { filter, isMany });
  const isUpsert = chosen.upsert === true;
  const change = update.isReplacement ? 'replace' : undefined;
  return {
    filter: chosen.filter,
    mayInsert: isUpsert,
    isConditional: chosen.ifMatch !== undefined,
    async run(draft, context) {
      const found = await find(draft, context);
      if (found.length === 0) return isUpsert ? upsert(draft, { chosen, update, context }) : NOTHING;
      let modifiedCount = 0;
      let written: WriteOutcome = NOTHING;
      const turns = new Turns();
      for (const each of found) {
        const matchedIndex = update.isPositional ? filter.matchedIndex(each.document) : undefined;
        const after = update.apply(each.document, { isInsert: false, matchedIndex, now: context.now });
        const isModified = after !== each.document && documentText(after) !== documentText(each.document);
        if (isModified) {
          context.validate(after);
          draft.change(each, { after, operation: context.operation, change });
          modifiedCount += 1;
        }
        written = { ...NOTHING, key: each.key, before: each.document, after: isModified ? after : each.document };
        if (turns.isDue) await turns.give();
      }
      return { ...(isMany ? NOTHING : written), matchedCount: found.length, modifiedCount };
    },
  };
}

function upsert(
  draft: Draft,
  parts: { readonly chosen: Chosen; readonly update: CompiledUpdate; readonly context: WriteContext },
): WriteOutcome {
  const { chosen, update, context } = parts;
  const after = upsertedDocument(chosen.filter, { update, now: context.now });
  context.validate(after);
  const key = draft.insert(after, context.operation);
  return { ...NOTHING, upserted: { id: after._id ?? null }, key, after };
}

function prepareDelete(chosen: DeleteOne, { isMany }: HowMany): PreparedWrite {
  const find = finding(chosen, { filter: compileFilter(chosen.filter), isMany });
  return {
    filter: chosen.filter,
    mayInsert: false,
    isConditional: chosen.ifMatch !== undefined,
    async run(draft, context) {
      const found = await find(draft, context);
      for (const each of found) draft.change(each, { after: undefined, operation: context.operation });
      const [first] = found;
      const one = isMany ? {} : { key: first?.key, before: first?.document };
      return { ...NOTHING, ...one, deletedCount: found.length };
    },
  };
}

/** Finds what is meant, and asks whether it is as it must be. */
function finding(
  { filter, sort, hint, maxTimeMs, ifMatch }: DeleteOne,
  parts: { readonly filter: CompiledFilter; readonly isMany: boolean },
): (draft: Draft, context: WriteContext) => Promise<DraftDocument[]> {
  if (sort !== undefined) parseSort(sort);
  const search = { filter, sort, hint, maxTimeMs, limit: parts.isMany ? undefined : 1 };
  return async (draft, { requireEtag }) => {
    const found = await draft.find(search, parts.filter);
    if (ifMatch !== undefined) await requireEtag(found[0], ifMatch);
    return found;
  };
}
