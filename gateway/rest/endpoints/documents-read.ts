import { documentFromJson } from '../../services/documents/values/read.ts';
import { CollectionParams, collectionOf, DocumentsQuery, formOf } from '../collection-call.ts';
import { filterOf, type OptionName, operationBody, parts, READ_BODY_BYTES, readOptions } from '../document-bodies.ts';
import { jsonText, replySchemas } from '../document-replies.ts';
import { endpoint } from '../endpoint.ts';
import { Problem } from '../problem.ts';

const common = {
  method: 'POST',
  tag: 'documents',
  access: 'account',
  params: CollectionParams,
  query: DocumentsQuery,
  takesDocuments: true,
  bodyLimitBytes: READ_BODY_BYTES,
} as const;
const { filter } = parts;
const searching: readonly OptionName[] = ['sort', 'projection', 'skip', 'hint', 'maxTimeMS'];

const find = endpoint({
  ...common,
  name: 'findDocuments',
  path: '/collections/:name/find',
  summary: 'Find documents',
  description:
    'Pages of at most 16 MiB, or of `batchSize` documents: where there is more, `next` asks for it, beside the same filter and sort. A `limit` counts over all pages.',
  body: operationBody({ filter }, [...searching, 'limit', 'batchSize', 'next']),
  replies: { 200: { description: 'A page of them', schema: replySchemas.page } },
  async handle(call) {
    const asked = await collectionOf(call);
    const options = { ...readOptions(call.body), filter: filterOf(call.body), form: formOf(call) };
    const { items, next } = await call.services.documents.find(asked, options);
    return jsonText(`{"documents":${items},"next":${JSON.stringify(next ?? null)}}`);
  },
});

const findOne = endpoint({
  ...common,
  name: 'findOneDocument',
  path: '/collections/:name/findOne',
  summary: 'Find a document',
  body: operationBody({ filter }, searching),
  replies: { 200: { description: 'The first that matches, or null', schema: replySchemas.one } },
  async handle(call) {
    const asked = await collectionOf(call);
    const options = { ...readOptions(call.body), filter: filterOf(call.body), form: formOf(call) };
    return jsonText(`{"document":${(await call.services.documents.findOne(asked, options)) ?? 'null'}}`);
  },
});

const count = endpoint({
  ...common,
  name: 'countDocuments',
  path: '/collections/:name/count',
  summary: 'Count documents',
  body: operationBody({ filter }, ['skip', 'limit', 'hint', 'maxTimeMS']),
  replies: { 200: { description: 'How many match', schema: replySchemas.count } },
  async handle(call) {
    const asked = await collectionOf(call);
    const options = { ...readOptions(call.body), filter: filterOf(call.body) };
    return jsonText(JSON.stringify({ count: await call.services.documents.count(asked, options) }));
  },
});

const distinct = endpoint({
  ...common,
  name: 'distinctValues',
  path: '/collections/:name/distinct',
  summary: 'List the values of a field',
  body: operationBody({ filter, key: parts.key, field: parts.field }, ['hint', 'maxTimeMS']),
  replies: { 200: { description: 'Each value once, in their order', schema: replySchemas.values } },
  async handle(call) {
    const asked = await collectionOf(call);
    const options = {
      ...readOptions(call.body),
      filter: filterOf(call.body),
      path: fieldOf(call.body),
      form: formOf(call),
    };
    const { items } = await call.services.documents.distinct(asked, options);
    return jsonText(`{"values":${items}}`);
  },
});

/** Drivers call it the key or the field. */
function fieldOf({ key, field = key }: { readonly key?: string; readonly field?: string }): string {
  if (field !== undefined) return field;
  throw new Problem('invalid-request', { errors: [{ field: '/field', message: 'is missing' }] });
}

const aggregate = endpoint({
  ...common,
  name: 'aggregateDocuments',
  path: '/collections/:name/aggregate',
  summary: 'Run an aggregation pipeline',
  description: 'Its result comes at once: it is refused where it is longer than 16 MiB.',
  body: operationBody({ pipeline: parts.pipeline }, ['hint', 'maxTimeMS', 'batchSize']),
  replies: { 200: { description: 'What the last stage gives', schema: replySchemas.page } },
  async handle(call) {
    const asked = await collectionOf(call);
    const pipeline = call.body.pipeline.map(documentFromJson);
    const options = { ...readOptions(call.body), pipeline, form: formOf(call) };
    const { items } = await call.services.documents.aggregate(asked, options);
    return jsonText(`{"documents":${items},"next":null}`);
  },
});

const explain = endpoint({
  ...common,
  name: 'explainFind',
  path: '/collections/:name/explain',
  summary: 'Tell how documents would be found',
  description: 'The query is carried out: the reply tells which index it used, and how many documents were looked at.',
  body: operationBody({ filter }, [...searching, 'limit']),
  replies: { 200: { description: 'The plan, and what it took', schema: replySchemas.explanation } },
  async handle(call) {
    const asked = await collectionOf(call);
    const options = { ...readOptions(call.body), filter: filterOf(call.body) };
    return jsonText(JSON.stringify(await call.services.documents.explain(asked, options)));
  },
});

export const documentReadEndpoints = [find, findOne, count, distinct, aggregate, explain];
