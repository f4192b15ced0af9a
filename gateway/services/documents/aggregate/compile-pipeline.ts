import { invalidQuery } from '../filter/invalid-query.ts';
import { type Document, isDocument } from '../values/value.ts';
import { bucketAutoStep } from './bucket-auto-step.ts';
import { graphLookupStep } from './graph-lookup-step.ts';
import { bucketStep, countStep, groupStep, requireStageCount, sortByCountStep } from './group-step.ts';
import { lookupStep } from './lookup-step.ts';
import { allTogether, rowByRow } from './mingo-step.ts';
import { projectStep } from './project-step.ts';
import { limitStep, matchStep, sampleStep, skipStep, sortStep } from './simple-steps.ts';
import type { PipelineContext, StageCompiler, Step } from './step.ts';
import { facetStep, unionStep } from './sub-pipelines.ts';

/** All stages. */
const STAGES: ReadonlyMap<string, StageCompiler> = new Map<string, StageCompiler>([
  ['$match', matchStep],
  ['$limit', limitStep],
  ['$skip', skipStep],
  ['$sort', sortStep],
  ['$sample', sampleStep],
  ['$group', groupStep],
  ['$sortByCount', sortByCountStep],
  ['$count', countStep],
  ['$bucket', bucketStep],
  ['$bucketAuto', bucketAutoStep],
  ['$facet', facetStep],
  ['$unionWith', unionStep],
  ['$lookup', lookupStep],
  ['$graphLookup', graphLookupStep],
  ['$project', projectStep],
  ...['$addFields', '$set', '$unset', '$unwind', '$replaceRoot', '$replaceWith', '$redact'].map(
    (name) => [name, rowByRow(name)] as const,
  ),
  ...['$setWindowFields', '$densify', '$fill'].map((name) => [name, allTogether(name)] as const),
]);

const MAX_STAGES = 1000;
const MAX_PIPELINES = 20;

/**
 * Makes the steps of a pipeline, one for each stage.
 * @throws Failure `InvalidQuery` for a stage that is none, or is not given what it needs
 */
export function compilePipeline(stages: readonly Document[], context: PipelineContext): Step[] {
  if (stages.length > MAX_STAGES) throw invalidQuery(`Pipeline length must be no longer than ${MAX_STAGES} stages`);
  if (context.depth > MAX_PIPELINES) throw invalidQuery('Maximum number of nested pipelines exceeded');
  return stages.map((stage, at) => {
    const name = stageName(stage);
    const operand = stage[name] ?? null;
    if (name === '$out' || name === '$merge') {
      throw invalidQuery(`${name} is not supported: an aggregation does not write`, name);
    }
    if (name === '$sort') return sortStep(operand, context, limitBehind(stages, at));
    const compile = STAGES.get(name);
    if (compile === undefined) throw invalidQuery(`Unrecognized pipeline stage name: '${name}'`, name);
    return compile(operand, context);
  });
}

/** @throws Failure `InvalidQuery` */
export function stageName(stage: Document): string {
  if (!isDocument(stage)) throw invalidQuery("Each element of the 'pipeline' array must be an object");
  const names = Object.keys(stage);
  if (names.length !== 1) throw invalidQuery('A pipeline stage specification object must contain exactly one field.');
  return names[0] ?? '';
}

/** How many of the sorted documents go on. */
function limitBehind(stages: readonly Document[], at: number): number | undefined {
  let skipped = 0;
  for (const stage of stages.slice(at + 1)) {
    if (stage.$skip !== undefined) skipped += requireStageCount('$skip', stage.$skip, 0);
    else if (stage.$limit !== undefined) return skipped + requireStageCount('$limit', stage.$limit, 1);
    else return undefined;
  }
  return undefined;
}
