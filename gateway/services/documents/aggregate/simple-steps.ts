import { compileFilter } from '../filter/compile-filter.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { compileSortKeys, parseSort, type SortKeys } from '../sort/compile-sort.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { requireStageCount } from './group-step.ts';
import { bytesOfValue } from './memory.ts';
import type { PipelineContext, Step } from './step.ts';

/** By the rules of filters, as `find` has them. */
export function matchStep(operand: DocumentValue): Step {
  if (!isDocument(operand)) throw invalidQuery('the match filter must be an expression in an object', '$match');
  const filter = compileFilter(operand);
  return { push: (batch) => batch.filter((document) => filter.test(document)) };
}

export function limitStep(operand: DocumentValue): Step {
  let left = requireStageCount('$limit', operand, 1);
  return {
    get isDone() {
      return left === 0;
    },
    push(batch) {
      const taken = batch.slice(0, left);
      left -= taken.length;
      return taken;
    },
  };
}

export function skipStep(operand: DocumentValue): Step {
  let left = requireStageCount('$skip', operand, 0);
  return {
    push(batch) {
      const taken = batch.slice(left);
      left -= Math.min(left, batch.length);
      return taken;
    },
  };
}

interface Kept {
  readonly keys: SortKeys;
  readonly document: Document;
}

/** @param most how many of the first matter: of a limit behind it */
export function sortStep(operand: DocumentValue, context: PipelineContext, most = Number.POSITIVE_INFINITY): Step {
  if (!isDocument(operand)) throw invalidQuery('the $sort key specification must be an object', '$sort');
  const fields = parseSort(operand);
  if (fields.length === 0) throw invalidQuery('$sort stage must have at least one sort key', '$sort');
  const { keysOf, compare } = compileSortKeys(fields);
  let kept: Kept[] = [];
  const shrink = () => {
    kept = kept.sort((a, b) => compare(a.keys, b.keys)).slice(0, most);
  };
  return {
    push(batch) {
      for (const document of batch) {
        kept.push({ keys: keysOf(document), document });
        if (most === Number.POSITIVE_INFINITY) context.memory.take(bytesOfValue(document));
      }
      if (kept.length > 2 * most + 1000) shrink();
      return [];
    },
    finish() {
      shrink();
      return kept.map(({ document }) => document);
    },
  };
}

/** `{ size }`: so many at random, each at most once (reservoir sampling). */
export function sampleStep(operand: DocumentValue, context: PipelineContext): Step {
  if (!isDocument(operand)) throw invalidQuery('the $sample stage specification must be an object', '$sample');
  const size = requireStageCount('$sample', operand.size, 1);
  const chosen: Document[] = [];
  let seen = 0;
  return {
    push(batch) {
      for (const document of batch) {
        seen += 1;
        const at = chosen.length < size ? chosen.length : Math.floor(Math.random() * seen);
        if (at < size) {
          context.memory.take(chosen.length < size ? bytesOfValue(document) : 0);
          chosen[at] = document;
        }
      }
      return [];
    },
    finish: () => shuffled(chosen),
  };
}

function shuffled(documents: Document[]): Document[] {
  return documents
    .map((document) => ({ document, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ document }) => document);
}
