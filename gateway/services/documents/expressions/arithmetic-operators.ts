import { Decimal128, Double, Long } from 'bson';
import { evalExpr } from 'mingo/core';
import type { Options } from 'mingo/types';
import { Sum } from '../aggregate/sum.ts';
import { isNumeric } from '../filter/integers.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { add, multiply, toBigInt, toLong } from '../update/arithmetic.ts';
import { approximate, type Numeric } from '../values/numbers.ts';
import { type DocumentValue, typeOf } from '../values/value.ts';
import { divideDecimals } from './divide-decimals.ts';

type Value = DocumentValue | undefined;

/** Puts two values together that are there. */
type Binary = (a: DocumentValue, b: DocumentValue) => DocumentValue;

/** Arithmetic over BSON's numbers, of the wider type of two: mingo knows JavaScript's alone. */
export const arithmeticOperators = {
  $add: chain('$add', 0, plus),
  $multiply: chain('$multiply', 1, (a, b) => {
    const [x, y] = numbers('$multiply', a, b);
    return multiply(x, y) ?? approximate(x) * approximate(y);
  }),
  $subtract: pairwise('$subtract', minus),
  $divide: pairwise('$divide', (a, b) => divide(...numbers('$divide', a, b))),
  $mod: pairwise('$mod', (a, b) => remainder(...numbers('$mod', a, b))),
  $abs: (document: unknown, operand: unknown, options: Options) => {
    const value = single(evalExpr(document, operand, options));
    if (value === null || value === undefined) return null;
    if (!isNumeric(value)) throw invalidQuery(`$abs only supports numeric types, not ${typeOf(value)}`, '$abs');
    return approximate(value) < 0 ? multiply(value, -1) : value;
  },
  $sum: folded((sum) => sum.total),
  $avg: folded((sum) => sum.average),
};

function chain(name: string, start: number, combine: Binary) {
  return (document: unknown, operand: unknown, options: Options) => {
    const values = listOf(evalExpr(document, operand, options));
    if (values.some((value) => value === null || value === undefined)) return null;
    const [first = start, ...rest] = values as readonly DocumentValue[]; // none is missing
    if (!isNumeric(first) && typeOf(first) !== 'date') throw notNumeric(name, first);
    return rest.reduce(combine, first);
  };
}

function pairwise(name: string, combine: Binary) {
  return (document: unknown, operand: unknown, options: Options) => {
    const values = listOf(evalExpr(document, operand, options));
    if (values.length !== 2) {
      throw invalidQuery(`Expression ${name} takes exactly 2 arguments. ${values.length} were passed in.`, name);
    }
    const [a, b] = values;
    return a === null || a === undefined || b === null || b === undefined ? null : combine(a, b);
  };
}

/** Of several values, or of the elements of one array; what is no number is left out. */
function folded(resultOf: (sum: Sum) => DocumentValue) {
  return (document: unknown, operand: unknown, options: Options) => {
    const sum = new Sum();
    for (const value of listOf(single(evalExpr(document, operand, options)))) sum.add(value);
    return resultOf(sum);
  };
}

function listOf(values: unknown): readonly Value[] {
  return Array.isArray(values) ? values : [values as Value]; // expressions make nothing else
}

/** An operator of one operand takes it in an array, too. */
function single(value: unknown): Value {
  return (Array.isArray(value) && value.length === 1 ? value[0] : value) as Value; // expressions make nothing else
}

function plus(a: DocumentValue, b: DocumentValue): DocumentValue {
  const [date, other] = b instanceof Date ? [b, a] : [a, b];
  if (other instanceof Date) throw invalidQuery('only one date allowed in an $add expression', '$add');
  if (date instanceof Date) return later(date, numbers('$add', other, 0)[0]);
  const [x, y] = numbers('$add', a, b);
  return add(x, y) ?? approximate(x) + approximate(y);
}

function minus(a: DocumentValue, b: DocumentValue): DocumentValue {
  if (a instanceof Date && b instanceof Date) return toLong(BigInt(a.getTime() - b.getTime()));
  const [x, y] = numbers('$subtract', a instanceof Date ? 0 : a, b);
  const negative = multiply(y, -1) ?? -approximate(y);
  if (a instanceof Date) return later(a, negative);
  return add(x, negative) ?? approximate(x) - approximate(y);
}

function later(date: Date, milliseconds: Numeric): Date {
  return new Date(date.getTime() + Math.round(approximate(milliseconds)));
}

function numbers(name: string, a: DocumentValue, b: DocumentValue): [Numeric, Numeric] {
  if (!isNumeric(a)) throw notNumeric(name, a);
  if (!isNumeric(b)) throw notNumeric(name, b);
  return [a, b];
}

function notNumeric(name: string, value: DocumentValue): Error {
  return invalidQuery(
    `${name} only supports numeric types${DATES.has(name) ? ' and dates' : ''}, not ${typeOf(value)}`,
    name,
  );
}

const DATES: ReadonlySet<string> = new Set(['$add', '$subtract']);

function divide(a: Numeric, b: Numeric): DocumentValue {
  if (approximate(b) === 0) throw invalidQuery("can't $divide by zero", '$divide');
  if (a instanceof Decimal128 || b instanceof Decimal128) return divideDecimals(String(a), String(b));
  return asDouble(approximate(a) / approximate(b));
}

function remainder(a: Numeric, b: Numeric): DocumentValue {
  if (approximate(b) === 0) throw invalidQuery("can't $mod by zero", '$mod');
  const types = [typeOf(a), typeOf(b)];
  if (types.includes('decimal')) return Decimal128.fromString(String(approximate(a) % approximate(b)));
  if (types.includes('double')) return asDouble(approximate(a) % approximate(b));
  const rest = toBigInt(a) % toBigInt(b);
  return types.includes('long') ? toLong(rest) : Number(rest);
}

/** A double, also where it would be taken for an integer. */
export function asDouble(value: number): number | Double {
  return typeOf(value) === 'double' ? value : new Double(value);
}

/** What mingo's own operators can count with: a number for a number, nothing else changed. */
export function asNumber(value: Value): Value {
  if (value instanceof Double) return value.value;
  return value instanceof Long || value instanceof Decimal128 ? approximate(value) : value;
}
