import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { bodyPieces } from '../../http/body-pieces.ts';
import { splitArray, splitLines } from '../../services/documents/lines/split-documents.ts';
import { CollectionParams, collectionOf, databaseQuery } from '../collection-call.ts';
import { endpoint } from '../endpoint.ts';
import { Flag, isOn } from '../file-schemas.ts';
import { ok } from '../outcomes.ts';
import { problemOfFailure } from '../problem-codes.ts';
import { input } from '../schemas.ts';

const tag = 'documents';
const LINES = 'application/x-ndjson';
/** One JSON array, in the place of a document a line. */
const jsonArray = Flag;

const exportAll = endpoint({
  name: 'exportDocuments',
  method: 'GET',
  path: '/collections/:name/export',
  tag,
  summary: 'Export a collection',
  description: 'As `mongoexport` does: relaxed Extended JSON, a document a line.',
  access: 'account',
  params: CollectionParams,
  query: input({ ...databaseQuery, jsonArray }),
  replies: { 200: { description: 'All of its documents', bytes: LINES } },
  async handle(call) {
    const asArray = isOn(call.query.jsonArray);
    const lines = await call.services.documentLines.export(await collectionOf(call), { asArray });
    const type = asArray ? 'application/json; charset=utf-8' : LINES;
    const headers = { 'Content-Type': type, 'Content-Disposition': `attachment; filename="${call.params.name}.json"` };
    return { status: 200, body: Readable.from(lines, { objectMode: false }), headers };
  },
});

const Imported = Type.Object({
  imported: Type.Integer(),
  failed: Type.Integer(),
  errors: Type.Array(Type.Object({ line: Type.Integer(), code: Type.String(), message: Type.String() }), {
    description: 'The first hundred of what could not be imported.',
  }),
});

const importAll = endpoint({
  name: 'importDocuments',
  method: 'POST',
  path: '/collections/:name/import',
  tag,
  summary: 'Import documents',
  description:
    'As `mongoimport` does: a document a line, of any number, read as they come and written 1,000 in a transaction. What is wrong with one is told with its line, and the others are imported.',
  access: 'account',
  params: CollectionParams,
  query: input({
    ...databaseQuery,
    jsonArray,
    mode: Type.Optional(
      Type.Enum(['insert', 'upsert'], { description: '`upsert`: a document of the same `_id` is replaced.' }),
    ),
  }),
  takesFiles: true,
  upload: { type: LINES, schema: Type.String({ format: 'binary' }) },
  replies: { 200: { description: 'How many are there now', schema: Imported } },
  async handle({ source, ...call }) {
    const mode = call.query.mode === 'upsert' ? 'upsert' : 'insert';
    const split = isOn(call.query.jsonArray) ? splitArray : splitLines;
    const asked = await collectionOf(call);
    const result = await call.services.documentLines.import(asked, () => ({
      documents: split(bodyPieces(source)),
      mode,
    }));
    const errors = result.errors.map((each) => ({ ...each, code: problemOfFailure[each.code] ?? 'invalid-document' }));
    return ok({ ...result, errors });
  },
});

export const documentLineEndpoints = [exportAll, importAll];
