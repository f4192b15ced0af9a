import { type Static, Type } from 'typebox';
import type { CollectionRow } from '../../../metadata/index.ts';
import type { Collection, CollectionOptions } from '../../services/documents/databases.ts';
import { ID_INDEX } from '../../services/documents/document-index.ts';
import { CollectionParams, collectionOf, DatabaseQuery, databaseOf, databaseQuery } from '../collection-call.ts';
import { READ_BODY_BYTES } from '../document-bodies.ts';
import { endpoint } from '../endpoint.ts';
import { created, ok } from '../outcomes.ts';
import { pageOf, pageQuery, readPage, toPage } from '../paging.ts';
import { input, Time } from '../schemas.ts';

const tag = 'documents';

const CollectionSchema = Type.Object({
  name: Type.String(),
  document_count: Type.Integer(),
  size_bytes: Type.Integer({ description: 'Of the JSON of its documents.' }),
  validator: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()]),
  validation_action: Type.String({ enum: ['error', 'warn'] }),
  created_at: Time,
});
const CollectionDetails = Type.Object({
  ...CollectionSchema.properties,
  indexes: Type.Array(Type.String(), { description: 'Their names.' }),
});

const validator = Type.Object(
  {},
  { description: 'What its documents must be: `{"$jsonSchema": {...}}`, or a filter that they match.' },
);
const validationAction = Type.Optional(
  Type.Enum(['error', 'warn'], { description: 'Whether others are refused, or a line of the log tells of them.' }),
);

const create = endpoint({
  name: 'createCollection',
  method: 'POST',
  path: '/collections',
  tag,
  summary: 'Make a collection',
  description: 'Inserting into one that is not there makes it as well.',
  access: 'account',
  query: DatabaseQuery,
  body: input({
    name: Type.String({ minLength: 1, maxLength: 120 }),
    validator: Type.Optional(validator),
    validationAction,
  }),
  takesDocuments: true,
  bodyLimitBytes: READ_BODY_BYTES,
  replies: { 201: { description: 'The collection', schema: CollectionDetails } },
  isIdempotent: true,
  async handle({ body, query, ...call }) {
    const { name, ...options } = body;
    const asked = { ...(await databaseOf(call, query.database)), name };
    const collection = await call.services.collections.create(asked, options as CollectionOptions); // by the schema
    return created(detailsOf(collection), `/api/v1/collections/${encodeURIComponent(name)}`);
  },
});

const list = endpoint({
  name: 'listCollections',
  method: 'GET',
  path: '/collections',
  tag,
  summary: 'List collections',
  description: 'By name; of the database of another account those that you may read.',
  access: 'account',
  query: input({ ...pageQuery, ...databaseQuery }),
  replies: { 200: { description: 'A page of them', schema: pageOf(CollectionSchema) } },
  async handle({ query, ...call }) {
    const { limit, position = '' } = readPage(query);
    const database = await databaseOf(call, query.database);
    const rows = await call.services.collections.list(database, { after: position, limit: limit + 1 });
    return ok(toPage(rows, { limit, positionOf: ({ name }) => name, render: renderCollection }));
  },
});

const get = endpoint({
  name: 'getCollection',
  method: 'GET',
  path: '/collections/:name',
  tag,
  summary: 'Tell what a collection is and has',
  access: 'account',
  params: CollectionParams,
  query: DatabaseQuery,
  replies: { 200: { description: 'The collection', schema: CollectionDetails } },
  async handle(call) {
    return ok(detailsOf(await call.services.collections.get(await collectionOf(call), 'read')));
  },
});

const change = endpoint({
  name: 'changeCollection',
  method: 'PATCH',
  path: '/collections/:name',
  tag,
  summary: 'Change what the documents of a collection must be',
  description: 'What is left out stays; a validator of null goes. Documents that are there are not looked at.',
  access: 'account',
  params: CollectionParams,
  query: DatabaseQuery,
  body: input({ validator: Type.Optional(Type.Union([validator, Type.Null()])), validationAction }),
  takesDocuments: true,
  bodyLimitBytes: READ_BODY_BYTES,
  replies: { 200: { description: 'The collection', schema: CollectionDetails } },
  async handle({ body, ...call }) {
    const changes = body as { validator?: object | null; validationAction?: 'error' | 'warn' }; // by the schema
    return ok(detailsOf(await call.services.collections.change(await collectionOf(call), changes)));
  },
});

const drop = endpoint({
  name: 'dropCollection',
  method: 'DELETE',
  path: '/collections/:name',
  tag,
  summary: 'Drop a collection',
  description: 'Its documents go, a few at a time, and then itself with its indexes and grants.',
  access: 'account',
  params: CollectionParams,
  query: DatabaseQuery,
  replies: {
    200: { description: 'It is gone', schema: Type.Object({ deleted_count: Type.Integer() }) },
  },
  async handle(call) {
    return ok({ deleted_count: await call.services.collections.drop(await collectionOf(call)) });
  },
});

function renderCollection(row: CollectionRow): Static<typeof CollectionSchema> {
  const { name, document_count, size_bytes, created_at } = row;
  const { validator: rule = null, validationAction: action = 'error' } = JSON.parse(row.options) as CollectionOptions; // we wrote them
  return { name, document_count, size_bytes, validator: rule as object | null, validation_action: action, created_at };
}

function detailsOf({ row, indexes }: Collection): Static<typeof CollectionDetails> {
  return { ...renderCollection(row), indexes: [ID_INDEX, ...indexes.map(({ name }) => name)] };
}

export const collectionEndpoints = [create, list, get, change, drop];
