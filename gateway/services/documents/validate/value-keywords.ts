import { BSONRegExp } from 'bson';
import { integerOf, isNumeric } from '../filter/integers.ts';
import { compileRegex } from '../filter/regex.ts';
import { equalValues } from '../values/compare.ts';
import { approximate, compareNumbers, type Numeric } from '../values/numbers.ts';
import { type DocumentValue, typeOf } from '../values/value.ts';
import { invalidKeyword, type Keyword } from './keyword.ts';
import { must } from './violation.ts';

const NUMBERS: readonly string[] = ['int', 'long', 'double', 'decimal'];
/** JSON's types, as BSON's. */
const JSON_TYPES: Readonly<Record<string, readonly string[]>> = {
  object: ['object'],
  array: ['array'],
  string: ['string'],
  boolean: ['bool'],
  null: ['null'],
  number: NUMBERS,
};
const BSON_TYPES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    'minKey null int long double decimal string object array binData objectId bool date timestamp regex maxKey'
      .split(' ')
      .map((name) => [name, [name]]),
  ),
  number: NUMBERS,
};

/** Keywords of values: of their types, numbers and texts. */
export const valueKeywords: Readonly<Record<string, Keyword>> = {
  bsonType: (operand) => ofType('bsonType', operand, BSON_TYPES),
  type: (operand) => ofType('type', operand, JSON_TYPES),
  enum: (operand) => {
    if (!Array.isArray(operand) || operand.length === 0) throw invalidKeyword('enum', 'an array of values');
    return must(
      (value) => operand.some((each: DocumentValue) => equalValues(each, value)),
      'is none of the values of the enum',
    );
  },
  minimum: (operand, { schema }) => bound('minimum', operand, { isLower: true, isExclusive: schema.exclusiveMinimum }),
  maximum: (operand, { schema }) => bound('maximum', operand, { isLower: false, isExclusive: schema.exclusiveMaximum }),
  exclusiveMinimum: (operand, { schema }) => besideBound('exclusiveMinimum', operand, schema.minimum),
  exclusiveMaximum: (operand, { schema }) => besideBound('exclusiveMaximum', operand, schema.maximum),
  multipleOf,
  minLength: (operand) => {
    const length = count('minLength', operand);
    return must(
      (value) => typeof value !== 'string' || lengthOf(value) >= length,
      `is shorter than ${length} characters`,
    );
  },
  maxLength: (operand) => {
    const length = count('maxLength', operand);
    return must(
      (value) => typeof value !== 'string' || lengthOf(value) <= length,
      `is longer than ${length} characters`,
    );
  },
  pattern: (operand) => {
    if (typeof operand !== 'string') throw invalidKeyword('pattern', 'a string');
    const matches = compileRegex(new BSONRegExp(operand));
    return must((value) => typeof value !== 'string' || matches(value), `does not match the pattern ${operand}`);
  },
};

/** In characters, not UTF-16's units. */
function lengthOf(text: string): number {
  return [...text].length;
}

/** @throws Failure `InvalidQuery` for what is no number of things */
export function count(name: string, operand: DocumentValue): number {
  const value = integerOf(operand);
  if (value === undefined || value < 0n) throw invalidKeyword(name, 'a non-negative integer');
  return Number(value);
}

function ofType(name: string, operand: DocumentValue, types: Readonly<Record<string, readonly string[]>>) {
  const names: readonly DocumentValue[] = Array.isArray(operand) ? operand : [operand];
  if (names.length === 0) throw invalidKeyword(name, 'a type, or an array of types');
  const wanted = names.flatMap((each) => {
    const known = typeof each === 'string' && Object.hasOwn(types, each) ? types[each] : undefined;
    if (known === undefined) throw invalidKeyword(name, `a type that is known: '${each}' is none`);
    return known;
  });
  const accepted = new Set(wanted);
  return (value: DocumentValue, path: string) => {
    const type = typeOf(value);
    return accepted.has(type) ? undefined : { path, reason: `is of type ${type}, not ${names.join(' or ')}` };
  };
}

interface BoundKind {
  readonly isLower: boolean;
  readonly isExclusive: DocumentValue | undefined;
}

function bound(name: string, operand: DocumentValue, { isLower, isExclusive }: BoundKind) {
  if (!isNumeric(operand)) throw invalidKeyword(name, 'a number');
  const sign = isLower ? 1 : -1;
  const least = isExclusive === true ? 1 : 0;
  const words = isLower ? ['less than', 'not greater than'] : ['greater than', 'not less than'];
  return must(
    (value) => !isNumeric(value) || Math.sign(compareNumbers(value, operand)) * sign >= least,
    `is ${words[least]} ${operand}`,
  );
}

/** Draft 4: it says how the bound beside it is meant. */
function besideBound(name: string, operand: DocumentValue, beside: DocumentValue | undefined): undefined {
  if (typeof operand !== 'boolean') throw invalidKeyword(name, 'a boolean');
  if (beside === undefined) throw invalidKeyword(name, 'beside the bound that it is about');
}

function multipleOf(operand: DocumentValue) {
  if (!isNumeric(operand) || !(approximate(operand) > 0)) throw invalidKeyword('multipleOf', 'a positive number');
  return must((value) => !isNumeric(value) || isMultiple(value, operand), `is no multiple of ${operand}`);
}

function isMultiple(value: Numeric, divisor: Numeric): boolean {
  const [whole, part] = [integerOf(value), integerOf(divisor)];
  if (whole !== undefined && part !== undefined) return whole % part === 0n;
  return Number.isInteger(approximate(value) / approximate(divisor));
}
