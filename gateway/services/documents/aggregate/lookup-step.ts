import { BSONRegExp } from 'bson';
import { compileExpression, type Expression } from '../expressions/compile-expression.ts';
import { MISSING, valuesAt } from '../field-path.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { encodeValue } from '../values/entry.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { bytesOfValue } from './memory.ts';
import { readOther } from './read-other.ts';
import { setField } from './set-field.ts';
import type { PipelineContext, Step } from './step.ts';
import { requirePipeline, runOther, runPipeline } from './sub-pipelines.ts';
import { bindVariables } from './variables.ts';

interface Lookup {
  readonly from: string;
  readonly as: string;
  readonly fields: { readonly local: string; readonly foreign: string } | undefined;
  readonly variables: readonly (readonly [name: string, value: Expression])[];
  readonly pipeline: readonly Document[] | undefined;
}

/** Values that are asked for at once. */
const MAX_VALUES = 500;

/** `{ from, localField, foreignField, let, pipeline, as }`: documents of another collection that belong to each. */
export function lookupStep(operand: DocumentValue, context: PipelineContext): Step {
  const lookup = parseLookup(operand);
  const { fields, pipeline } = lookup;
  if (fields === undefined) return byPipeline({ ...lookup, pipeline: pipeline ?? [] }, context);
  return {
    async push(batch) {
      const joined: Document[] = [];
      for (const document of batch) {
        const others = await foreignOf(document, { ...lookup, fields }, context);
        joined.push(setField(document, lookup.as, await throughPipeline(others, document, lookup, context)));
      }
      return joined;
    },
  };
}

function parseLookup(operand: DocumentValue): Lookup {
  if (!isDocument(operand)) throw invalidQuery('the $lookup stage specification must be an object', '$lookup');
  const { from, as, localField: local, foreignField: foreign, let: variables = {}, pipeline } = operand;
  if (typeof from !== 'string' || typeof as !== 'string')
    throw invalidQuery("$lookup needs 'from' and 'as'", '$lookup');
  const hasFields = typeof local === 'string' && typeof foreign === 'string';
  if (!hasFields && (local !== undefined || foreign !== undefined || pipeline === undefined)) {
    throw invalidQuery(
      "$lookup requires both or neither of 'localField' and 'foreignField' to be specified",
      '$lookup',
    );
  }
  if (!isDocument(variables)) throw invalidQuery("$lookup argument 'let' must be an object", '$lookup');
  return {
    from,
    as,
    fields: hasFields ? { local, foreign } : undefined,
    variables: Object.entries(variables).map(([name, value]) => [name, compileExpression(value)]),
    pipeline: pipeline === undefined ? undefined : requirePipeline(pipeline, '$lookup'),
  };
}

/** A pipeline without variables makes the same for each document. */
function byPipeline(lookup: Lookup & { readonly pipeline: readonly Document[] }, context: PipelineContext): Step {
  const { from, as, variables, pipeline } = lookup;
  let always: Promise<Document[]> | undefined;
  const othersOf = (document: Document) => {
    if (variables.length > 0) return runOther(from, bindVariables(pipeline, valuesOf(variables, document)), context);
    always ??= runOther(from, pipeline, context);
    return always;
  };
  return {
    async push(batch) {
      const joined: Document[] = [];
      for (const document of batch) joined.push(setField(document, as, await othersOf(document)));
      return joined;
    },
  };
}

async function foreignOf(
  document: Document,
  { from, fields }: Lookup & { readonly fields: { readonly local: string; readonly foreign: string } },
  context: PipelineContext,
): Promise<Document[]> {
  const others: Document[] = [];
  const seen = new Set<string>();
  const values = localValues(document, fields.local);
  for (let at = 0; at < values.length; at += MAX_VALUES) {
    const filter = { [fields.foreign]: { $in: values.slice(at, at + MAX_VALUES) } };
    for await (const batch of readOther(from, filter, context)) {
      for (const other of batch) {
        const name = encodeValue(other._id ?? null).toString('latin1');
        if (values.length > MAX_VALUES && seen.size === seen.add(name).size) continue;
        context.memory.take(bytesOfValue(other));
        others.push(other);
      }
    }
  }
  return others;
}

/** "If the localField is an array, you can match the array elements"; what is missing is null. */
export function localValues(document: Document, path: string): DocumentValue[] {
  const found = valuesAt(document, path.split('.')).flatMap((value): DocumentValue[] => {
    if (value === MISSING) return [null];
    return Array.isArray(value) ? [...value] : [value];
  });
  // In a list of `$in` a regular expression would be a pattern.
  return found.filter((value) => !(value instanceof BSONRegExp));
}

async function throughPipeline(
  others: Document[],
  document: Document,
  ...[{ pipeline, variables }, context]: [Lookup, PipelineContext]
): Promise<Document[]> {
  if (pipeline === undefined || pipeline.length === 0) return others;
  return runPipeline(bindVariables(pipeline, valuesOf(variables, document)), others, context);
}

function valuesOf(variables: Lookup['variables'], document: Document): Document {
  return Object.fromEntries(variables.map(([name, value]) => [name, value(document) ?? null]));
}
