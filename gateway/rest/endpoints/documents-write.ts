import { documentFromJson } from '../../services/documents/values/read.ts';
import type { Document } from '../../services/documents/values/value.ts';
import { documentsFromJson, operationsFromJson } from '../bulk-operations.ts';
import { CollectionParams, collectionOf, DocumentsQuery, formOf } from '../collection-call.ts';
import { filterOf, type OptionName, operationBody, parts, readOptions, WRITE_BODY_BYTES } from '../document-bodies.ts';
import { replySchemas, resultReply } from '../document-replies.ts';
import { endpoint } from '../endpoint.ts';

const common = {
  method: 'POST',
  tag: 'documents',
  access: 'account',
  params: CollectionParams,
  query: DocumentsQuery,
  takesDocuments: true,
  bodyLimitBytes: WRITE_BODY_BYTES,
  isIdempotent: true,
} as const;
const { filter } = parts;
const choosing: readonly OptionName[] = ['hint', 'maxTimeMS'];
const updating: readonly OptionName[] = [...choosing, 'upsert', 'arrayFilters', 'bypassDocumentValidation'];
const replacing: readonly OptionName[] = [...choosing, 'sort', 'upsert', 'bypassDocumentValidation'];
const returning: readonly OptionName[] = ['returnDocument', 'projection'];

const insertOne = endpoint({
  ...common,
  name: 'insertOneDocument',
  path: '/collections/:name/insertOne',
  summary: 'Insert a document',
  description: 'One without an `_id` gets an ObjectId. A collection that is not there is made.',
  body: operationBody({ document: parts.document }, ['bypassDocumentValidation']),
  replies: { 201: { description: 'It is there', schema: replySchemas.insertedOne } },
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...readOptions(call.body), document: documentFromJson(call.body.document) };
    return resultReply(await call.services.documents.insertOne(asked, request), formOf(call), { status: 201 });
  },
});

const insertMany = endpoint({
  ...common,
  name: 'insertManyDocuments',
  path: '/collections/:name/insertMany',
  summary: 'Insert documents, all or none',
  description: 'The body has at most 48 MiB.',
  body: operationBody({ documents: parts.documents }, ['bypassDocumentValidation', 'ordered']),
  replies: { 201: { description: 'They are there', schema: replySchemas.insertedMany } },
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...readOptions(call.body), documents: await documentsFromJson(call.body.documents) };
    return resultReply(await call.services.documents.insertMany(asked, request), formOf(call), { status: 201 });
  },
});

const updateOne = endpoint({
  ...common,
  name: 'updateOneDocument',
  path: '/collections/:name/updateOne',
  summary: 'Update the first document that matches',
  body: operationBody({ filter, update: parts.update }, [...updating, 'sort']),
  replies: { 200: { description: 'What was done', schema: replySchemas.updated } },
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...readOptions(call.body), filter: filterOf(call.body), update: updateOf(call.body) };
    return resultReply(await call.services.documents.updateOne(asked, request), formOf(call));
  },
});

const updateMany = endpoint({
  ...common,
  name: 'updateManyDocuments',
  path: '/collections/:name/updateMany',
  summary: 'Update all documents that match, all or none',
  body: operationBody({ filter, update: parts.update }, updating),
  replies: { 200: { description: 'What was done', schema: replySchemas.updated } },
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...readOptions(call.body), filter: filterOf(call.body), update: updateOf(call.body) };
    return resultReply(await call.services.documents.updateMany(asked, request), formOf(call));
  },
});

const replaceOne = endpoint({
  ...common,
  name: 'replaceOneDocument',
  path: '/collections/:name/replaceOne',
  summary: 'Replace the first document that matches',
  body: operationBody({ filter, replacement: parts.replacement }, replacing),
  replies: { 200: { description: 'What was done', schema: replySchemas.updated } },
  async handle(call) {
    const asked = await collectionOf(call);
    const replacement = documentFromJson(call.body.replacement);
    const request = { ...readOptions(call.body), filter: filterOf(call.body), replacement };
    return resultReply(await call.services.documents.replaceOne(asked, request), formOf(call));
  },
});

const modified = {
  200: { description: 'The document, as it was unless `returnDocument` is `after`', schema: replySchemas.one },
};

const findOneAndUpdate = endpoint({
  ...common,
  name: 'findOneAndUpdateDocument',
  path: '/collections/:name/findOneAndUpdate',
  summary: 'Update a document, and tell it',
  body: operationBody({ filter, update: parts.update }, [...updating, 'sort', ...returning]),
  replies: modified,
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...readOptions(call.body), filter: filterOf(call.body), update: updateOf(call.body) };
    const { value } = await call.services.documents.findOneAndUpdate(asked, request);
    return resultReply({ document: value }, formOf(call));
  },
});

const findOneAndReplace = endpoint({
  ...common,
  name: 'findOneAndReplaceDocument',
  path: '/collections/:name/findOneAndReplace',
  summary: 'Replace a document, and tell it',
  body: operationBody({ filter, replacement: parts.replacement }, [...replacing, ...returning]),
  replies: modified,
  async handle(call) {
    const asked = await collectionOf(call);
    const replacement = documentFromJson(call.body.replacement);
    const request = { ...readOptions(call.body), filter: filterOf(call.body), replacement };
    const { value } = await call.services.documents.findOneAndReplace(asked, request);
    return resultReply({ document: value }, formOf(call));
  },
});

const findOneAndDelete = endpoint({
  ...common,
  name: 'findOneAndDeleteDocument',
  path: '/collections/:name/findOneAndDelete',
  summary: 'Delete a document, and tell it',
  body: operationBody({ filter }, [...choosing, 'sort', 'projection']),
  replies: { 200: { description: 'The document as it was, or null', schema: replySchemas.one } },
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...readOptions(call.body), filter: filterOf(call.body) };
    const { value } = await call.services.documents.findOneAndDelete(asked, request);
    return resultReply({ document: value }, formOf(call));
  },
});

const deleteOne = endpoint({
  ...common,
  name: 'deleteOneDocument',
  path: '/collections/:name/deleteOne',
  summary: 'Delete the first document that matches',
  body: operationBody({ filter }, [...choosing, 'sort']),
  replies: { 200: { description: 'How many went', schema: replySchemas.deleted } },
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...readOptions(call.body), filter: filterOf(call.body) };
    return resultReply(await call.services.documents.deleteOne(asked, request), formOf(call));
  },
});

const deleteMany = endpoint({
  ...common,
  name: 'deleteManyDocuments',
  path: '/collections/:name/deleteMany',
  summary: 'Delete all documents that match, all or none',
  body: operationBody({ filter }, choosing),
  replies: { 200: { description: 'How many went', schema: replySchemas.deleted } },
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...readOptions(call.body), filter: filterOf(call.body) };
    return resultReply(await call.services.documents.deleteMany(asked, request), formOf(call));
  },
});

const bulkWrite = endpoint({
  ...common,
  name: 'bulkWriteDocuments',
  path: '/collections/:name/bulkWrite',
  summary: 'Carry out several writes, all or none',
  description:
    'In their order, each sees what those before it wrote: `[{"insertOne": {"document": {}}}, {"updateOne": {"filter": {}, "update": {}}}, ...]`.',
  body: operationBody({ operations: parts.operations }, ['bypassDocumentValidation', 'ordered']),
  replies: { 200: { description: 'What was done', schema: replySchemas.bulk } },
  async handle(call) {
    const asked = await collectionOf(call);
    const request = { ...readOptions(call.body), operations: await operationsFromJson(call.body.operations) };
    return resultReply(await call.services.documents.bulkWrite(asked, request), formOf(call));
  },
});

/** Operators, or the stages of a pipeline. */
function updateOf({ update }: { readonly update: object | readonly object[] }): Document | Document[] {
  return Array.isArray(update) ? update.map(documentFromJson) : documentFromJson(update);
}

export const documentWriteEndpoints = [
  insertOne,
  insertMany,
  updateOne,
  updateMany,
  replaceOne,
  findOneAndUpdate,
  findOneAndReplace,
  findOneAndDelete,
  deleteOne,
  deleteMany,
  bulkWrite,
];
