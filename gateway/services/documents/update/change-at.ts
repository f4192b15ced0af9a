import { type Found, MISSING } from '../field-path.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { MAX_ARRAY_GROWTH } from '../values/limits.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { shown } from './shown.ts';
import type { FieldChange, Spot, UpdateContext } from './update-context.ts';
import { type Step, stepText, type UpdatePath } from './update-path.ts';

interface Walk {
  readonly path: UpdatePath;
  readonly field: FieldChange;
  readonly context: UpdateContext;
}

/**
 * The document with what a path leads to changed. What was given is never changed itself, and is given back where nothing is.
 * @throws Failure `InvalidQuery` where the path leads nowhere, in MongoDB's words
 */
export function changeAt(document: Document, walk: Walk): Document {
  return changed(document, [], walk) as Document; // a path has a first step, and so it stays a document
}

function changed(value: Found, names: readonly string[], walk: Walk): Found {
  const step = walk.path.steps[names.length];
  if (step === undefined) return atEnd(value, { names, context: walk.context }, walk);
  if (step.kind === 'all' || step.kind === 'filtered') return inElements(value, names, { ...walk, step });
  const name = step.kind === 'name' ? step.name : matchedName(walk);
  if (value === MISSING) return inNothing([...names, name], walk);
  if (Array.isArray(value)) return inArray(value, [...names, name], walk);
  if (isDocument(value)) return inDocument(value, [...names, name], walk);
  return blocked(value, [...names, name], walk);
}

function atEnd(value: Found, spot: Spot, { field, context }: Walk): Found {
  context.conflicts?.add(spot.names);
  return field.change(value, spot);
}

function matchedName({ context }: Walk): string {
  if (context.matchedIndex !== undefined) return String(context.matchedIndex);
  throw invalidQuery('The positional operator did not find the match needed from the query.');
}

function inNothing(names: readonly string[], walk: Walk): Found {
  const isOver = !walk.field.creates && names.length < walk.path.steps.length;
  const value = isOver ? MISSING : changed(MISSING, names, walk);
  return value === MISSING ? MISSING : { [nameOf(names)]: value };
}

function nameOf(names: readonly string[]): string {
  return names.at(-1) ?? '';
}

function inDocument(document: Document, names: readonly string[], walk: Walk): Document {
  const name = nameOf(names);
  const before = Object.hasOwn(document, name) ? (document[name] ?? null) : MISSING;
  const after = changed(before, names, walk);
  if (after === before) return document;
  if (after !== MISSING) return { ...document, [name]: after };
  const { [name]: _, ...others } = document;
  return others;
}

const INDEX = /^(0|[1-9]\d{0,9})$/;

function inArray(items: readonly DocumentValue[], names: readonly string[], walk: Walk): Found {
  const name = nameOf(names);
  if (!INDEX.test(name)) return blocked(items, names, walk);
  const index = Number(name);
  const before = index < items.length ? (items[index] ?? null) : MISSING;
  const after = changed(before, names, walk);
  if (after === before) return items;
  if (index - items.length >= MAX_ARRAY_GROWTH) {
    throw invalidQuery(`can't backfill more than ${MAX_ARRAY_GROWTH} elements`);
  }
  const padding = new Array<DocumentValue>(Math.max(0, index - items.length)).fill(null);
  return [...items.slice(0, index), ...padding, after === MISSING ? null : after, ...items.slice(index + 1)];
}

function inElements(value: Found, names: readonly string[], walk: Walk & { readonly step: Step }): Found {
  const { step, context } = walk;
  const way = names.join('.');
  if (value === MISSING) {
    throw invalidQuery(`The path '${way}' must exist in the document in order to apply array updates.`);
  }
  if (!Array.isArray(value)) {
    throw invalidQuery(`Cannot apply array updates to non-array element ${nameOf(names)}: ${shown(value)}`);
  }
  const filter = step.kind === 'filtered' ? context.arrayFilters.get(step.identifier) : undefined;
  const identifier = step.kind === 'filtered' ? step.identifier : '';
  let isChanged = false;
  const items = value.map((item: DocumentValue, at) => {
    const here = [...names, String(at)];
    if (filter?.test({ [identifier]: originalAt(context.original, here) }) === false) return item;
    const after = changed(item, here, walk);
    isChanged ||= after !== item;
    return after === MISSING ? null : after;
  });
  return isChanged ? items : value;
}

/** What names lead to, without any detours. */
function originalAt(document: Document, names: readonly string[]): DocumentValue {
  let value: DocumentValue = document;
  for (const name of names) {
    if (Array.isArray(value)) value = value[Number(name)] ?? null;
    else value = isDocument(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null;
  }
  return value;
}

function blocked(value: DocumentValue, names: readonly string[], { path, field }: Walk): Found {
  if (field.ignoresBlocked === true) return value;
  const name = stepText(path.steps[names.length - 1] as Step); // it is the step that led nowhere
  const element = shown({ [names.at(-2) ?? '']: value });
  if (field.creates) throw invalidQuery(`Cannot create field '${name}' in element ${element}`);
  throw invalidQuery(`Cannot use the part (${name}) of (${path.text}) to traverse the element (${element})`);
}
