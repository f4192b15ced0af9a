import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { DigestStream, type Digests, type WantedDigests } from '../digests.ts';
import { type Deferred, deferred } from './deferred.ts';
import type { FromHashThread, ToHashThread } from './messages.ts';
import { SlotRing } from './slot-ring.ts';

/** Digests of bytes that stream by, wherever they are computed. */
export interface StreamedDigests {
  /** Takes the bytes; resolves (where it does not return at once) when more may come. They may be reused then. */
  update(bytes: Uint8Array): Promise<void> | undefined;
  /** Resolves when all bytes are digested. Called at most once, and then nothing more. */
  finish(): Promise<Digests>;
  /** Gives up, instead of `finish`. */
  abandon(): void;
}

/** Below this, handing bytes over costs more than it saves. */
const OFFLOAD_BYTES = 1 << 20;
const MAX_THREADS = 4;

/**
 * Computes the digests of large bodies on threads of their own, so that neither the throughput of an upload nor the
 * latency of the requests beside it is bound by hashing on the main thread. More threads start
 * as they are needed.
 */
export class HashPool {
  readonly #threads: HashThread[] = [];
  readonly #size = Math.max(1, Math.min(MAX_THREADS, availableParallelism() - 1));

  /** The first thread starts at once: neither the first large upload nor its memory should pay for it. */
  constructor() {
    this.#addThread();
  }

  open(wanted: WantedDigests, sizeBytes: number): StreamedDigests {
    return sizeBytes < OFFLOAD_BYTES ? digestHere(wanted) : this.#leastBusy().open(wanted);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #leastBusy(): HashThread {
    const idle = this.#threads.find((thread) => thread.jobCount === 0);
    if (idle !== undefined) return idle;
    if (this.#threads.length < this.#size) return this.#addThread();
    return this.#threads.reduce((least, thread) => (thread.jobCount < least.jobCount ? thread : least));
  }

  #addThread(): HashThread {
    const thread = new HashThread((lost) => this.#threads.splice(this.#threads.indexOf(lost), 1));
    this.#threads.push(thread);
    return thread;
  }
}

function digestHere(wanted: WantedDigests): StreamedDigests {
  const digest = new DigestStream(wanted);
  return {
    update(bytes) {
      digest.update(bytes);
      return undefined;
    },
    finish: async () => digest.finish(),
    abandon() {},
  };
}

class HashThread {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, ThreadJob>();
  #nextJob = 0;

  constructor(onLost: (thread: HashThread) => void) {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./hash-thread.${extension}`, import.meta.url));
    this.#worker.unref();
    this.#worker.on('message', (message: FromHashThread) => this.#jobs.get(message.job)?.receive(message));
    this.#worker.once('error', (error) => {
      for (const job of this.#jobs.values()) job.fail(error);
      onLost(this);
    });
  }

  get jobCount(): number {
    return this.#jobs.size;
  }

  open(wanted: WantedDigests): ThreadJob {
    const id = this.#nextJob;
    this.#nextJob += 1;
    const job = new ThreadJob({
      id,
      wanted,
      send: (message) => this.#worker.postMessage(message),
      onEnd: () => this.#jobs.delete(id),
    });
    this.#jobs.set(id, job);
    return job;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

interface ThreadJobOptions {
  readonly id: number;
  readonly wanted: WantedDigests;
  readonly send: (message: ToHashThread) => void;
  readonly onEnd: () => void;
}

/** One body's way through a hash thread. */
class ThreadJob implements StreamedDigests {
  readonly #options: ThreadJobOptions;
  readonly #ring = SlotRing.take();
  readonly #digests = deferred<Digests>();
  #slotFreed: Deferred<void> | undefined;
  #error: Error | undefined;

  constructor(options: ThreadJobOptions) {
    this.#options = options;
    // Whoever waits for the digests meets the error; a job that was abandoned has nobody to tell.
    this.#digests.promise.catch(() => undefined);
    options.send({ kind: 'open', job: options.id, wanted: options.wanted, ring: this.#ring.memory });
  }

  update(bytes: Uint8Array): Promise<void> | undefined {
    const rest = this.#fill(bytes);
    return rest === undefined ? undefined : this.#fillInTime(rest);
  }

  async finish(): Promise<Digests> {
    this.#sendSlot();
    this.#options.send({ kind: 'finish', job: this.#options.id });
    const digests = await this.#digests.promise;
    this.#end();
    return digests;
  }

  /** The thread may still be reading from the ring: it ends when the thread says so. */
  abandon(): void {
    this.#options.send({ kind: 'abandon', job: this.#options.id });
  }

  receive(message: FromHashThread): void {
    if (message.kind === 'digests') {
      this.#digests.resolve(asBuffers(message.digests));
    } else if (message.kind === 'abandoned') {
      this.#end();
    } else {
      this.#ring.free();
      this.#slotFreed?.resolve();
    }
  }

  #end(): void {
    this.#options.onEnd();
    this.#ring.give();
  }

  fail(error: Error): void {
    this.#error = error;
    this.#slotFreed?.resolve();
    this.#digests.reject(error);
  }

  async #fillInTime(bytes: Uint8Array): Promise<void> {
    let rest: Uint8Array | undefined = bytes;
    while (rest !== undefined) {
      if (this.#error !== undefined) throw this.#error;
      this.#slotFreed = deferred();
      await this.#slotFreed.promise;
      rest = this.#fill(rest);
    }
  }

  /** Copies into free slots and sends those that are full; what found no room is returned. */
  #fill(bytes: Uint8Array): Uint8Array | undefined {
    let rest = bytes;
    while (rest.byteLength > 0) {
      if (this.#ring.isFull) return rest;
      rest = rest.subarray(this.#ring.write(rest));
      if (this.#ring.isSlotFull) this.#sendSlot();
    }
    return undefined;
  }

  #sendSlot(): void {
    const slot = this.#ring.seal();
    if (slot !== undefined) this.#options.send({ kind: 'update', job: this.#options.id, ...slot });
  }
}

/** Buffers arrive from another thread as plain byte arrays. */
function asBuffers({ md5, sha256, checksum }: Digests): Digests {
  const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { md5: asBuffer(md5), sha256: sha256 && asBuffer(sha256), checksum: checksum && asBuffer(checksum) };
}
