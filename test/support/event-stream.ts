import assert from 'node:assert/strict';

/** An event of a stream, or the id that it only moves on to. */
export interface StreamedEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it
  readonly data: any;
}

export interface StreamInit {
  readonly token: string;
  readonly lastEventId?: string | undefined;
}

/** A client of server-sent events, as a browser's EventSource is one. */
export class EventStream {
  readonly #abort = new AbortController();
  readonly #events: AsyncGenerator<StreamedEvent>;
  /** The id that was seen last. */
  lastEventId: string | undefined;

  private constructor(body: AsyncIterable<Uint8Array>, abort: AbortController) {
    this.#abort = abort;
    this.#events = parse(body);
  }

  /** Resolves when the stream has begun, and its first id has come. */
  static async open(url: string, { token, lastEventId }: StreamInit): Promise<EventStream> {
    const abort = new AbortController();
    const headers = {
      Authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
    };
    const reply = await fetch(url, { headers, signal: abort.signal });
    if (reply.status !== 200 || reply.body === null) assert.fail(`${reply.status} ${await reply.text()}`);
    assert.match(reply.headers.get('content-type') ?? '', /^text\/event-stream/);
    const stream = new EventStream(reply.body, abort);
    const first = await stream.#next();
    assert.equal(first?.data, undefined);
    return stream;
  }

  async #next(): Promise<StreamedEvent | undefined> {
    const { value } = await this.#events.next();
    const event = value as StreamedEvent | undefined; // it returns nothing else
    if (event?.id !== undefined) this.lastEventId = event.id;
    return event;
  }

  /** The next event that has data; undefined when the stream has ended. */
  async next(): Promise<StreamedEvent | undefined> {
    for (;;) {
      const event = await this.#next();
      if (event === undefined || event.data !== undefined) return event;
    }
  }

  async take(count: number): Promise<StreamedEvent[]> {
    const events: StreamedEvent[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (event === undefined) assert.fail(`The stream ended after ${events.length} of ${count} events.`);
      events.push(event);
    }
    return events;
  }

  /** Hangs up. */
  close(): void {
    this.#abort.abort();
  }
}

async function* parse(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedEvent, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const bytes of body) {
      const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
        const data = field('data');
        const event = {
          id: field('id'),
          event: field('event'),
          data: data === undefined ? undefined : JSON.parse(data),
        };
        if (event.id !== undefined || data !== undefined) yield event;
      }
    }
  } catch (error) {
    if (!(error instanceof Error && /abort|terminated/i.test(`${error.name} ${error.message}`))) throw error;
  }
  return undefined;
}
