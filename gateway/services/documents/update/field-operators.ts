import { Timestamp } from 'bson';
import { MISSING } from '../field-path.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { compareValues, equalValues } from '../values/compare.ts';
import { type DocumentValue, isDocument, typeOf } from '../values/value.ts';
import type { FieldChange, UpdateOperator } from './update-context.ts';

/** `$set` and its like: what is there becomes something else as a whole. `$rename` has a file of its own. */
export const fieldOperators: Readonly<Record<string, UpdateOperator>> = {
  $set: (operand) => ({ creates: true, change: (value) => same(value, operand) }),
  $setOnInsert: (operand) => ({ creates: true, onlyOnInsert: true, change: (value) => same(value, operand) }),
  $unset: () => ({ creates: false, ignoresBlocked: true, change: () => MISSING }),
  $min: (operand) => extreme(operand, (order) => order < 0),
  $max: (operand) => extreme(operand, (order) => order > 0),
  $currentDate,
};

/** What is the same stays as it is: `1` and `1.0` are not the same here. */
function same(value: DocumentValue | typeof MISSING, operand: DocumentValue): DocumentValue {
  if (value === MISSING || typeOf(value) !== typeOf(operand) || isDocument(operand) || Array.isArray(operand)) {
    return operand;
  }
  return equalValues(value, operand) ? value : operand;
}

function extreme(operand: DocumentValue, isBetter: (order: number) => boolean): FieldChange {
  return {
    creates: true,
    change: (value) => (value === MISSING || isBetter(compareValues(operand, value)) ? operand : value),
  };
}

function $currentDate(operand: DocumentValue): FieldChange {
  const isTimestamp = dateType(operand) === 'timestamp';
  return {
    creates: true,
    change: (_, { context: { now } }) =>
      isTimestamp ? new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 }) : new Date(now),
  };
}

function dateType(operand: DocumentValue): string {
  if (typeof operand === 'boolean') return 'date';
  if (!isDocument(operand)) {
    throw invalidQuery(
      `${typeOf(operand)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
      '$currentDate',
    );
  }
  const unknown = Object.keys(operand).find((name) => name !== '$type');
  if (unknown !== undefined) throw invalidQuery(`Unrecognized $currentDate option: ${unknown}`, '$currentDate');
  const { $type: type } = operand;
  if (type === 'date' || type === 'timestamp') return type;
  throw invalidQuery(
    "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
    '$currentDate',
  );
}
