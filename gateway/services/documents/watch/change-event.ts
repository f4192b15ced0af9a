import type { Metadata } from '../../../../metadata/index.ts';
import { parseKey } from '../document-key.ts';
import { toStored } from '../document-store.ts';
import { decodeValue } from '../values/decode-entry.ts';
import type { Document, DocumentValue } from '../values/value.ts';
import { type JsonForm, toJson } from '../values/write.ts';
import type { DocumentChange } from './document-change.ts';
import { writeToken } from './resume-token.ts';

/** What a watcher wants to be told. */
export interface EventOptions {
  readonly form: JsonForm;
  /** Also of updates, as the document is when it is told. */
  readonly looksUp: boolean;
}

/** "Change Events": the fields that MongoDB has, in Extended JSON. */
export interface ChangeEvent {
  readonly _id: { readonly _data: string };
  readonly operationType: DocumentChange['operation'];
  readonly clusterTime: unknown;
  readonly wallTime: unknown;
  readonly ns: { readonly db: string; readonly coll: string };
  readonly documentKey: { readonly _id?: unknown };
  /** Null where a later write has taken its place. */
  readonly fullDocument?: unknown;
}

export interface EventPlace {
  readonly bucketId: number;
  /** What clients know the database as. */
  readonly database: string;
}

/** A change as it is told. */
export async function toChangeEvent(
  queries: Pick<Metadata['queries'], 'findDocument' | 'findDocumentOf'>,
  { change, place }: { readonly change: DocumentChange; readonly place: EventPlace },
  { form, looksUp }: EventOptions,
): Promise<ChangeEvent> {
  const { operation, position, key, at } = change;
  const isTold = operation === 'insert' || operation === 'replace' || (operation === 'update' && looksUp);
  const document = isTold ? await findText(queries, change, place) : undefined;
  const id = document?._id ?? idOf(key);
  const date = new Date(at);
  return {
    _id: { _data: writeToken(position) },
    operationType: operation,
    clusterTime: { $timestamp: { t: Math.floor(date.getTime() / 1000), i: position.seq % 2 ** 32 } },
    wallTime: toJson(date, form),
    ns: { db: place.database, coll: parseKey(key)?.collection ?? '' },
    documentKey: id === undefined ? {} : { _id: toJson(id, form) },
    ...(isTold ? { fullDocument: document === undefined ? null : toJson(document, form) } : {}),
  };
}

async function findText(
  queries: Pick<Metadata['queries'], 'findDocument' | 'findDocumentOf'>,
  { operation, key, writtenBy }: DocumentChange,
  { bucketId }: EventPlace,
): Promise<Document | undefined> {
  if (operation === 'update' || writtenBy === undefined) {
    const row = await queries.findDocument({ bucketId, key });
    return row && toStored(row).document;
  }
  const text = await queries.findDocumentOf({ bucketId, key, seq: writtenBy });
  return text && toStored([key, writtenBy, text]).document;
}

/** Of a document that is there no more. */
function idOf(key: string): DocumentValue | undefined {
  const id = parseKey(key)?.id;
  if (id !== undefined) return id;
  const [, hex = ''] = /\/~((?:[0-9a-f]{2})+)\.json$/.exec(key) ?? [];
  return decodeValue(Buffer.from(hex, 'hex'));
}
