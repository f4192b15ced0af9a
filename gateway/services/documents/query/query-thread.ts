import { parentPort, workerData } from 'node:worker_threads';
import { Failure, openReadOnly } from '../../../../metadata/index.ts';
import type { FromQueryThread, ToQueryThread } from './messages.ts';
import { unlimitedBudget } from './read-budget.ts';
import { unpackRequest } from './read-request.ts';
import { runRead } from './run-read.ts';

/** Reads documents, for as long as it is let live: nobody waits for this thread but who asked. */
const port = parentPort as NonNullable<typeof parentPort>; // this file is only ever started as a worker
const metadata = openReadOnly((workerData as { readonly path: string }).path);

port.on('message', (message: ToQueryThread) => {
  void answer(message).then((reply) => port.postMessage(reply));
});

async function answer({ request }: ToQueryThread): Promise<FromQueryThread> {
  try {
    const source = { queries: metadata.queries, budget: unlimitedBudget };
    return { ok: true, result: await metadata.snapshot(() => runRead(source, unpackRequest(request))) };
  } catch (error) {
    if (error instanceof Failure) {
      return { ok: false, code: error.code, message: error.message, detail: { ...error.detail } };
    }
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ok: false, code: undefined, message, detail: {} };
  }
}
