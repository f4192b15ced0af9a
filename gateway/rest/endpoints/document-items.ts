import { ObjectId } from 'bson';
import { Type } from 'typebox';
import { decide } from '../../http/conditions.ts';
import { headerOf } from '../../http/request-headers.ts';
import { documentFromJson, fromJson } from '../../services/documents/values/read.ts';
import type { DocumentValue } from '../../services/documents/values/value.ts';
import { toJson } from '../../services/documents/values/write.ts';
import { parseStrictJson } from '../../strict-json.ts';
import { collectionOf, databaseQuery, formOf, formQuery } from '../collection-call.ts';
import { WRITE_BODY_BYTES } from '../document-bodies.ts';
import { AnyDocument, AnyJson, jsonText } from '../document-replies.ts';
import { endpoint } from '../endpoint.ts';
import { noContent } from '../outcomes.ts';
import { Problem } from '../problem.ts';
import { input } from '../schemas.ts';
import { writeCondition } from '../write-condition.ts';

const tag = 'documents';
const path = '/collections/:name/documents/:id';
const params = Type.Object({
  name: Type.String(),
  id: Type.String({ description: 'An ObjectId in hex, or any other text.' }),
});
const query = input({
  ...databaseQuery,
  ...formQuery,
  id: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 2048,
      description: 'The `_id` as Extended JSON, in the place of that of the path.',
    }),
  ),
});
const NO_DATE = new Date(0).toISOString();

const get = endpoint({
  name: 'getDocument',
  method: 'GET',
  path,
  tag,
  summary: 'Read a document',
  access: 'account',
  params,
  query,
  replies: {
    200: { description: 'The document', schema: AnyDocument },
    304: { description: 'It is what the client has' },
  },
  async handle(call) {
    const { headers } = call;
    const { document, etag } = await call.services.documentItems.get(await collectionOf(call), idOf(call));
    const decision = decide(
      {
        match: headerOf(headers, 'if-match'),
        noneMatch: headerOf(headers, 'if-none-match'),
        modifiedSince: undefined,
        unmodifiedSince: undefined,
      },
      { etag, lastModified: NO_DATE },
    );
    if (decision === 'precondition-failed') throw new Problem('precondition-failed');
    const about = { ETag: `"${etag}"`, 'Cache-Control': 'private, no-cache' };
    if (decision === 'not-modified') return { status: 304, headers: about };
    return jsonText(JSON.stringify(toJson(document, formOf(call))), { headers: about });
  },
});

const Stored = Type.Object({ _id: AnyJson, etag: Type.String() });

const put = endpoint({
  name: 'putDocument',
  method: 'PUT',
  path,
  tag,
  summary: 'Store a document',
  description:
    'In the place of what has its `_id`; `If-Match` and `If-None-Match` are held to that. The `_id` in the body may be left out. A collection that is not there is made.',
  access: 'account',
  params,
  query,
  body: Type.Object({}),
  takesDocuments: true,
  bodyLimitBytes: WRITE_BODY_BYTES,
  replies: {
    200: { description: 'It is in the place of another', schema: Stored },
    201: { description: 'It is there', schema: Stored },
  },
  async handle(call) {
    const id = idOf(call);
    const condition = writeCondition(call.headers);
    const document = documentFromJson(call.body);
    const { etag, isNew } = await call.services.documentItems.put(await collectionOf(call), {
      id,
      document,
      condition,
    });
    const body = JSON.stringify({ _id: toJson(id, formOf(call)), etag });
    return jsonText(body, { status: isNew ? 201 : 200, headers: { ETag: `"${etag}"` } });
  },
});

const remove = endpoint({
  name: 'deleteDocument',
  method: 'DELETE',
  path,
  tag,
  summary: 'Delete a document',
  description: '`If-Match` is held to what is there.',
  access: 'account',
  params,
  query,
  replies: { 204: { description: 'It is gone' } },
  async handle(call) {
    const condition = writeCondition(call.headers);
    if (condition?.kind === 'absent' || condition?.kind === 'differs') {
      throw new Problem('invalid-request', {
        errors: [{ field: 'if-none-match', message: 'is not taken of a deletion' }],
      });
    }
    await call.services.documentItems.remove(await collectionOf(call), idOf(call), condition);
    return noContent;
  },
});

/** @throws Problem `invalid-request`; Failure `InvalidDocument` for wrappers that are not right */
function idOf(call: {
  readonly params: { readonly id: string };
  readonly query: { readonly id?: string };
}): DocumentValue {
  const { id: json } = call.query;
  const { id } = call.params;
  if (json === undefined) return /^[0-9a-f]{24}$/.test(id) ? new ObjectId(id) : id;
  try {
    return fromJson(parseStrictJson(Buffer.from(json)));
  } catch (cause) {
    if (cause instanceof Error && cause.name !== 'InvalidJson') throw cause;
    throw new Problem('invalid-request', { errors: [{ field: 'id', message: 'is not Extended JSON' }], cause });
  }
}

export const documentItemEndpoints = [get, put, remove];
