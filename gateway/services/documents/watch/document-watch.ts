import { type DocumentChangeType, Failure, type Metadata } from '../../../../metadata/index.ts';
import { principalOf } from '../../access/index.ts';
import type { Asker } from '../../drive/asker.ts';
import type { Caller, Sessions } from '../../sessions/sessions.ts';
import type { CollectionAccess } from '../collection-access.ts';
import type { CollectionAsked } from '../collections.ts';
import type { Collection, Databases } from '../databases.ts';
import { prefixOf, requireCollectionName } from '../document-key.ts';
import { type ChangeEvent, type EventOptions, toChangeEvent } from './change-event.ts';
import { type ChangeLog, historyLost } from './change-log.ts';
import { changesOf, type DocumentChange } from './document-change.ts';
import { type ChangePosition, comparePositions } from './resume-token.ts';

export interface DocumentWatchParts {
  readonly metadata: Metadata;
  readonly databases: Databases;
  readonly access: CollectionAccess;
  readonly sessions: Pick<Sessions, 'renew'>;
  readonly log: ChangeLog;
}

export interface WatchRequest extends EventOptions {
  readonly asked: CollectionAsked;
  /** Who watches: asked for again while it lasts. */
  readonly caller: Caller;
  /** Behind which place; left out: from now on. */
  readonly after?: ChangePosition | undefined;
  /** Left out: all. */
  readonly operations?: ReadonlySet<DocumentChangeType> | undefined;
  /** Nobody wants to know any more. */
  readonly signal: AbortSignal;
}

/** What a watcher is told: a change, that there is none up to a place, or that the collection is gone. */
export type Told =
  | { readonly kind: 'change'; readonly event: ChangeEvent; readonly position: ChangePosition }
  | { readonly kind: 'nothing'; readonly position: ChangePosition }
  | { readonly kind: 'invalidate'; readonly position: ChangePosition };

/** How long nothing is told at most. */
const HEARTBEAT_MS = 10_000;
/** How old an answer to whether somebody may watch may be. */
const ASK_AGAIN_MS = 1000;

/** Tells what happens to the documents of a collection, as it happens. */
export class DocumentWatch {
  readonly #parts: DocumentWatchParts;

  constructor(parts: DocumentWatchParts) {
    this.#parts = parts;
  }

  /**
   * Makes sure that a collection can be watched, and resolves to what is told then: at the pace of who listens.
   * @throws Failure `NoSuchCollection`, `AccessDenied`, `HistoryLost`, `InvalidQuery` for a place that is yet to come; the
   * same, and `InvalidToken` when the session has ended, while it lasts
   */
  async open(request: WatchRequest): Promise<AsyncGenerator<Told>> {
    const { log, metadata } = this.#parts;
    const collection = await this.#require(request);
    const followed = await log.follow();
    // A generator that nobody has begun to read does not know that it is over.
    request.signal.addEventListener('abort', followed.stop, { once: true });
    try {
      const { after = { seq: followed.head, part: 1 } } = request;
      const { first, last } = await metadata.queries.findEventRange();
      if (after.seq > last) throw new Failure('InvalidQuery', 'That resume token is of another database.');
      if (readFrom(after) < first - 1) throw historyLost();
      return this.#tell(request, { collection, after, stop: followed.stop });
    } catch (error) {
      followed.stop();
      throw error;
    }
  }

  /** Ends all watching. */
  close(): void {
    this.#parts.log.close();
  }

  async *#tell(request: WatchRequest, { collection, after, stop }: Watched): AsyncGenerator<Told> {
    const { log } = this.#parts;
    let [askedAt, toldAt] = [performance.now(), performance.now()];
    const askAgain = async () => {
      toldAt = performance.now();
      if (toldAt - askedAt < ASK_AGAIN_MS) return;
      askedAt = toldAt;
      await this.#renew(request, collection);
    };
    let position = after;
    try {
      yield { kind: 'nothing', position };
      while (!request.signal.aborted && !log.isClosed) {
        const { rows, upTo } = await log.read(readFrom(position));
        for (const change of rows.flatMap(changesOf)) {
          if (comparePositions(change.position, position) <= 0 || !concerns(change, request, collection)) continue;
          await askAgain();
          yield await this.#tellChange(change, request, collection);
          position = change.position;
        }
        if (upTo > position.seq) position = { seq: upTo, part: 1 };
        const timeoutMs = toldAt + HEARTBEAT_MS - performance.now();
        if (timeoutMs > 0) {
          await log.wait(position.seq, { timeoutMs, signal: request.signal });
          continue;
        }
        await askAgain();
        yield { kind: 'nothing', position };
      }
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'NoSuchCollection')) throw error;
      yield { kind: 'invalidate', position };
    } finally {
      stop();
    }
  }

  async #tellChange(change: DocumentChange, options: EventOptions, { bucket }: Collection): Promise<Told> {
    const place = { bucketId: bucket.id, database: bucket.name };
    const event = await toChangeEvent(this.#parts.metadata.queries, { change, place }, options);
    return { kind: 'change', event, position: change.position };
  }

  async #require({ asked }: WatchRequest): Promise<Collection> {
    const { access, databases } = this.#parts;
    const name = requireCollectionName(asked.name);
    await access.require(asked.asker, { bucket: asked.bucket, name, key: prefixOf(name) }, 'read');
    return databases.get(asked.bucket, name);
  }

  /** Whether who watches still may, and there still is what is watched. */
  async #renew(request: WatchRequest, watched: Collection): Promise<void> {
    const caller = await this.#parts.sessions.renew(request.caller);
    const asker: Asker = { ...request.asked.asker, principal: principalOf(caller) };
    const { row } = await this.#require({ ...request, asked: { ...request.asked, asker } });
    if (row.id !== watched.row.id) throw new Failure('NoSuchCollection', 'The collection was dropped.');
  }
}

interface Watched {
  readonly collection: Collection;
  readonly after: ChangePosition;
  stop(): void;
}

/** The event behind which the log is read: an event of which only a part was told is read again. */
function readFrom({ seq, part }: ChangePosition): number {
  return part === 0 ? seq - 1 : seq;
}

function concerns(change: DocumentChange, { operations }: WatchRequest, { bucket, name }: Collection): boolean {
  if (change.bucket !== bucket.name || !change.key.startsWith(prefixOf(name))) return false;
  return operations?.has(change.operation) ?? true;
}
