import {
  type Binary,
  type BSONRegExp,
  type Decimal128,
  type Double,
  Long,
  type MaxKey,
  type MinKey,
  type ObjectId,
  type Timestamp,
} from 'bson';

/**
 * A value of a document. A number is what its JSON says: an integer of 32 bits, a longer one, or a double. `Long` and
 * `Double` stand only where a number would be taken for another type: a short integer that is to be a long one, one beyond
 * 2^53, a double without a fraction.
 */
export type DocumentValue =
  | null
  | boolean
  | number
  | string
  | Date
  | Long
  | Double
  | Decimal128
  | ObjectId
  | Binary
  | BSONRegExp
  | Timestamp
  | MinKey
  | MaxKey
  | readonly DocumentValue[]
  | { readonly [field: string]: DocumentValue };

/** A document, or one within another. */
export interface Document {
  [field: string]: DocumentValue;
}

/** BSON's types, by the names that `$type` knows. */
export type TypeName =
  | 'minKey'
  | 'null'
  | 'int'
  | 'long'
  | 'double'
  | 'decimal'
  | 'string'
  | 'object'
  | 'array'
  | 'binData'
  | 'objectId'
  | 'bool'
  | 'date'
  | 'timestamp'
  | 'regex'
  | 'maxKey';

const BY_TAG: Readonly<Record<string, TypeName>> = {
  Long: 'long',
  Double: 'double',
  Decimal128: 'decimal',
  ObjectId: 'objectId',
  Binary: 'binData',
  BSONRegExp: 'regex',
  Timestamp: 'timestamp',
  MinKey: 'minKey',
  MaxKey: 'maxKey',
};

const MAX_INT = 2 ** 31;

export function typeOf(value: DocumentValue): TypeName {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return typeOfNumber(value);
  if (typeof value === 'boolean') return 'bool';
  if (Array.isArray(value)) return 'array';
  if (Object.getPrototypeOf(value) === Object.prototype) return 'object'; // which most are, and is told at once
  if (value instanceof Date) return 'date';
  const tag = '_bsontype' in value && !Object.hasOwn(value, '_bsontype') ? value._bsontype : undefined;
  return (typeof tag === 'string' ? BY_TAG[tag] : undefined) ?? 'object';
}

function typeOfNumber(value: number): TypeName {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return 'double';
  return value >= -MAX_INT && value < MAX_INT ? 'int' : 'long';
}

/** "MongoDB uses the following comparison order for BSON types, from lowest to highest" (Comparison/Sort Order). */
const RANKS: Readonly<Record<TypeName, number>> = {
  minKey: 1,
  null: 2,
  int: 3,
  long: 3,
  double: 3,
  decimal: 3,
  string: 4,
  object: 5,
  array: 6,
  binData: 7,
  objectId: 8,
  bool: 9,
  date: 10,
  timestamp: 11,
  regex: 12,
  maxKey: 13,
};

/** The place of a value's type in the order of all values: numbers of all types have the same. */
export function rankOf(value: DocumentValue): number {
  return RANKS[typeOf(value)];
}

export function isDocument(value: DocumentValue): value is Document {
  return typeof value === 'object' && typeOf(value) === 'object';
}

/** An integer of 64 bits as a number where that says the same, else as it is. */
export function fromLong(value: bigint): number | Long {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : Long.fromBigInt(value);
}
