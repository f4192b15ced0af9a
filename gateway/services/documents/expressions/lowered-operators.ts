import { evalExpr } from 'mingo/core';
import * as mingo from 'mingo/operators/expression';
import type { Options } from 'mingo/types';
import type { DocumentValue } from '../values/value.ts';
import { asNumber } from './arithmetic-operators.ts';

type Operator = (document: unknown, operand: unknown, options: Options) => unknown;

/** Operators of mingo that take numbers, and know none of BSON's own: those are given to them as JavaScript's. */
const { $arrayElemAt, $slice, $substr, $substrBytes, $substrCP, $indexOfArray, $indexOfBytes } = mingo;
const { $ceil, $floor, $round, $trunc, $sqrt, $pow, $exp, $ln, $log, $log10 } = mingo;
const { $bitAnd, $bitNot, $bitOr, $bitXor, $sin, $cos, $tan, $asin, $acos, $atan, $atan2 } = mingo;
const { $degreesToRadians, $radiansToDegrees, $dateAdd, $dateSubtract, $dateFromParts } = mingo;

export const loweredOperators: Readonly<Record<string, Operator>> = Object.fromEntries(
  Object.entries({
    ...{ $arrayElemAt, $slice, $substr, $substrBytes, $substrCP, $indexOfArray, $indexOfBytes },
    ...{ $ceil, $floor, $round, $trunc, $sqrt, $pow, $exp, $ln, $log, $log10 },
    ...{ $bitAnd, $bitNot, $bitOr, $bitXor, $sin, $cos, $tan, $asin, $acos, $atan, $atan2 },
    ...{ $degreesToRadians, $radiansToDegrees, $dateAdd, $dateSubtract, $dateFromParts },
  }).map(([name, operator]) => [name, lowered(operator as Operator)]), // as mingo itself calls them
);

function lowered(operator: Operator): Operator {
  return (document, operand, options) => {
    const literal = (expression: unknown) => ({
      $literal: asNumber(evalExpr(document, expression as never, options) as DocumentValue | undefined),
    });
    if (Array.isArray(operand)) return operator(document, operand.map(literal), options);
    if (!isArguments(operand)) return operator(document, literal(operand), options);
    const named = Object.entries(operand).map(([name, expression]) => [name, literal(expression)]);
    return operator(document, Object.fromEntries(named), options);
  };
}

/** `{ startDate: ..., amount: ... }`, not an operator. */
function isArguments(operand: unknown): operand is object {
  if (typeof operand !== 'object' || operand === null || operand.constructor !== Object) return false;
  return Object.keys(operand)[0]?.startsWith('$') === false;
}
