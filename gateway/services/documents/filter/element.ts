import { MISSING } from '../field-path.ts';
import { approximate, type Numeric } from '../values/numbers.ts';
import { type DocumentValue, rankOf, type TypeName, typeOf } from '../values/value.ts';
import { type FieldOperator, notTest, valueTest } from './field-test.ts';
import { invalidQuery } from './invalid-query.ts';

const NUMBER_RANK = 3;
const NUMBERS: readonly TypeName[] = ['int', 'long', 'double', 'decimal'];

/** BSON's types by their numbers and names; those that no document here has are known, too. */
const TYPES: ReadonlyMap<string | number, readonly TypeName[]> = new Map<string | number, readonly TypeName[]>([
  ...both(1, 'double'),
  ...both(2, 'string'),
  ...both(3, 'object'),
  ...both(4, 'array'),
  ...both(5, 'binData'),
  ...both(7, 'objectId'),
  ...both(8, 'bool'),
  ...both(9, 'date'),
  ...both(10, 'null'),
  ...both(11, 'regex'),
  ...both(16, 'int'),
  ...both(17, 'timestamp'),
  ...both(18, 'long'),
  ...both(19, 'decimal'),
  ...both(-1, 'minKey'),
  ...both(127, 'maxKey'),
  ['number', NUMBERS],
  ...[6, 12, 13, 14, 15].map((code) => [code, []] as const),
  ...['undefined', 'dbPointer', 'javascript', 'symbol', 'javascriptWithScope'].map((name) => [name, []] as const),
]);

function both(code: number, name: TypeName): [string | number, readonly TypeName[]][] {
  return [
    [code, [name]],
    [name, [name]],
  ];
}

/** `$exists` and `$type`. */
export const elementOperators: Readonly<Record<string, FieldOperator>> = {
  $exists: (operand) => {
    const exists = valueTest((value) => value !== MISSING);
    return isTrue(operand) ? exists : notTest(exists);
  },
  $type: (operand) => {
    const types = typesOf(operand);
    return valueTest((value) => value !== MISSING && types.has(typeOf(value)));
  },
};

/** The types that are named. @throws Failure `InvalidQuery` for what is none */
export function typesOf(operand: DocumentValue): ReadonlySet<TypeName> {
  const named: readonly DocumentValue[] = Array.isArray(operand) ? operand : [operand];
  if (named.length === 0) throw invalidQuery('$type must match at least one type', '$type');
  return new Set(named.flatMap(typesNamed));
}

function typesNamed(name: DocumentValue): readonly TypeName[] {
  const isNumber = rankOf(name) === NUMBER_RANK;
  if (!isNumber && typeof name !== 'string') {
    throw invalidQuery('type must be represented as a number or a string', '$type');
  }
  const types = TYPES.get(isNumber ? approximate(name as Numeric) : (name as string)); // it is one or the other
  if (types !== undefined) return types;
  throw invalidQuery(
    `${isNumber ? 'Invalid numerical type code' : 'Unknown type name alias'}: ${String(name)}`,
    '$type',
  );
}

/** All is true but false, null and the zeros. */
export function isTrue(value: DocumentValue): boolean {
  if (value === null || typeof value === 'boolean') return value === true;
  return rankOf(value) !== NUMBER_RANK || approximate(value as Numeric) !== 0; // it is of that rank
}
