import { MISSING } from '../field-path.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import type { Numeric } from '../values/numbers.ts';
import { type DocumentValue, isDocument, typeOf } from '../values/value.ts';
import { add, isInteger, isNumeric, multiply, toBigInt, toLong, zeroLike } from './arithmetic.ts';
import { shown } from './shown.ts';
import { type FieldChange, lastName, shownId, type UpdateOperator } from './update-context.ts';

/** `$inc`, `$mul` and `$bit`. */
export const numberOperators: Readonly<Record<string, UpdateOperator>> = {
  $inc: (operand, path) => {
    if (!isNumeric(operand)) {
      throw invalidQuery(`Cannot increment with non-numeric argument: ${shown({ [path]: operand })}`, '$inc');
    }
    return arithmetic('$inc', { operand, start: operand, combine: add });
  },
  $mul: (operand, path) => {
    if (!isNumeric(operand)) {
      throw invalidQuery(`Cannot multiply with non-numeric argument: ${shown({ [path]: operand })}`, '$mul');
    }
    return arithmetic('$mul', { operand, start: zeroLike(operand), combine: multiply });
  },
  $bit,
};

interface ArithmeticParts {
  readonly operand: Numeric;
  /** What a field becomes that is not there. */
  readonly start: Numeric;
  readonly combine: (a: Numeric, b: Numeric) => Numeric | undefined;
}

function arithmetic(operator: string, { operand, start, combine }: ArithmeticParts): FieldChange {
  return {
    creates: true,
    change: (value, spot) => {
      if (value === MISSING) return start;
      if (!isNumeric(value)) {
        throw invalidQuery(
          `Cannot apply ${operator} to a value of non-numeric type. ${shownId(spot)} has the field '${lastName(spot)}' of non-numeric type ${typeOf(value)}`,
          operator,
        );
      }
      const result = combine(value, operand);
      if (result !== undefined) return result;
      throw invalidQuery(
        `Failed to apply ${operator} operations to current value ((NumberLong)${value}) for document ${shownId(spot)}`,
        operator,
      );
    },
  };
}

const BITWISE: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};

interface BitOperation {
  readonly operand: number | Exclude<Numeric, number>;
  readonly combine: (a: bigint, b: bigint) => bigint;
}

function $bit(operand: DocumentValue): FieldChange {
  const operations = bitOperations(operand);
  return {
    creates: true,
    change: (found, spot) => {
      const value = found === MISSING ? 0 : found;
      if (!isInteger(value)) {
        throw invalidQuery(
          `Cannot apply $bit to a value of non-integral type.${shownId(spot)} has the field ${lastName(spot)} of non-integer type ${typeOf(value)}`,
          '$bit',
        );
      }
      return operations.reduce(applyBits, value);
    },
  };
}

function applyBits(value: Numeric, { operand, combine }: BitOperation): Numeric {
  const result = combine(toBigInt(value), toBigInt(operand));
  const isLong = typeOf(value) === 'long' || typeOf(operand) === 'long';
  return isLong ? toLong(result) : Number(result);
}

function bitOperations(operand: DocumentValue): BitOperation[] {
  if (!isDocument(operand)) {
    throw invalidQuery(
      'The $bit modifier is not compatible with a ' +
        `${typeOf(operand)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`,
      '$bit',
    );
  }
  const names = Object.keys(operand);
  if (names.length === 0) {
    throw invalidQuery(
      "You must pass in at least one bitwise operation. The format is: {$bit: {field: {and/or/xor: #}}'",
      '$bit',
    );
  }
  return names.map((name) => {
    const combine = Object.hasOwn(BITWISE, name) ? BITWISE[name] : undefined;
    if (combine === undefined) {
      throw invalidQuery(
        `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator`,
        '$bit',
      );
    }
    const value = operand[name] ?? null;
    if (isInteger(value)) return { operand: value, combine };
    throw invalidQuery(
      `The $bit modifier field must be an Integer(32/64 bit); a '${typeOf(value)}' is not supported here: ${shown(operand)}`,
      '$bit',
    );
  });
}
