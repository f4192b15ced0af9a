import { Type } from 'typebox';
import type { DocumentChangeType } from '../../../metadata/index.ts';
import { headerOf } from '../../http/request-headers.ts';
import { readToken } from '../../services/documents/watch/resume-token.ts';
import { CollectionParams, collectionOf, databaseQuery, formOf, formQuery } from '../collection-call.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { EVENT_STREAM_HEADERS, eventStream } from '../event-stream.ts';
import { Problem } from '../problem.ts';
import { input } from '../schemas.ts';

const OPERATIONS: readonly DocumentChangeType[] = ['insert', 'update', 'replace', 'delete'];
const token = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 200, description }));

const watch = endpoint({
  name: 'watchCollection',
  method: 'GET',
  path: '/collections/:name/watch',
  tag: 'documents',
  access: 'account',
  summary: 'Watch a collection',
  description:
    "What happens to its documents, as it happens, whatever surface it came by: server-sent events whose data are MongoDB's change events, in their order. The id of an event is its resume token; `Last-Event-ID` goes on behind it. A comment with an id comes when nothing has happened for ten seconds. The stream ends with an event `error`, whose data are a problem, when the session ends or you may not read the collection any more, and with `invalidate` when the collection is dropped.",
  params: CollectionParams,
  query: input({
    ...databaseQuery,
    ...formQuery,
    resumeAfter: token('The resume token of the last event that was seen; `Last-Event-ID` comes before it.'),
    startAfter: token('As `resumeAfter`.'),
    operationType: Type.Optional(
      Type.String({ maxLength: 100, description: `Tell only these, separated by commas: ${OPERATIONS.join(', ')}.` }),
    ),
    fullDocument: Type.Optional(
      Type.Enum(['default', 'updateLookup'], {
        description: 'Whether updates come with the document as it is when they are told. Inserts and replaces do.',
      }),
    ),
  }),
  replies: { 200: { description: 'Events, until either side ends it', bytes: 'text/event-stream' } },
  async handle(call) {
    const { query, caller, services, isHead } = call;
    const gone = new AbortController();
    const told = await services.documentWatch.open({
      asked: await collectionOf(call),
      caller,
      after: positionOf(headerOf(call.headers, 'last-event-id'), query),
      operations: operationsOf(query.operationType),
      form: formOf(call),
      looksUp: query.fullDocument === 'updateLookup',
      signal: gone.signal,
    });
    if (isHead) gone.abort();
    return { status: 200, headers: EVENT_STREAM_HEADERS, body: isHead ? '' : eventStream(told, gone) };
  },
});

/** @throws Problem `invalid-request` for two of them, Failure `InvalidQuery` */
function positionOf(lastEventId: string | undefined, query: { resumeAfter?: string; startAfter?: string }) {
  const { resumeAfter, startAfter } = query;
  if (resumeAfter !== undefined && startAfter !== undefined) {
    throw new Problem('invalid-request', { detail: 'Either resumeAfter or startAfter says where to go on.' });
  }
  // A browser that asks again says so in the header, and what its page asked for at first in the query.
  const text = lastEventId || (resumeAfter ?? startAfter);
  return text === undefined ? undefined : readToken(text);
}

/** @throws Problem `invalid-request` */
function operationsOf(text: string | undefined): ReadonlySet<DocumentChangeType> | undefined {
  if (text === undefined) return undefined;
  const asked = text.split(',').map((name) => name.trim());
  const known = OPERATIONS.filter((name) => asked.includes(name));
  if (known.length === new Set(asked).size) return new Set(known);
  throw new Problem('invalid-request', {
    errors: [{ field: 'operationType', message: `must be of ${OPERATIONS.join(', ')}` }],
  });
}

export const documentWatchEndpoints: readonly Endpoint[] = [watch];
