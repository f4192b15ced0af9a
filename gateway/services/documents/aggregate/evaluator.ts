import { compileExpression, type Expression } from '../expressions/compile-expression.ts';
import type { DocumentValue } from '../values/value.ts';

/** A field of the document itself, which is what most groups are by. */
const FIELD = /^\$([A-Za-z_]\w*)$/;
/** Names that prototypes have. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** As `compileExpression`, and much faster for fields and numbers. @throws Failure `InvalidQuery` */
export function compileEvaluator(expression: DocumentValue): Expression {
  if (typeof expression === 'number') return () => expression;
  const name = typeof expression === 'string' ? FIELD.exec(expression)?.[1] : undefined;
  return name === undefined || INHERITED.has(name) ? compileExpression(expression) : (document) => document[name];
}
