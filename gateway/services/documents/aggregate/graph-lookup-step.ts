import { compileExpression, type Expression } from '../expressions/compile-expression.ts';
import { invalidQuery } from '../filter/invalid-query.ts';
import { encodeValue } from '../values/entry.ts';
import { type Document, type DocumentValue, isDocument } from '../values/value.ts';
import { requireStageCount } from './group-step.ts';
import { localValues } from './lookup-step.ts';
import { bytesOfValue } from './memory.ts';
import { readOther } from './read-other.ts';
import { setField } from './set-field.ts';
import type { PipelineContext, Step } from './step.ts';

interface GraphLookup {
  readonly from: string;
  readonly startWith: Expression;
  readonly connectFromField: string;
  readonly connectToField: string;
  readonly as: string;
  readonly maxDepth: number;
  readonly depthField: string | undefined;
  readonly restriction: Document | undefined;
}

/** "Performs a recursive search on a collection". Each document is found once, at the least depth. */
export function graphLookupStep(operand: DocumentValue, context: PipelineContext): Step {
  const lookup = parseGraphLookup(operand);
  return {
    async push(batch) {
      const joined: Document[] = [];
      for (const document of batch) joined.push(setField(document, lookup.as, await search(document, lookup, context)));
      return joined;
    },
  };
}

function parseGraphLookup(operand: DocumentValue): GraphLookup {
  const options = isDocument(operand) ? operand : {};
  const text = (name: string) => {
    const value = options[name];
    if (typeof value === 'string') return value;
    throw invalidQuery(`$graphLookup needs '${name}' to be a string`, '$graphLookup');
  };
  const { startWith, maxDepth, depthField, restrictSearchWithMatch: restriction } = options;
  if (startWith === undefined) throw invalidQuery("$graphLookup needs 'startWith'", '$graphLookup');
  if (restriction !== undefined && !isDocument(restriction)) {
    throw invalidQuery("$graphLookup's 'restrictSearchWithMatch' must be an object", '$graphLookup');
  }
  return {
    from: text('from'),
    startWith: compileExpression(startWith),
    connectFromField: text('connectFromField'),
    connectToField: text('connectToField'),
    as: text('as'),
    maxDepth: maxDepth === undefined ? Number.POSITIVE_INFINITY : requireStageCount('$graphLookup', maxDepth, 0),
    depthField: depthField === undefined ? undefined : text('depthField'),
    restriction,
  };
}

async function search(document: Document, lookup: GraphLookup, context: PipelineContext): Promise<Document[]> {
  const { from, connectFromField, connectToField, maxDepth, depthField, restriction } = lookup;
  const start = lookup.startWith(document) ?? null;
  const asked = new Set<string>();
  const found = new Map<string, Document>();
  let frontier = fresh(Array.isArray(start) ? start : [start], asked);
  for (let depth = 0; frontier.length > 0 && depth <= maxDepth; depth += 1) {
    const filter: Document = { [connectToField]: { $in: frontier } };
    const next: DocumentValue[] = [];
    for await (const batch of readOther(
      from,
      restriction === undefined ? filter : { $and: [filter, restriction] },
      context,
    )) {
      for (const other of batch) {
        const name = encodeValue(other._id ?? null).toString('latin1');
        if (found.has(name)) continue;
        context.memory.take(bytesOfValue(other));
        found.set(name, depthField === undefined ? other : setField(other, depthField, depth));
        next.push(...localValues(other, connectFromField));
      }
    }
    frontier = fresh(next, asked);
  }
  return [...found.values()];
}

/** Those that were not asked for yet. */
function fresh(values: readonly DocumentValue[], asked: Set<string>): DocumentValue[] {
  return values.filter((value) => asked.size < asked.add(encodeValue(value).toString('latin1')).size);
}
