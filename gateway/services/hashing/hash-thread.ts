import { parentPort } from 'node:worker_threads';
import { DigestStream } from '../digests.ts';
import type { FromHashThread, ToHashThread } from './messages.ts';

/** Digests what the main thread puts into shared slots; one message a slot, one back when it may be filled again. */
const port = parentPort as NonNullable<typeof parentPort>; // this file is only ever started as a worker
const jobs = new Map<number, { readonly digest: DigestStream; readonly ring: Uint8Array }>();

function reply(message: FromHashThread): void {
  port.postMessage(message);
}

port.on('message', (message: ToHashThread) => {
  const { job } = message;
  if (message.kind === 'open') {
    jobs.set(job, { digest: new DigestStream(message.wanted), ring: new Uint8Array(message.ring) });
    return;
  }
  const open = jobs.get(job);
  if (open === undefined) return;
  if (message.kind === 'update') {
    open.digest.update(open.ring.subarray(message.offset, message.offset + message.length));
    reply({ kind: 'taken', job });
    return;
  }
  jobs.delete(job);
  reply(
    message.kind === 'finish' ? { kind: 'digests', job, digests: open.digest.finish() } : { kind: 'abandoned', job },
  );
});
