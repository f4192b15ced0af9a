import { invalidQuery } from '../filter/invalid-query.ts';
import { parsePath } from '../filter/query-limits.ts';
import { type DocumentValue, isDocument } from '../values/value.ts';
import { isExpressionOperator } from './expression-operators.ts';

/** Refuses expressions that no document could be asked, before any is. @throws Failure `InvalidQuery` */
export function checkExpression(expression: DocumentValue): void {
  if (typeof expression === 'string') checkText(expression);
  else if (Array.isArray(expression)) for (const item of expression) checkExpression(item);
  else if (isDocument(expression)) checkObject(expression);
}

/** `$a.b`, `$$ROOT.a`, or a text. */
function checkText(text: string): void {
  if (!text.startsWith('$')) return;
  if (text === '$' || text === '$$') throw invalidQuery(`'${text}' by itself is not a valid FieldPath`);
  const names = parsePath(text.replace(/^\$\$?/, ''));
  if (names.includes('')) throw invalidQuery('FieldPath must not end with a dot, or have an empty name');
}

function checkObject(expression: { readonly [name: string]: DocumentValue }): void {
  const names = Object.keys(expression);
  const operator = names.find((name) => name.startsWith('$'));
  if (operator === undefined) {
    for (const name of names) checkExpression(expression[name] ?? null);
    return;
  }
  if (names.length !== 1) {
    throw invalidQuery('an object representing an expression must have exactly one field', operator);
  }
  if (!isExpressionOperator(operator)) throw invalidQuery(`Unrecognized expression '${operator}'`, operator);
  if (operator !== '$literal') checkExpression(expression[operator] ?? null);
}
