import { BSONRegExp } from 'bson';
import { MISSING } from '../field-path.ts';
import { compareValues } from '../values/compare.ts';
import { type DocumentValue, isDocument } from '../values/value.ts';
import { type FieldOperator, notTest, type ValueTest, valueTest } from './field-test.ts';
import { invalidQuery } from './invalid-query.ts';
import { isOperatorName } from './operator-name.ts';
import { matchesRegex } from './regex.ts';

/** `$in` and `$nin`: values, and regular expressions that texts are to match. */
export const listOperators: Readonly<Record<string, FieldOperator>> = {
  $in: (operand) => valueTest(oneOf(requireList(operand, '$in'))),
  $nin: (operand) => notTest(valueTest(oneOf(requireList(operand, '$nin')))),
};

function requireList(operand: DocumentValue, operator: string): readonly DocumentValue[] {
  if (!Array.isArray(operand)) throw invalidQuery(`${operator} needs an array`, operator);
  for (const item of operand as readonly DocumentValue[]) {
    if (isDocument(item) && isOperatorName(Object.keys(item)[0])) {
      throw invalidQuery(`cannot nest $ under ${operator}`, operator);
    }
  }
  return operand;
}

function oneOf(items: readonly DocumentValue[]): ValueTest {
  const patterns = items.filter((item) => item instanceof BSONRegExp).map(matchesRegex);
  const isListed = listed(items.filter((item) => !(item instanceof BSONRegExp)));
  if (patterns.length === 0) return isListed;
  return (value) => isListed(value) || patterns.some((matches) => matches(value));
}

/** A list may be long: texts and numbers are looked up, all else is searched for in the order of values. */
function listed(items: readonly DocumentValue[]): ValueTest {
  const known: ReadonlySet<DocumentValue> = new Set(items.filter((item) => typeof item !== 'object' || item === null));
  const others = items.filter((item) => typeof item !== 'string' && typeof item !== 'boolean' && item !== null);
  let sorted: readonly DocumentValue[] | undefined;
  return (found) => {
    const value = found === MISSING ? null : found;
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return known.has(value);
    if (typeof value === 'number' && known.has(value)) return true;
    sorted ??= others.sort(compareValues);
    return has(sorted, value);
  };
}

function has(sorted: readonly DocumentValue[], value: DocumentValue): boolean {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const order = compareValues(sorted[middle] ?? null, value);
    if (order === 0) return true;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return false;
}
