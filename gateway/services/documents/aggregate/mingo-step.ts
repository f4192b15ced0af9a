import { Aggregator } from 'mingo/aggregator';
import { Context } from 'mingo/core';
import * as accumulators from 'mingo/operators/accumulator';
import { $function } from 'mingo/operators/expression';
import * as pipeline from 'mingo/operators/pipeline';
import * as windows from 'mingo/operators/window';
import { checkExpression } from '../expressions/check-expression.ts';
import { asFailure } from '../expressions/compile-expression.ts';
import { expressionContext } from '../expressions/expression-operators.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { bytesOfValue } from './memory.ts';
import type { StageCompiler } from './step.ts';

/** Runs JavaScript: mingo itself computes windows by it, but nobody else may. */
const SCRIPTS: ReadonlySet<string> = new Set(['$function', '$accumulator', '$where']);

const context: Context = Context.from(
  expressionContext,
  Context.init({
    pipeline: pipeline as never, // mingo's own type of them is of its own functions
    accumulator: accumulators as never,
    window: windows as never,
    expression: { $function } as never,
  }),
);

/** A stage of one document after the other, by mingo. */
export function rowByRow(name: string): StageCompiler {
  return (operand) => {
    const run = runner(name, operand);
    return { push: run };
  };
}

/** A stage of all documents together, by mingo. */
export function allTogether(name: string): StageCompiler {
  return (operand, { memory }) => {
    const run = runner(name, operand);
    const all: Document[] = [];
    return {
      push(batch) {
        for (const document of batch) {
          memory.take(bytesOfValue(document));
          all.push(document);
        }
        return [];
      },
      finish: () => run(all),
    };
  };
}

function runner(name: string, operand: DocumentValue): (documents: readonly Document[]) => Document[] {
  refuseScripts(operand);
  if (CHECKED.has(name)) checkExpression(operand);
  const aggregator = new Aggregator([{ [name]: operand }] as never, { context });
  return (documents) => {
    try {
      const made = aggregator.run(documents as never) as (Document | undefined)[];
      return made.filter((document) => document !== undefined); // what is pruned
    } catch (error) {
      throw asFailure(error);
    }
  };
}

function refuseScripts(value: DocumentValue): void {
  if (Array.isArray(value)) for (const item of value) refuseScripts(item);
  else if (isDocument(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (SCRIPTS.has(name)) throw invalidQuery(`Unrecognized expression '${name}'`, name);
      if (name !== '$literal') refuseScripts(inner);
    }
  }
}

/** What they are given is an expression, or an object of them. */
const CHECKED: ReadonlySet<string> = new Set(['$addFields', '$set', '$replaceWith', '$redact']);
