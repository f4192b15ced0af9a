import { invalidQuery } from '../filter/invalid-query.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { bytesOfValue } from './memory.ts';
import { readOther } from './read-other.ts';
import { runSteps } from './run-steps.ts';
import type { PipelineContext, Step } from './step.ts';

/** `{ <field>: <pipeline> }`: several pipelines of the same documents, the results of each in a field. */
export function facetStep(operand: DocumentValue, context: PipelineContext): Step {
  if (!isDocument(operand) || Object.keys(operand).length === 0) {
    throw invalidQuery('the $facet specification must be a non-empty object', '$facet');
  }
  const facets = Object.entries(operand).map(([name, pipeline]) => {
    const stages = requirePipeline(pipeline, '$facet');
    context.compile(stages, inner(context)); // what is wrong with it is told at once
    return { name, stages };
  });
  const all: Document[] = [];
  return {
    push(batch) {
      for (const document of batch) {
        context.memory.take(bytesOfValue(document));
        all.push(document);
      }
      return [];
    },
    async finish() {
      const result: Document = {};
      for (const { name, stages } of facets) result[name] = await runPipeline(stages, all, context);
      return [result];
    },
  };
}

/** `'other'` or `{ coll, pipeline }`: what comes, and behind it what is in another collection. */
export function unionStep(operand: DocumentValue, context: PipelineContext): Step {
  const { coll: name, pipeline = [] } =
    typeof operand === 'string' ? { coll: operand } : isDocument(operand) ? operand : {};
  if (typeof name !== 'string') throw invalidQuery('$unionWith needs a collection', '$unionWith');
  const stages = requirePipeline(pipeline, '$unionWith');
  context.compile(stages, inner(context));
  return {
    push: (batch) => batch,
    finish: () => runOther(name, stages, context),
  };
}

/** What a pipeline makes of some documents. */
export async function runPipeline(
  stages: readonly Document[],
  documents: readonly Document[],
  context: PipelineContext,
): Promise<Document[]> {
  async function* once() {
    yield documents;
  }
  return collect(runSteps(context.compile(stages, inner(context)), once()), context);
}

/** What a pipeline makes of another collection: of nothing where there is none. */
export function runOther(name: string, stages: readonly Document[], context: PipelineContext): Promise<Document[]> {
  const [first, ...rest] = stages;
  const filter = first?.$match;
  const isFilter = filter !== undefined && isDocument(filter);
  const documents = readOther(name, isFilter ? filter : {}, context);
  return collect(runSteps(context.compile(isFilter ? rest : stages, inner(context)), documents), context);
}

async function collect(batches: AsyncIterable<readonly Document[]>, { memory }: PipelineContext): Promise<Document[]> {
  const all: Document[] = [];
  for await (const batch of batches) {
    for (const document of batch) {
      memory.take(bytesOfValue(document));
      all.push(document);
    }
  }
  return all;
}

function inner(context: PipelineContext): PipelineContext {
  return { ...context, depth: context.depth + 1 };
}

/** @throws Failure `InvalidQuery` */
export function requirePipeline(pipeline: DocumentValue | undefined, stage: string): readonly Document[] {
  if (Array.isArray(pipeline) && pipeline.every(isDocument)) return pipeline;
  throw invalidQuery(`arguments to ${stage} must be arrays of stages`, stage);
}
