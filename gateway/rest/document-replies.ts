import { Type } from 'typebox';
import { type JsonForm, toJson } from '../services/documents/values/write.ts';
import type { Outcome } from './endpoint.ts';

/** A document, or any value of one, as Extended JSON. */
export const AnyJson = Type.Unsafe<unknown>({ description: 'Extended JSON.' });
/** A whole document. */
export const AnyDocument = Type.Object({}, { additionalProperties: true, description: 'Extended JSON.' });
const Next = Type.Union([Type.String(), Type.Null()]);
const Count = Type.Integer();
const acknowledged = Type.Literal(true);

/** What operations answer, as the MongoDB drivers shape it. */
export const replySchemas = {
  page: Type.Object({ documents: Type.Array(AnyJson), next: Next }),
  one: Type.Object({ document: AnyJson }),
  count: Type.Object({ count: Count }),
  values: Type.Object({ values: Type.Array(AnyJson) }),
  explanation: Type.Object({ queryPlanner: Type.Object({}), executionStats: Type.Object({}) }),
  insertedOne: Type.Object({ acknowledged, insertedId: AnyJson, etag: Type.String() }),
  insertedMany: Type.Object({ acknowledged, insertedCount: Count, insertedIds: Type.Object({}) }),
  updated: Type.Object({
    acknowledged,
    matchedCount: Count,
    modifiedCount: Count,
    upsertedId: AnyJson,
    upsertedCount: Count,
    etag: Type.Optional(Type.String()),
  }),
  deleted: Type.Object({ acknowledged, deletedCount: Count }),
  bulk: Type.Object({
    acknowledged,
    insertedCount: Count,
    matchedCount: Count,
    modifiedCount: Count,
    deletedCount: Count,
    upsertedCount: Count,
    insertedIds: Type.Object({}),
    upsertedIds: Type.Object({}),
  }),
};

const JSON_TYPE = 'application/json; charset=utf-8';

/** A reply whose JSON is there already: nobody parses it to write it again. */
export function jsonText(
  text: string,
  { status = 200, headers = {} }: Partial<Pick<Outcome, 'status' | 'headers'>> = {},
): Outcome {
  return { status, body: text, headers: { ...headers, 'Content-Type': JSON_TYPE } };
}

/** A result in whose fields there are values of documents. */
export function resultReply(result: object, form: JsonForm, told?: Parameters<typeof jsonText>[1]): Outcome {
  const fields = Object.entries(result)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, counts.has(name) ? value : toJson(value, form)]);
  return jsonText(JSON.stringify(Object.fromEntries(fields)), told);
}

/** Numbers that are ours and no values of documents: they are numbers in either form. */
const counts: ReadonlySet<string> = new Set([
  'insertedCount',
  'matchedCount',
  'modifiedCount',
  'deletedCount',
  'upsertedCount',
]);
