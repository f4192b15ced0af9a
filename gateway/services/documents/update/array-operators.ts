import { MISSING } from '../field-path.ts';
import { compileFilter } from '../filter/compile-filter.ts';
import { integerOf } from '../filter/integers.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { isOperators } from '../filter/operator-name.ts';
import { equalValues } from '../values/compare.ts';
import { encodeValue } from '../values/entry.ts';
import { type DocumentValue, isDocument, typeOf } from '../values/value.ts';
import { isNumeric } from './arithmetic.ts';
import { $push } from './push.ts';
import { shown } from './shown.ts';
import { type FieldChange, lastName, shownId, type UpdateOperator } from './update-context.ts';

/** The operators of arrays. */
export const arrayOperators: Readonly<Record<string, UpdateOperator>> = {
  $push,
  $addToSet,
  $pop,
  $pull,
  $pullAll,
};

function $addToSet(operand: DocumentValue): FieldChange {
  const items = eachOf(operand);
  return {
    creates: true,
    change: (value, spot) => {
      if (value !== MISSING && !Array.isArray(value)) {
        throw invalidQuery(
          `Cannot apply $addToSet to non-array field. Field named '${lastName(spot)}' has non-array type ${typeOf(value)}`,
          '$addToSet',
        );
      }
      const before: readonly DocumentValue[] = value === MISSING ? [] : value;
      const known = new Set(before.map(identity));
      const added = items.filter((item) => known.size < known.add(identity(item)).size);
      return added.length === 0 && value !== MISSING ? value : [...before, ...added];
    },
  };
}

function eachOf(operand: DocumentValue): readonly DocumentValue[] {
  if (!isDocument(operand) || Object.keys(operand)[0] !== '$each') return [operand];
  const unknown = Object.keys(operand).find((name) => name !== '$each');
  if (unknown !== undefined) {
    throw invalidQuery(`Found unexpected fields after $each in $addToSet: ${shown(operand)}`, '$addToSet');
  }
  const { $each: items = null } = operand;
  if (Array.isArray(items)) return items;
  throw invalidQuery(
    `The argument to $each in $addToSet must be an array but it was of type ${typeOf(items)}`,
    '$addToSet',
  );
}

/** The same of values that are equal. */
function identity(value: DocumentValue): string {
  return encodeValue(value).toString('latin1');
}

function $pop(operand: DocumentValue, path: string): FieldChange {
  if (!isNumeric(operand)) throw invalidQuery(`Expected a number in: ${path}: ${shown(operand)}`, '$pop');
  const end = integerOf(operand);
  if (end !== 1n && end !== -1n) throw invalidQuery(`$pop expects 1 or -1, found: ${shown(operand)}`, '$pop');
  return {
    creates: false,
    change: (value) => {
      if (value === MISSING) return value;
      if (!Array.isArray(value)) {
        throw invalidQuery(`Path '${path}' contains an element of non-array type '${typeOf(value)}'`, '$pop');
      }
      if (value.length === 0) return value;
      return end === 1n ? value.slice(0, -1) : value.slice(1);
    },
  };
}

type ItemTest = (item: DocumentValue) => boolean;

function $pull(operand: DocumentValue): FieldChange {
  return culling('$pull', pullTest(operand));
}

/** Operators are asked of the elements, fields of those that are documents; all else is what an element must be. */
function pullTest(operand: DocumentValue): ItemTest {
  if (isOperators(operand) || typeOf(operand) === 'regex') {
    const filter = compileFilter({ item: operand });
    return (item) => filter.test({ item });
  }
  if (!isDocument(operand)) return (item) => equalValues(item, operand);
  const filter = compileFilter(operand);
  return (item) => isDocument(item) && filter.test(item);
}

function $pullAll(operand: DocumentValue): FieldChange {
  if (!Array.isArray(operand)) {
    throw invalidQuery(`$pullAll requires an array argument but was given a ${typeOf(operand)}`, '$pullAll');
  }
  const pulled = new Set(operand.map(identity));
  return culling('$pullAll', (item) => pulled.has(identity(item)));
}

function culling(operator: string, isPulled: ItemTest): FieldChange {
  return {
    creates: false,
    change: (value, spot) => {
      if (value === MISSING) return value;
      if (!Array.isArray(value)) {
        throw invalidQuery(
          `Cannot apply ${operator} to a non-array value: ${shownId(spot)} has the field '${lastName(spot)}' of type ${typeOf(value)}`,
          operator,
        );
      }
      const kept = value.filter((item: DocumentValue) => !isPulled(item));
      return kept.length === value.length ? value : kept;
    },
  };
}
