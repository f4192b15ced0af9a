import type { Readable } from 'node:stream';
import { Failure } from '../../metadata/index.ts';

/**
 * Hands out a body as it comes, all of it before it resolves; cheaper than `bodyPieces` for a few.
 * @throws what `bodyPieces` throws, and what `take` does, which then is not called again
 */
export function takeBody(source: Readable, take: (piece: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (source.destroyed) return reject(incomplete());
    const fail = (error: unknown) => {
      source.off('data', onData);
      reject(error);
    };
    const onData = (piece: Buffer) => {
      try {
        take(piece);
      } catch (error) {
        fail(error);
      }
    };
    source.on('data', onData);
    source.once('end', resolve);
    source.once('timeout', () => fail(silent()));
    source.once('error', (cause) => fail(incomplete(cause)));
    source.once('close', () => {
      if (!source.readableEnded) fail(incomplete());
    });
  });
}

/**
 * The pieces of a body at the consumer's pace. Listens only while it waits, so that whoever gives up the rest leaves
 * nothing behind that would hold it: the client has to get its reply over the same connection.
 * @throws Failure `IncompleteBody` when the client hangs up, `RequestTimeout` when it falls silent
 */
export async function* bodyPieces(source: Readable): AsyncGenerator<Buffer, undefined> {
  for (;;) {
    const piece: Buffer | null = source.read();
    if (piece !== null) yield piece;
    else if (source.readableEnded) return;
    else if (source.destroyed) throw incomplete(source.errored);
    else await arrival(source);
  }
}

const EVENTS = ['readable', 'end', 'error', 'close'] as const;

/** Resolves when there may be more to read, or no more. */
function arrival(source: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      for (const event of EVENTS) source.off(event, onEvent);
      source.off('timeout', onTimeout);
    };
    const onEvent = () => {
      settle();
      resolve();
    };
    const onTimeout = () => {
      settle();
      reject(silent());
    };
    for (const event of EVENTS) source.on(event, onEvent);
    source.on('timeout', onTimeout);
  });
}

function incomplete(cause?: unknown): Failure {
  return new Failure('IncompleteBody', undefined, {}, { cause });
}

/** After its timeout the connection is of no further use. */
function silent(): Failure {
  return new Failure('RequestTimeout');
}
