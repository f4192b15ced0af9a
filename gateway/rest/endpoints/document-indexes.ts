import { Type } from 'typebox';
import { CollectionParams, collectionOf, DatabaseQuery } from '../collection-call.ts';
import { indexKeysOf, Pairs } from '../document-bodies.ts';
import { endpoint } from '../endpoint.ts';
import { created, noContent, ok } from '../outcomes.ts';
import { input } from '../schemas.ts';

const tag = 'documents';

const IndexSchema = Type.Object({
  name: Type.String(),
  key: Type.Object({}, { additionalProperties: true, description: 'The fields, each 1 or -1.' }),
  unique: Type.Optional(Type.Boolean()),
  sparse: Type.Optional(Type.Boolean()),
  expireAfterSeconds: Type.Optional(Type.Integer()),
  isBuilding: Type.Optional(Type.Boolean({ description: 'It is not read yet.' })),
});

const create = endpoint({
  name: 'createDocumentIndex',
  method: 'POST',
  path: '/collections/:name/indexes',
  tag,
  summary: 'Make an index',
  description:
    'Answers when it can be used. The same index again is no new one. With `expireAfterSeconds` documents go so long after the date in its field.',
  access: 'account',
  params: CollectionParams,
  query: DatabaseQuery,
  body: input({
    keys: Type.Union([Type.Object({}), Pairs], { description: '`{"a": 1, "b": -1}`, or `[["a", 1], ["b", -1]]`.' }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 127 })),
    unique: Type.Optional(Type.Boolean()),
    sparse: Type.Optional(Type.Boolean()),
    expireAfterSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })),
  }),
  replies: {
    200: { description: 'It was there', schema: Type.Object({ name: Type.String() }) },
    201: { description: 'It is there now', schema: Type.Object({ name: Type.String() }) },
  },
  async handle(call) {
    const { keys, ...options } = call.body;
    const asked = await collectionOf(call);
    const collection = await call.services.collections.get(asked, 'administer');
    const { name, isNew } = await call.services.documentIndexes.create(collection, {
      ...options,
      keys: indexKeysOf(keys),
    });
    if (!isNew) return ok({ name });
    return created({ name }, `/api/v1/collections/${asked.name}/indexes/${encodeURIComponent(name)}`);
  },
});

const list = endpoint({
  name: 'listDocumentIndexes',
  method: 'GET',
  path: '/collections/:name/indexes',
  tag,
  summary: 'List the indexes of a collection',
  access: 'account',
  params: CollectionParams,
  query: DatabaseQuery,
  replies: { 200: { description: 'All of them', schema: Type.Object({ items: Type.Array(IndexSchema) }) } },
  async handle(call) {
    const collection = await call.services.collections.get(await collectionOf(call), 'read');
    return ok({ items: await call.services.documentIndexes.list(collection) });
  },
});

const drop = endpoint({
  name: 'dropDocumentIndex',
  method: 'DELETE',
  path: '/collections/:name/indexes/:index',
  tag,
  summary: 'Drop an index',
  access: 'account',
  params: Type.Object({ name: Type.String(), index: Type.String() }),
  query: DatabaseQuery,
  replies: { 204: { description: 'It is gone' } },
  async handle(call) {
    const collection = await call.services.collections.get(await collectionOf(call), 'administer');
    await call.services.documentIndexes.drop(collection, call.params.index);
    return noContent;
  },
});

export const documentIndexEndpoints = [create, list, drop];
