import { invalidQuery } from '../filter/invalid-query.ts';
import { requireQueryLimits } from '../filter/query-limits.ts';
import { equalValues } from '../values/compare.ts';
import { type Document, isDocument } from '../values/value.ts';
import { compileOperators } from './operator-update.ts';
import { compilePipelineUpdate } from './pipeline-update.ts';
import { requireStorable } from './storable.ts';
import type { Transform } from './transform.ts';

/** An update, ready to be applied to many documents. */
export interface CompiledUpdate {
  /** Whether it has to be told what element the filter matched. */
  readonly isPositional: boolean;
  /** It puts another document in the place of what is there, so that nothing of a filter but the id is inserted. */
  readonly isReplacement: boolean;
  /**
   * The document as it is to be; the same one where nothing changes. What was given is never changed itself.
   * @throws Failure `InvalidQuery` in MongoDB's words, `InvalidDocument`
   */
  readonly apply: Transform;
}

/**
 * Compiles update operators, or the stages of a pipeline.
 * @throws Failure `InvalidQuery` in MongoDB's words, `InvalidDocument`, `DocumentTooLarge`
 */
export function compileUpdate(
  update: Document | readonly Document[],
  { arrayFilters }: { readonly arrayFilters?: readonly Document[] | undefined } = {},
): CompiledUpdate {
  requireQueryLimits({ update });
  if (Array.isArray(update)) {
    if (arrayFilters !== undefined) {
      throw invalidQuery('arrayFilters may not be specified for pipeline-style updates');
    }
    return checked({ isPositional: false, isReplacement: false, apply: compilePipelineUpdate(update) });
  }
  if (!isDocument(update as Document)) throw invalidQuery('An update is an object of operators, or an array of stages');
  const { isPositional, apply } = compileOperators(update as Document, arrayFilters ?? []); // no array is left
  return checked({ isPositional, isReplacement: false, apply });
}

/** Compiles a document that is to be in the place of others; its `_id`, if it has one, is the one that is there. */
export function compileReplacement(replacement: Document): CompiledUpdate {
  if (!isDocument(replacement)) throw invalidQuery('A replacement is an object');
  const operator = Object.keys(replacement).find((name) => name.startsWith('$'));
  if (operator !== undefined) {
    throw invalidQuery(
      `The dollar ($) prefixed field '${operator}' in '${operator}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
    );
  }
  const { _id: id, ...fields } = replacement;
  const apply: Transform = (document) => {
    const kept = id ?? document._id;
    return kept === undefined ? fields : { _id: kept, ...fields };
  };
  return checked({ isPositional: false, isReplacement: true, apply });
}

function checked({ apply, ...update }: CompiledUpdate): CompiledUpdate {
  return {
    ...update,
    apply: (document, options) => {
      const after = apply(document, options);
      if (after === document) return document;
      requireSameId(document, after);
      requireStorable(after);
      return after;
    },
  };
}

function requireSameId({ _id: before }: Document, { _id: after }: Document): void {
  if (before === undefined || (after !== undefined && equalValues(before, after))) return;
  throw invalidQuery("Performing an update on the path '_id' would modify the immutable field '_id'");
}
