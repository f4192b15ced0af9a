import { Context } from 'mingo/core';
import { $stdDevPop, $stdDevSamp } from 'mingo/operators/accumulator';
import * as mingo from 'mingo/operators/expression';
import { type ExpressionOperator, replacedOperators } from './replaced-operators.ts';
import { counted } from './steps.ts';

/** Runs JavaScript of whoever asks. */
const REFUSED: ReadonlySet<string> = new Set(['$function', '$accumulator', '$where']);

/** All operators of expressions: mingo's, but for those of ours. */
export const expressionOperators = Object.fromEntries(
  Object.entries({ ...(mingo as Readonly<Record<string, unknown>>), ...replacedOperators })
    .filter(([name]) => !REFUSED.has(name))
    .map(([name, operator]) => [name, counted(operator as ExpressionOperator)]), // as mingo itself calls them
);

/** "Some operators that are available as accumulators [...] are also available for use in other stages". */
const accumulatorsInExpressions = { $stdDevPop, $stdDevSamp };

export function isExpressionOperator(name: string): boolean {
  return Object.hasOwn(expressionOperators, name) || Object.hasOwn(accumulatorsInExpressions, name);
}

/** What mingo looks operators of expressions up in. */
export const expressionContext: Context = Context.init({
  expression: expressionOperators as never, // mingo's own type of them is of its own functions
  accumulator: accumulatorsInExpressions,
});
