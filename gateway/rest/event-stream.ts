import { Readable } from 'node:stream';
import type { Told } from '../services/documents/watch/document-watch.ts';
import { writeToken } from '../services/documents/watch/resume-token.ts';
import { toProblem } from './problem.ts';

/** A reply of server-sent events. */
export const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // A proxy that gathers a reply before it passes it on would keep events back.
  'X-Accel-Buffering': 'no',
} as const;

/** After how many milliseconds a browser asks again. */
const RETRY_MS = 1000;

/**
 * What is told as "Server-sent events" (HTML, section 9.2), one at a time: the next is asked for when the connection has
 * taken the one before. When the client is gone `gone` is told so.
 */
export function eventStream(told: AsyncGenerator<Told>, gone: AbortController): Readable {
  const stream = Readable.from(events(told), { objectMode: true, highWaterMark: 1 });
  stream.once('close', () => gone.abort());
  return stream;
}

async function* events(told: AsyncGenerator<Told>): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  try {
    for await (const each of told) yield render(each);
  } catch (error) {
    // The head of the reply is long sent: what would have been its status is the last event.
    yield `event: error\ndata: ${JSON.stringify(toProblem(error))}\n\n`;
  }
}

/** An id without data is remembered by the client, and told to nobody. */
function render(told: Told): string {
  const id = `id: ${writeToken(told.position)}\n`;
  if (told.kind === 'change') return `${id}data: ${JSON.stringify(told.event)}\n\n`;
  if (told.kind === 'nothing') return `: nothing new\n${id}\n`;
  const event = { _id: { _data: writeToken(told.position) }, operationType: 'invalidate' };
  return `${id}data: ${JSON.stringify(event)}\n\n`;
}
