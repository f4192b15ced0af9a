import { type Found, MISSING } from '../field-path.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { type Document, type DocumentValue, isDocument, typeOf } from '../values/value.ts';
import { changeAt } from './change-at.ts';
import { shown } from './shown.ts';
import type { UpdateContext } from './update-context.ts';
import { parseUpdatePath, type UpdatePath } from './update-path.ts';

/** A field that is to be called otherwise. */
export interface Rename {
  readonly from: UpdatePath;
  readonly to: UpdatePath;
}

/** @throws Failure `InvalidQuery` */
export function parseRename(source: string, target: DocumentValue): Rename {
  if (typeof target !== 'string') {
    throw invalidQuery(`The 'to' field for $rename must be a string: ${source}: ${shown(target)}`, '$rename');
  }
  const [from, to] = [parseUpdatePath(source), parseUpdatePath(target)];
  if (source === target) {
    throw invalidQuery(`The source and target field for $rename must differ: ${source}: "${target}"`, '$rename');
  }
  requireStatic(from, 'source');
  requireStatic(to, 'destination');
  return { from, to };
}

function requireStatic({ text, steps }: UpdatePath, role: string): void {
  if (steps.every(({ kind }) => kind === 'name')) return;
  throw invalidQuery(`The ${role} field for $rename may not be dynamic: ${text}`, '$rename');
}

/** "Renames a field", in the place of one that has the new name. Where there is none nothing happens. */
export function rename(document: Document, { from, to }: Rename, context: UpdateContext): Document {
  const value = outsideArrays(document, from, { role: 'source', context });
  if (value === MISSING) return document;
  outsideArrays(document, to, { role: 'destination', context });
  const removed = changeAt(document, { path: from, context, field: { creates: false, change: () => MISSING } });
  return changeAt(removed, { path: to, context, field: { creates: true, change: () => value } });
}

/** "$rename does not work on embedded documents in arrays." */
function outsideArrays(
  document: Document,
  { text, steps }: UpdatePath,
  { role, context }: { readonly role: string; readonly context: UpdateContext },
): Found {
  let value: Found = document;
  let name = '';
  for (const step of steps) {
    if (Array.isArray(value)) {
      throw invalidQuery(
        `The ${role} field cannot be an array element, '${text}' in doc with ${shown({ _id: context.original._id ?? null }).slice(1, -1)} has an array field called '${name}'`,
        '$rename',
      );
    }
    name = step.kind === 'name' ? step.name : '';
    if (value === MISSING || !isDocument(value)) return role === 'source' ? blockedSource(value, text, name) : MISSING;
    value = Object.hasOwn(value, name) ? (value[name] ?? null) : MISSING;
  }
  return value;
}

function blockedSource(value: Found, path: string, name: string): Found {
  if (value === MISSING) return MISSING;
  throw invalidQuery(
    `cannot use the part (${name} of ${path}) to traverse the element of type ${typeOf(value)}`,
    '$rename',
  );
}
