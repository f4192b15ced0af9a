import { invalidQuery } from '../filter/invalid-query.ts';
import { compileProjection } from '../project/compile-projection.ts';
import { type DocumentValue, isDocument } from '../values/value.ts';
import { rowByRow } from './mingo-step.ts';
import type { PipelineContext, Step } from './step.ts';

/** They are expressions here, and something else in the projections of `find`. */
const OTHERWISE: ReadonlySet<string> = new Set(['$slice', '$elemMatch']);

/** As `find` projects, but for what only one of them knows. */
export function projectStep(operand: DocumentValue, context: PipelineContext): Step {
  if (!isDocument(operand) || Object.keys(operand).length === 0) {
    throw invalidQuery('projection specification must have at least one field', '$project');
  }
  const isOtherwise = Object.entries(operand).some(
    ([name, value]) => name.endsWith('.$') || (isDocument(value) && OTHERWISE.has(Object.keys(value)[0] ?? '')),
  );
  if (isOtherwise) return rowByRow('$project')(operand, context);
  const project = compileProjection(operand);
  return { push: (batch) => batch.map(project) };
}
