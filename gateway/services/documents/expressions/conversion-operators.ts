import { evalExpr } from 'mingo/core';
import type { Options } from 'mingo/types';
import { typesOf } from '../filter/element.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { type Document, type DocumentValue, isDocument, type TypeName } from '../values/value.ts';
import { convertTo } from './convert.ts';

type Value = DocumentValue | undefined;

/** `$convert`, and its short forms. */
export const conversionOperators = {
  $toString: short('string'),
  $toInt: short('int'),
  $toLong: short('long'),
  $toDouble: short('double'),
  $toDecimal: short('decimal'),
  $toBool: short('bool'),
  $toDate: short('date'),
  $toObjectId: short('objectId'),
  $convert,
};

function short(to: TypeName) {
  return (document: unknown, operand: unknown, options: Options) => {
    const found = evalExpr(document, operand, options) as Value | [Value];
    const value = Array.isArray(operand) && operand.length === 1 ? (found as [Value])[0] : (found as Value);
    return value === null || value === undefined ? null : convertTo(to, value);
  };
}

/** "If unspecified, the operation throws an error upon encountering an error": of `onError`. */
function $convert(document: unknown, operand: unknown, options: Options): Value {
  const { input, to, onError, onNull } = requireArguments(operand);
  const evaluate = (expression: DocumentValue | undefined) => evalExpr(document, expression as never, options) as Value;
  const value = evaluate(input);
  if (value === null || value === undefined) return onNull === undefined ? null : evaluate(onNull);
  const [type] = typesOf(evaluate(to) ?? null);
  if (type === undefined)
    throw invalidQuery("$convert's 'to' argument names no type that values have here", '$convert');
  try {
    return convertTo(type, value);
  } catch (error) {
    if (onError === undefined) throw error;
    return evaluate(onError);
  }
}

function requireArguments(operand: unknown): Document {
  if (isDocument(operand as DocumentValue) && Object.hasOwn(operand as Document, 'to')) return operand as Document;
  throw invalidQuery("$convert expects an object with 'input' and 'to'", '$convert');
}
