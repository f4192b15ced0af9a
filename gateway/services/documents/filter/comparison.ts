import { type Found, MISSING } from '../field-path.ts';
import { compareTexts, compareValues } from '../values/compare.ts';
import { approximate, type Numeric } from '../values/numbers.ts';
import { type DocumentValue, rankOf, typeOf } from '../values/value.ts';
import { type FieldOperator, notTest, type ValueTest, valueTest } from './field-test.ts';
import { invalidQuery } from './invalid-query.ts';

/** Whether an order is the one that an operator asks for. NaN is no order. */
type Accepts = (order: number) => boolean;

const NUMBER_RANK = 3;

/** "For most data types, comparison operators only perform comparisons on fields where the BSON type matches". */
export const comparisonOperators: Readonly<Record<string, FieldOperator>> = {
  $eq: (operand) => valueTest(equalTo(operand)),
  $ne: (operand) => {
    if (typeOf(operand) === 'regex') throw invalidQuery("Can't have regex as arg to $ne.", '$ne');
    return notTest(valueTest(equalTo(operand)));
  },
  $gt: ordering('$gt', (order) => order > 0),
  $gte: ordering('$gte', (order) => order >= 0),
  $lt: ordering('$lt', (order) => order < 0),
  $lte: ordering('$lte', (order) => order <= 0),
};

function ordering(operator: string, accepts: Accepts): FieldOperator {
  return (operand, { path }) => {
    if (typeOf(operand) === 'regex') {
      throw invalidQuery(`Can't have RegEx as arg to predicate over field '${path}'.`, operator);
    }
    return valueTest(ordered(operand, accepts));
  };
}

/** A test for values that are the same. What is missing is as null. */
export function equalTo(operand: DocumentValue): ValueTest {
  if (operand === null) return (value) => value === null || value === MISSING;
  if (typeof operand === 'string' || typeof operand === 'boolean') return (value) => value === operand;
  return ordered(operand, (order) => order === 0);
}

function ordered(operand: DocumentValue, accepts: Accepts): ValueTest {
  if (typeof operand === 'string') return (value) => typeof value === 'string' && accepts(compareTexts(value, operand));
  const rank = rankOf(operand);
  if (isNotANumber(operand)) return accepts(0) ? isNotANumber : () => false;
  const general = generalTest(operand, { rank, accepts });
  if (typeof operand !== 'number') return general;
  return (value) => (typeof value === 'number' ? accepts(orderOf(value, operand)) : general(value));
}

function generalTest(
  operand: DocumentValue,
  { rank, accepts }: { readonly rank: number; readonly accepts: Accepts },
): ValueTest {
  const isExtreme = typeOf(operand) === 'minKey' || typeOf(operand) === 'maxKey';
  return (found) => {
    const value = found === MISSING ? null : found;
    const order = rankOf(value) - rank;
    if (order !== 0) return isExtreme && accepts(order); // all values are between the least and the greatest
    return !isNotANumber(value) && accepts(compareValues(value, operand));
  };
}

function orderOf(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number.NaN;
}

/** NaN is equal to itself, and neither less nor greater than any number. */
function isNotANumber(value: Found): boolean {
  if (typeof value === 'number') return Number.isNaN(value);
  if (value === MISSING || value === null || typeof value !== 'object') return false;
  return rankOf(value) === NUMBER_RANK && Number.isNaN(approximate(value as Numeric)); // it is of that rank
}
