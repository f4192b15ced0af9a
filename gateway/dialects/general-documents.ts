import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { documentsFromJson } from '../rest/bulk-operations.ts';
import { filterOf, readOptions } from '../rest/document-bodies.ts';
import { Problem } from '../rest/problem.ts';
import { askerOf } from '../rest/request-facts.ts';
import type { CollectionAsked } from '../services/documents/collections.ts';
import { documentFromJson } from '../services/documents/values/read.ts';
import type { Document, DocumentValue } from '../services/documents/values/value.ts';
import { toJson } from '../services/documents/values/write.ts';
import type { UpdateResult } from '../services/documents/write/write-results.ts';
import { callerOf, type DialectCall, type DialectRoute, dialectRoute } from './dialect.ts';

const OK = { _status: 'OK' };
const Collection = Type.String({ minLength: 1, maxLength: 120 });
const Json = Type.Object({});
/** As this API and pymongo write them. */
const Options = Type.Object({
  skip: Type.Optional(Type.Integer({ minimum: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 0 })),
  sort: Type.Optional(Type.Union([Json, Type.Array(Type.Array(Type.Union([Type.String(), Type.Integer()])))])),
  projection: Type.Optional(Type.Union([Json, Type.Null()])),
  maxTimeMS: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  upsert: Type.Optional(Type.Boolean()),
  bypass_document_validation: Type.Optional(Type.Boolean()),
});
const Named = Type.Object({ collection: Collection });
const filter = Type.Optional(Json);
const options = Type.Optional(Options);
const Searched = Type.Object({ collection: Collection, filter, options });
const Updated = Type.Object({ collection: Collection, filter, update: Type.Union([Json, Type.Array(Json)]), options });
/** The longest time that a timer has. */
const MAX_TIME_MS = 2 ** 31 - 1;

type AnyCall = Pick<DialectCall, 'request' | 'context'> & { readonly body: { readonly collection: string } };

/** A collection of who asks. */
async function collectionOf({ request, context, body }: AnyCall): Promise<CollectionAsked> {
  const { account } = callerOf({ request });
  const asker = askerOf(request, context);
  return {
    ...(await context.services.collections.database(asker, { account, name: undefined })),
    name: body.collection,
  };
}

function told({ options: given = {} }: { readonly options?: Static<typeof Options> }) {
  const { bypass_document_validation: bypassDocumentValidation, projection, maxTimeMS = 0, ...others } = given;
  return readOptions({
    ...others,
    ...(projection === null || projection === undefined ? {} : { projection }),
    ...(bypassDocumentValidation === undefined ? {} : { bypassDocumentValidation }),
    maxTimeMS: Math.min(maxTimeMS, MAX_TIME_MS),
  });
}

function json(value: DocumentValue): unknown {
  return toJson(value, 'relaxed');
}

/** What is told of a result, in this API's names. */
function ofUpdate({ matchedCount, modifiedCount, upsertedId, upsertedCount }: UpdateResult): object {
  const counts = { matched_count: matchedCount, modified_count: modifiedCount };
  return {
    ...OK,
    matched: matchedCount,
    modified: modifiedCount,
    ...counts,
    upserted_id: upsertedCount === 0 ? null : json(upsertedId),
  };
}

/** Operators, or the stages of a pipeline. */
function updateOf({ update }: Static<typeof Updated>): Document | Document[] {
  return Array.isArray(update) ? update.map(documentFromJson) : documentFromJson(update);
}

/** Where all of them are. */
const path = (call: string) => ({ name: `general.${call}`, path: `/api/v1/db/${call}`, method: 'POST' }) as const;

const createCollection = dialectRoute({
  ...path('create_col'),
  body: Named,
  async handle(call) {
    await call.context.services.collections.create(await collectionOf(call), {});
    return OK;
  },
});

const dropCollection = dialectRoute({
  ...path('delete_col'),
  body: Named,
  async handle(call) {
    await call.context.services.collections.drop(await collectionOf(call));
    return OK;
  },
});

const insertOne = dialectRoute({
  ...path('insert_one'),
  body: Type.Object({ collection: Collection, document: Json, options }),
  takesDocuments: true,
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...told(call.body), document: documentFromJson(call.body.document) };
    const { insertedId } = await call.context.services.documents.insertOne(asked, request);
    return { ...OK, inserted_id: json(insertedId) };
  },
});

const insertMany = dialectRoute({
  ...path('insert_many'),
  body: Type.Object({ collection: Collection, documents: Type.Array(Json, { minItems: 1 }), options }),
  takesDocuments: true,
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...told(call.body), documents: await documentsFromJson(call.body.documents) };
    const { insertedIds } = await call.context.services.documents.insertMany(asked, request);
    return { ...OK, inserted_ids: Object.values(insertedIds).map(json) };
  },
});

const updateOne = dialectRoute({
  ...path('update_one'),
  body: Updated,
  takesDocuments: true,
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...told(call.body), filter: filterOf(call.body), update: updateOf(call.body) };
    return ofUpdate(await call.context.services.documents.updateOne(asked, request));
  },
});

const updateMany = dialectRoute({
  ...path('update_many'),
  body: Updated,
  takesDocuments: true,
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...told(call.body), filter: filterOf(call.body), update: updateOf(call.body) };
    return ofUpdate(await call.context.services.documents.updateMany(asked, request));
  },
});

const find = dialectRoute({
  ...path('find'),
  body: Searched,
  takesDocuments: true,
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...told(call.body), filter: filterOf(call.body) };
    const { items, next } = await call.context.services.documents.find(asked, request);
    if (next === undefined) return sendText(call, `{"_status":"OK","documents":${items}}`);
    throw new Problem('invalid-query', { detail: 'There are more documents than a reply may hold: send a `limit`.' });
  },
});

const findOne = dialectRoute({
  ...path('find_one'),
  body: Searched,
  takesDocuments: true,
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...told(call.body), filter: filterOf(call.body) };
    const found = await call.context.services.documents.findOne(asked, request);
    return sendText(call, `{"_status":"OK","documents":[${found ?? ''}],"document":${found ?? 'null'}}`);
  },
});

/** The JSON of a result is there already. */
function sendText({ reply }: Pick<DialectCall, 'reply'>, text: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(text);
}

const countDocuments = dialectRoute({
  ...path('count_documents'),
  body: Searched,
  takesDocuments: true,
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...told(call.body), filter: filterOf(call.body) };
    return { ...OK, count: await call.context.services.documents.count(asked, request) };
  },
});

const deleteOne = dialectRoute({
  ...path('delete_one'),
  body: Searched,
  takesDocuments: true,
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...told(call.body), filter: filterOf(call.body) };
    const { deletedCount } = await call.context.services.documents.deleteOne(asked, request);
    return { ...OK, deleted_count: deletedCount };
  },
});

const deleteMany = dialectRoute({
  ...path('delete_many'),
  body: Searched,
  takesDocuments: true,
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...told(call.body), filter: filterOf(call.body) };
    const { deletedCount } = await call.context.services.documents.deleteMany(asked, request);
    return { ...OK, deleted_count: deletedCount };
  },
});

/** The documents of `general`: its collections are those of the account's database. */
export const generalDocumentRoutes: readonly DialectRoute[] = [
  createCollection,
  dropCollection,
  insertOne,
  insertMany,
  updateOne,
  updateMany,
  find,
  findOne,
  countDocuments,
  deleteOne,
  deleteMany,
];
