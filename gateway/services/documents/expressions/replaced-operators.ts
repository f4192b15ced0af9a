import { evalExpr } from 'mingo/core';
import * as mingo from 'mingo/operators/expression';
import type { Options } from 'mingo/types';
import { isTrue } from '../filter/element.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { compareValues } from '../values/compare.ts';
import { requireFieldName } from '../values/limits.ts';
import { type DocumentValue, rankOf, typeOf } from '../values/value.ts';
import { arithmeticOperators, asNumber } from './arithmetic-operators.ts';
import { conversionOperators } from './conversion-operators.ts';
import { loweredOperators } from './lowered-operators.ts';
import { regexOperators } from './regex-operators.ts';

/** As mingo calls what computes an expression: with the document, what the operator is given, and its own options. */
export type ExpressionOperator = (document: unknown, operand: unknown, options: Options) => unknown;

/** The value of a field that may be missing: undefined, which is below null. */
type Value = DocumentValue | undefined;

const NUMBER_RANK = 3;
/** What `$range` may make: MongoDB has a limit of memory. */
const MAX_RANGE = 1_000_000;

/**
 * Operators that mean something else to mingo: it compares by JavaScript's types, takes '' for false in some of them, and has
 * none of BSON's types. These compare as `compareValues` does.
 */
export const replacedOperators: Readonly<Record<string, ExpressionOperator>> = {
  ...loweredOperators,
  $cmp: comparison('$cmp', (order) => Math.sign(order)),
  $eq: comparison('$eq', (order) => order === 0),
  $ne: comparison('$ne', (order) => order !== 0),
  $gt: comparison('$gt', (order) => order > 0),
  $gte: comparison('$gte', (order) => order >= 0),
  $lt: comparison('$lt', (order) => order < 0),
  $lte: comparison('$lte', (order) => order <= 0),
  $and: (document, operand, options) => asList(operand).every((each) => isTruth(evalExpr(document, each, options))),
  $or: (document, operand, options) => asList(operand).some((each) => isTruth(evalExpr(document, each, options))),
  $not: (document, operand, options) => !isTruth(evalExpr(document, requireOne('$not', operand), options)),
  $in: (document, operand, options) => {
    const [value, list] = pair('$in', evalExpr(document, operand, options));
    if (!Array.isArray(list)) throw invalidQuery('$in requires an array as a second argument', '$in');
    return list.some((item: Value) => compareMissing(item, value) === 0);
  },
  $type: (document, operand, options) => {
    const value = evalExpr(document, requireOne('$type', operand), options) as Value;
    return value === undefined ? 'missing' : typeOf(value);
  },
  $isNumber: (document, operand, options) => {
    const value = evalExpr(document, requireOne('$isNumber', operand), options) as Value;
    return value !== undefined && rankOf(value) === NUMBER_RANK;
  },
  $range: (document, operand, options) => {
    const bounds = (evalExpr(document, operand, options) as readonly Value[]).map(asNumber);
    const [start, end, step = 1] = bounds;
    if (Math.abs((Number(end) - Number(start)) / Number(step)) > MAX_RANGE) {
      throw invalidQuery(`$range makes at most ${MAX_RANGE} numbers`, '$range');
    }
    return mingo.$range(document as never, bounds as never, options as never); // as mingo itself calls it
  },
  $max: extreme((order) => order > 0),
  $min: extreme((order) => order < 0),
  $getField: guarded(mingo.$getField as ExpressionOperator),
  $setField: guarded(mingo.$setField as ExpressionOperator),
  $unsetField: guarded(mingo.$unsetField as ExpressionOperator),
  ...arithmeticOperators,
  ...conversionOperators,
  ...regexOperators,
};

/** Orders what expressions make: "missing" is below all that is there but the least key. */
function compareMissing(a: Value, b: Value): number {
  if (a !== undefined && b !== undefined) return compareValues(a, b);
  if (a === b) return 0;
  return a === undefined ? (isLeast(b) ? 1 : -1) : isLeast(a) ? -1 : 1;
}

function isLeast(value: Value): boolean {
  return value !== undefined && typeOf(value) === 'minKey';
}

/** "false, null, 0, and undefined" are false in expressions, all else is true. */
export function isTruth(value: unknown): boolean {
  return value !== undefined && isTrue(value as DocumentValue); // expressions make nothing else
}

function comparison(name: string, accept: (order: number) => unknown): ExpressionOperator {
  return (document, operand, options) => {
    const [a, b] = pair(name, evalExpr(document, operand, options));
    return accept(compareMissing(a, b));
  };
}

/** The greatest or least of several values, or of the elements of one array; what is missing or null is left out. */
function extreme(isBetter: (order: number) => boolean): ExpressionOperator {
  return (document, operand, options) => {
    const value = evalExpr(document, operand, options);
    const only: unknown = Array.isArray(value) && value.length === 1 && Array.isArray(operand) ? value[0] : value;
    const values = asList(only).filter((each) => each !== undefined && each !== null) as DocumentValue[];
    if (values.length === 0) return null;
    return values.reduce((best, each) => (isBetter(compareValues(each, best)) ? each : best));
  };
}

function pair(name: string, values: unknown): readonly [Value, Value] {
  if (Array.isArray(values) && values.length === 2) return values as unknown as [Value, Value];
  const count = Array.isArray(values) ? values.length : 1;
  throw invalidQuery(`Expression ${name} takes exactly 2 arguments. ${count} were passed in.`, name);
}

function asList(operand: unknown): readonly unknown[] {
  return Array.isArray(operand) ? operand : [operand];
}

function requireOne(name: string, operand: unknown): unknown {
  const list = asList(operand);
  if (list.length === 1) return list[0];
  throw invalidQuery(`Expression ${name} takes exactly 1 arguments. ${list.length} were passed in.`, name);
}

/** A computed name leads to no prototype. */
function guarded(operator: ExpressionOperator): ExpressionOperator {
  return (document, operand, options) => {
    const value = evalExpr(document, operand, options) as { readonly field?: unknown } | string | null;
    const name = typeof value === 'string' ? value : value?.field;
    if (typeof name === 'string') requireFieldName(name);
    return operator(document, operand, options);
  };
}
