import { ObjectId } from 'bson';
import { invalidQuery } from '../filter/invalid-query.ts';
import { isOperators } from '../filter/operator-name.ts';
import { type Document, type DocumentValue, isDocument, typeOf } from '../values/value.ts';
import { changeAt } from './change-at.ts';
import type { CompiledUpdate } from './compile-update.ts';
import type { UpdateContext } from './update-context.ts';
import { parseUpdatePath } from './update-path.ts';

/**
 * The document that an upsert inserts: what the filter's equalities say, changed by the update, with an id.
 * @throws Failure `InvalidQuery` where the filter says two things of a field, and what the update throws
 */
export function upsertedDocument(
  filter: Document,
  { update, now }: { readonly update: CompiledUpdate; readonly now: Date },
): Document {
  const equalities = equalitiesOf(filter);
  const ofId = equalities.get('_id');
  const start = update.isReplacement ? (ofId === undefined ? {} : { _id: ofId }) : toDocument(equalities, now);
  const { _id: id, ...fields } = update.apply(start, { isInsert: true, now });
  return { _id: id === undefined ? new ObjectId() : id, ...fields };
}

function toDocument(equalities: ReadonlyMap<string, DocumentValue>, now: Date): Document {
  const context: UpdateContext = {
    isInsert: true,
    now,
    matchedIndex: undefined,
    arrayFilters: new Map(),
    conflicts: undefined,
    original: {},
  };
  let document: Document = {};
  for (const [text, value] of equalities) {
    const path = parseUpdatePath(text);
    document = changeAt(document, { path, context, field: { creates: true, change: () => value } });
  }
  return document;
}

/** What the filter says that fields are: by `$eq`, also within `$and`, and by `$in`, `$all` and `$or` of one. */
function equalitiesOf(filter: Document): ReadonlyMap<string, DocumentValue> {
  const found = new Map<string, DocumentValue>();
  for (const [path, value] of clauses(filter)) {
    for (const other of found.keys()) requireApart(path, other);
    found.set(path, value);
  }
  return found;
}

function requireApart(path: string, other: string): void {
  if (path === other) throw invalidQuery(`cannot infer query fields to set, path '${path}' is matched twice`);
  if (path.startsWith(`${other}.`) || other.startsWith(`${path}.`)) {
    throw invalidQuery(`cannot infer query fields to set, both paths '${path}' and '${other}' are matched`);
  }
}

function* clauses(filter: Document): Generator<[path: string, value: DocumentValue]> {
  for (const [name, operand] of Object.entries(filter)) {
    const isAll = name === '$and' || (name === '$or' && Array.isArray(operand) && operand.length === 1);
    if (isAll && Array.isArray(operand)) {
      for (const branch of operand) if (isDocument(branch)) yield* clauses(branch);
    }
    if (name.startsWith('$')) continue;
    const value = equalityOf(operand);
    if (value !== undefined) yield [name, value];
  }
}

/** Undefined for a condition that says more, or less, than what the field is. */
function equalityOf(condition: DocumentValue): DocumentValue | undefined {
  if (typeOf(condition) === 'regex') return undefined;
  if (!isOperators(condition)) return condition;
  if (condition.$eq !== undefined) return condition.$eq;
  const only = onlyItem(condition.$in) ?? onlyItem(condition.$all);
  return only === undefined || typeOf(only) === 'regex' || isOperators(only) ? undefined : only;
}

function onlyItem(list: DocumentValue | undefined): DocumentValue | undefined {
  return list !== undefined && Array.isArray(list) && list.length === 1 ? list[0] : undefined;
}
