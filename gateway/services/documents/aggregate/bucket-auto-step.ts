import { invalidQuery } from '../filter/invalid-query.ts';
import { compareValues } from '../values/compare.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { compileEvaluator } from './evaluator.ts';
import { compileFields, requireStageCount } from './group-step.ts';
import { bytesOfValue } from './memory.ts';
import type { PipelineContext, Step } from './step.ts';

interface Keyed {
  readonly key: DocumentValue;
  readonly document: Document;
}

/** `{ groupBy, buckets, output }`: groups of about the same size, in the order of an expression. */
export function bucketAutoStep(operand: DocumentValue, context: PipelineContext): Step {
  const { groupBy, buckets, output = { count: { $sum: 1 } }, granularity } = isDocument(operand) ? operand : {};
  if (groupBy === undefined)
    throw invalidQuery("$bucketAuto requires 'groupBy' and 'buckets' to be specified", '$bucketAuto');
  if (granularity !== undefined) throw invalidQuery("'granularity' is not supported", '$bucketAuto');
  if (!isDocument(output)) throw invalidQuery("The $bucketAuto 'output' field must be an object", '$bucketAuto');
  const most = requireStageCount('$bucketAuto', buckets, 1);
  const evaluate = compileEvaluator(groupBy);
  const fields = compileFields(output, context);
  const all: Keyed[] = [];
  return {
    push(batch) {
      for (const document of batch) {
        context.memory.take(bytesOfValue(document));
        all.push({ key: evaluate(document) ?? null, document });
      }
      return [];
    },
    finish() {
      all.sort((a, b) => compareValues(a.key, b.key));
      const groups = split(all, most);
      return groups.map((group, at) => toBucket(group, { fields, next: groups[at + 1] }));
    },
  };
}

/** What has the same value stays together. */
function split(sorted: readonly Keyed[], most: number): Keyed[][] {
  const size = Math.max(1, Math.round(sorted.length / most));
  const groups: Keyed[][] = [];
  for (let from = 0; from < sorted.length; ) {
    let to = groups.length === most - 1 ? sorted.length : Math.min(from + size, sorted.length);
    const last = sorted[to - 1]?.key ?? null;
    while (to < sorted.length && compareValues(sorted[to]?.key ?? null, last) === 0) to += 1;
    groups.push(sorted.slice(from, to));
    from = to;
  }
  return groups;
}

function toBucket(
  group: readonly Keyed[],
  { fields, next }: { readonly fields: ReturnType<typeof compileFields>; readonly next: readonly Keyed[] | undefined },
): Document {
  const bucket: Document = { _id: { min: group[0]?.key ?? null, max: next?.[0]?.key ?? group.at(-1)?.key ?? null } };
  for (const [name, open] of fields) {
    const accumulator = open();
    for (const { document } of group) accumulator.add(document);
    const value = accumulator.result();
    if (value !== undefined) bucket[name] = value;
  }
  return bucket;
}
