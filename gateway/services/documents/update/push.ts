import { MISSING } from '../field-path.ts';
import { integerOf } from '../filter/integers.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { compileSort, parseSort } from '../sort/compile-sort.ts';
import { compareValues } from '../values/compare.ts';
import { type Document, type DocumentValue, isDocument, typeOf } from '../values/value.ts';
import { type FieldChange, lastName, shownId } from './update-context.ts';

interface Push {
  readonly items: readonly DocumentValue[];
  /** From the end where it is negative. */
  readonly position: number | undefined;
  readonly compare: Compare | undefined;
  /** The first so many, or the last where it is negative. */
  readonly slice: number | undefined;
}

type Compare = (a: DocumentValue, b: DocumentValue) => number;

/** Adds elements, "sorts the array, slices it", in that order, "regardless of the order in which the modifiers appear". */
export function $push(operand: DocumentValue): FieldChange {
  const push = parsePush(operand);
  return {
    creates: true,
    change: (value, spot) => {
      if (value !== MISSING && !Array.isArray(value)) {
        throw invalidQuery(
          `The field '${lastName(spot)}' must be an array but is of type ${typeOf(value)} in document ${shownId(spot)}`,
          '$push',
        );
      }
      return pushed(value === MISSING ? [] : value, push);
    },
  };
}

function pushed(before: readonly DocumentValue[], { items, position, compare, slice }: Push): DocumentValue[] {
  const at = position === undefined ? before.length : Math.min(fromEnd(position, before.length), before.length);
  const all = [...before.slice(0, at), ...items, ...before.slice(at)];
  if (compare !== undefined) all.sort(compare);
  if (slice === undefined) return all;
  return slice >= 0 ? all.slice(0, slice) : all.slice(slice);
}

function fromEnd(position: number, length: number): number {
  return position < 0 ? Math.max(0, length + position) : position;
}

const CLAUSES: ReadonlySet<string> = new Set(['$each', '$position', '$slice', '$sort']);

function parsePush(operand: DocumentValue): Push {
  if (!isDocument(operand) || !Object.hasOwn(operand, '$each')) {
    return { items: [operand], position: undefined, compare: undefined, slice: undefined };
  }
  const unknown = Object.keys(operand).find((name) => !CLAUSES.has(name));
  if (unknown !== undefined) throw invalidQuery(`Unrecognized clause in $push: ${unknown}`, '$push');
  const { $each: items = null, $position: position, $slice: slice, $sort: sort } = operand;
  if (!Array.isArray(items)) {
    throw invalidQuery(`The argument to $each in $push must be an array but it was of type: ${typeOf(items)}`, '$push');
  }
  return {
    items,
    position: optionalInteger('$position', position),
    compare: sort === undefined ? undefined : comparing(sort),
    slice: optionalInteger('$slice', slice),
  };
}

function optionalInteger(name: string, value: DocumentValue | undefined): number | undefined {
  if (value === undefined) return undefined;
  const integer = integerOf(value);
  if (integer !== undefined) return Number(integer);
  throw invalidQuery(`The value for ${name} must be an integer value but was given type: ${typeOf(value)}`, '$push');
}

/** Elements that are no documents have none of the fields. */
function comparing(sort: DocumentValue): Compare {
  if (isDocument(sort)) {
    if (Object.keys(sort).length === 0) {
      throw invalidQuery('The $sort pattern is empty when it should be a set of fields.', '$push');
    }
    const compare = compileSort(parseSort(sort));
    const fieldsOf = (value: DocumentValue): Document => (isDocument(value) ? value : {});
    return (a, b) => compare(fieldsOf(a), fieldsOf(b));
  }
  const order = integerOf(sort);
  if (order === 1n) return compareValues;
  if (order === -1n) return (a, b) => compareValues(b, a);
  throw invalidQuery(
    'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields',
    '$push',
  );
}
