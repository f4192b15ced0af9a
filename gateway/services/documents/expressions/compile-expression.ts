import { Context, evalExpr } from 'mingo/core';
import { Query } from 'mingo/query';
import type { Options } from 'mingo/types';
import { Failure } from '../../../../metadata/index.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import type { Document, DocumentValue } from '../values/value.ts';
import { checkExpression } from './check-expression.ts';
import { expressionContext } from './expression-operators.ts';
import { withinSteps } from './steps.ts';

/** Undefined where it leads to nothing. @throws Failure `InvalidQuery` for values that an operator does not take */
export type Expression = (document: Document) => DocumentValue | undefined;

/** Compiles an expression of aggregations, for mingo to compute. @throws Failure `InvalidQuery` */
export function compileExpression(expression: DocumentValue): Expression {
  checkExpression(expression);
  const options = mingoOptions();
  return (document) => {
    try {
      return withinSteps(() => evalExpr(document as never, expression as never, options) as DocumentValue | undefined);
    } catch (error) {
      throw asFailure(error);
    }
  };
}

/** What mingo says no to is what a query asks for. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const failure = invalidQuery(error instanceof Error ? error.message : String(error));
  failure.cause = error;
  return failure;
}

/** mingo makes its options once for a query, and for each document where it is given others: so it is asked for a query's. */
function mingoOptions(): Options {
  let made: Options | undefined;
  const probe = (_selector: string, _operand: unknown, options: Options) => {
    made = options;
    return () => true;
  };
  const context = Context.from(expressionContext, Context.init({ query: { $expr: probe as never } }));
  new Query({ $expr: true }, { context });
  if (made === undefined) throw new Error('mingo compiled no query');
  return made;
}
