import { compileExpression, type Expression } from '../expressions/compile-expression.ts';
import { isTrue } from '../filter/element.ts';
import { integerOf, isNumeric } from '../filter/integers.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { parsePath } from '../filter/query-limits.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';

/** What a projection says of one path. */
export type ProjectionEntry = { readonly path: readonly string[] } & (
  | { readonly kind: 'include' | 'exclude' | 'positional' }
  | { readonly kind: 'compute'; readonly expression: Expression }
  | { readonly kind: 'slice'; readonly slice: Slice }
  | { readonly kind: 'elemMatch'; readonly criteria: Document }
);

/** Elements of an array: from one, counted from the end where it is negative, so many. */
export interface Slice {
  readonly skip: number;
  readonly limit: number;
}

type Said =
  Exclude<ProjectionEntry, 'path'> extends infer Each ? (Each extends unknown ? Omit<Each, 'path'> : never) : never;

/** All that a projection says, nested documents as the dotted paths that they stand for. @throws Failure `InvalidQuery` */
export function parseEntries(projection: Document, prefix = ''): ProjectionEntry[] {
  return Object.keys(projection).flatMap((name) => {
    const value = projection[name] ?? null;
    const path = `${prefix}${name}`;
    if (!isDocument(value) || Object.keys(value)[0]?.startsWith('$') === true) return [parseEntry(path, value)];
    if (Object.keys(value).length > 0) return parseEntries(value, `${path}.`);
    throw invalidQuery(`An empty sub-projection is not a valid value. Found empty object at path '${path}'`);
  });
}

function parseEntry(path: string, value: DocumentValue): ProjectionEntry {
  if (path.endsWith('.$') && path.indexOf('.$') === path.length - 2) {
    if (!isFlag(value) || !isTrue(value)) throw invalidQuery(`Positional projection '${path}' cannot be excluded`, '$');
    return { path: requireNames(path.slice(0, -2)), kind: 'positional' };
  }
  return { path: requireNames(path), ...whatIsSaid(path, value) } as ProjectionEntry; // one of its kinds, with a path
}

function requireNames(path: string): readonly string[] {
  const names = parsePath(path);
  if (names.slice(1).includes('$')) {
    throw invalidQuery('Positional projection may only be used at the end, for example: a.b.$', '$');
  }
  if (names.includes('')) throw invalidQuery('FieldPath field names may not be empty strings.');
  if (names.some((name) => name.startsWith('$'))) {
    throw invalidQuery(`FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
  }
  return names;
}

function isFlag(value: DocumentValue): boolean {
  return typeof value === 'boolean' || isNumeric(value);
}

function whatIsSaid(path: string, value: DocumentValue): Said {
  if (isFlag(value)) return { kind: isTrue(value) ? 'include' : 'exclude' };
  const operator = isDocument(value) ? Object.keys(value)[0] : undefined;
  const operand = operator === undefined ? null : ((value as Document)[operator] ?? null); // it has that name
  if (operator === '$elemMatch') return elementMatch(path, operand);
  const slice = operator === '$slice' ? parseSlice(operand) : undefined;
  return slice === undefined ? { kind: 'compute', expression: compileExpression(value) } : { kind: 'slice', slice };
}

function elementMatch(path: string, criteria: DocumentValue): Said {
  if (path.includes('.')) throw invalidQuery('Cannot use $elemMatch projection on a nested field.', '$elemMatch');
  if (isDocument(criteria)) return { kind: 'elemMatch', criteria };
  throw invalidQuery('elemMatch: Invalid argument, object required', '$elemMatch');
}

/** Undefined for the operator of aggregations that has the same name. */
function parseSlice(operand: DocumentValue): Slice | undefined {
  if (isNumeric(operand)) {
    const count = requireInteger(operand);
    return count < 0 ? { skip: count, limit: -count } : { skip: 0, limit: count };
  }
  if (!Array.isArray(operand) || operand.length !== 2 || !isNumeric(operand[0])) {
    if (Array.isArray(operand) && operand.length > 1) return undefined;
    throw invalidQuery(
      'Invalid $slice syntax: it takes a number, or how many to skip and how many to return',
      '$slice',
    );
  }
  const limit = requireInteger(operand[1]);
  if (limit <= 0) throw invalidQuery('Invalid $slice syntax: the number to return must be positive', '$slice');
  return { skip: requireInteger(operand[0]), limit };
}

function requireInteger(value: DocumentValue): number {
  const integer = integerOf(value);
  if (integer === undefined) throw invalidQuery('Invalid $slice syntax: it takes integers', '$slice');
  return Number(integer);
}
