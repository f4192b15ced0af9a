import type { Expression } from '../expressions/compile-expression.ts';
import { integerOf } from '../filter/integers.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { compareValues } from '../values/compare.ts';
import { encodeValue } from '../values/entry.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { type Accumulator, type AccumulatorFactory, compileAccumulator } from './accumulators.ts';
import { compileEvaluator } from './evaluator.ts';
import type { PipelineContext, Step } from './step.ts';

interface Grouping {
  readonly key: Expression;
  readonly fields: readonly (readonly [name: string, open: AccumulatorFactory])[];
  readonly context: PipelineContext;
}

interface Group {
  readonly key: DocumentValue | undefined;
  readonly accumulators: readonly Accumulator[];
}

const GROUP_BYTES = 200;

/** `{ _id: <expression>, <field>: { <accumulator>: <expression> } }`. A group is kept, not its documents. */
export function groupStep(operand: DocumentValue, context: PipelineContext): Step {
  if (!isDocument(operand)) throw invalidQuery("a group's fields must be specified in an object", '$group');
  const { _id: key, ...fields } = operand;
  if (key === undefined) throw invalidQuery('a group specification must include an _id', '$group');
  return grouped({ key: compileEvaluator(key), fields: compileFields(fields, context), context });
}

/** The accumulators of fields, by their names. @throws Failure `InvalidQuery` */
export function compileFields(fields: Document, { memory }: PipelineContext): Grouping['fields'] {
  return Object.entries(fields).map(([name, expression]) => [name, compileAccumulator(name, expression, memory)]);
}

function grouped(grouping: Grouping, order?: (groups: Group[]) => Group[]): Step {
  const groups = new Map<string, Group>();
  return {
    push(batch) {
      for (const document of batch) addTo(groups, document, grouping);
      return [];
    },
    finish() {
      const all = [...groups.values()];
      return (order?.(all) ?? all).map((group) => toDocument(group, grouping));
    },
  };
}

function addTo(groups: Map<string, Group>, document: Document, { key: keyOf, fields, context }: Grouping): void {
  const key = keyOf(document);
  const name = typeof key === 'string' ? `"${key}` : encodeValue(key ?? null).toString('latin1');
  let group = groups.get(name);
  if (group === undefined) {
    group = { key: key ?? null, accumulators: fields.map(([, open]) => open()) };
    groups.set(name, group);
    context.memory.take(GROUP_BYTES + name.length);
  }
  for (const accumulator of group.accumulators) accumulator.add(document);
}

function toDocument({ key, accumulators }: Group, { fields }: Grouping): Document {
  const document: Document = { _id: key ?? null };
  for (const [at, [name]] of fields.entries()) {
    const value = accumulators[at]?.result();
    if (value !== undefined) document[name] = value;
  }
  return document;
}

/** "Groups incoming documents based on the value of a specified expression, then computes the count", the most first. */
export function sortByCountStep(operand: DocumentValue, context: PipelineContext): Step {
  const isExpression = typeof operand === 'string' ? operand.startsWith('$') : isDocument(operand);
  if (!isExpression) {
    throw invalidQuery(
      'the sortByCount field must be specified as a string prefixed by $ or an object',
      '$sortByCount',
    );
  }
  const fields = compileFields({ count: { $sum: 1 } }, context);
  const countOf = ({ accumulators }: Group) => Number(accumulators[0]?.result());
  return grouped({ key: compileEvaluator(operand), fields, context }, (groups) =>
    groups.sort((a, b) => countOf(b) - countOf(a)),
  );
}

/** `{ groupBy, boundaries, default, output }`. */
export function bucketStep(operand: DocumentValue, context: PipelineContext): Step {
  const { groupBy, boundaries, output = { count: { $sum: 1 } }, default: other } = isDocument(operand) ? operand : {};
  if (groupBy === undefined)
    throw invalidQuery("$bucket requires 'groupBy' and 'boundaries' to be specified", '$bucket');
  const limits = requireBoundaries(boundaries);
  if (!isDocument(output)) throw invalidQuery("The $bucket 'output' field must be an object", '$bucket');
  const evaluate = compileEvaluator(groupBy);
  const key: Expression = (document) => {
    const value = evaluate(document) ?? null;
    const at = limits.findLastIndex((limit) => compareValues(limit, value) <= 0);
    const found = at === limits.length - 1 ? undefined : limits[at];
    if (found !== undefined) return found;
    if (other !== undefined) return other;
    throw invalidQuery(
      '$bucket could not find a matching branch for an input, and no default was specified',
      '$bucket',
    );
  };
  return grouped({ key, fields: compileFields(output, context), context }, (groups) =>
    groups.sort((a, b) => compareValues(a.key ?? null, b.key ?? null)),
  );
}

function requireBoundaries(boundaries: DocumentValue | undefined): readonly DocumentValue[] {
  if (!Array.isArray(boundaries) || boundaries.length < 2) {
    throw invalidQuery("The $bucket 'boundaries' field must be an array with at least 2 values", '$bucket');
  }
  const isRising = boundaries.every((limit, at) => at === 0 || compareValues(boundaries[at - 1] ?? null, limit) < 0);
  if (!isRising) throw invalidQuery("The 'boundaries' option to $bucket must be sorted", '$bucket');
  return boundaries;
}

/** `$count: 'name'`: nothing of no documents. */
export function countStep(operand: DocumentValue): Step {
  if (typeof operand !== 'string' || operand === '' || operand.startsWith('$') || operand.includes('.')) {
    throw invalidQuery('the count field must be a non-empty string without $ and .', '$count');
  }
  let count = 0;
  return {
    push(batch) {
      count += batch.length;
      return [];
    },
    finish: () => (count === 0 ? [] : [{ [operand]: count }]),
  };
}

/** @throws Failure `InvalidQuery` for what is no such number */
export function requireStageCount(name: string, operand: DocumentValue | undefined, least: 0 | 1): number {
  const count = operand === undefined ? undefined : integerOf(operand);
  if (count !== undefined && count >= BigInt(least) && count <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(count);
  throw invalidQuery(
    `invalid argument to ${name} stage: Expected ${least === 0 ? 'a non-negative' : 'a positive'} number`,
    name,
  );
}
