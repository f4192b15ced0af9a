import { Connection } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import { PayloadSeries } from './payload.ts';
import { type PreparedRequest, prepareRequest } from './prepared-request.ts';
import { runSlice, type Slice, type SliceInput } from './run-slice.ts';

/** How targets are driven. */
export interface TargetOptions {
  readonly region: string;
  readonly bucket: string;
  readonly concurrency: number;
}

/** Objects to write under a prefix, named by their numbers. */
export interface ObjectSeries {
  readonly prefix: string;
  readonly count: number;
  readonly sizeBytes: number;
}

/** One endpoint under measurement: its connections, its bucket and what has been put there. */
export class Target {
  readonly endpoint: Endpoint;
  readonly #options: TargetOptions;
  readonly #connections: readonly Connection[];
  readonly #series = new Map<number, PayloadSeries>();
  readonly #written = new Set<string>();
  readonly #stored = new Set<string>();

  constructor(endpoint: Endpoint, options: TargetOptions) {
    this.endpoint = endpoint;
    this.#options = options;
    this.#connections = Array.from({ length: options.concurrency }, () => new Connection(endpoint.url));
  }

  /** Signs a request for a key, or for the bucket with an empty one. */
  prepare(method: string, key: string, sizeBytes?: number): PreparedRequest {
    const target = `/${this.#options.bucket}${key === '' || key.startsWith('?') ? '' : '/'}${key}`;
    const body = sizeBytes === undefined ? undefined : this.#payloads(sizeBytes).next();
    if (body !== undefined) this.#written.add(key);
    return prepareRequest(this.endpoint, this.#options.region, { method, target, ...(body && { body }) });
  }

  /** The signed writes of a series of objects. */
  preparePuts({ prefix, count, sizeBytes }: ObjectSeries): PreparedRequest[] {
    return Array.from({ length: count }, (_, index) => this.prepare('PUT', objectKey(prefix, index), sizeBytes));
  }

  /** One signed request for each of a series of objects. */
  prepareEach(method: string, { prefix, count }: ObjectSeries): PreparedRequest[] {
    return Array.from({ length: count }, (_, index) => this.prepare(method, objectKey(prefix, index)));
  }

  /** Writes a series of objects, once. */
  async store(series: ObjectSeries): Promise<void> {
    if (this.#stored.has(series.prefix)) return;
    this.#stored.add(series.prefix);
    await this.sendAll(this.preparePuts(series));
  }

  /** Sends each request once; throws when one fails. */
  async sendAll(requests: readonly PreparedRequest[]): Promise<void> {
    const { firstFailure } = await this.run({ requests, durationMs: Number.POSITIVE_INFINITY, once: true });
    if (firstFailure !== undefined) throw new Error(`${this.endpoint.name} answered ${firstFailure}`);
  }

  /** Runs requests over all connections, or over the first few of them. */
  async run(input: Omit<SliceInput, 'connections'> & { readonly concurrency?: number }): Promise<Slice> {
    return runSlice({ ...input, connections: this.#connections.slice(0, input.concurrency) });
  }

  /** Removes every object written, and the bucket. */
  async removeAll(): Promise<void> {
    const deletes = [...this.#written].map((key) => this.prepare('DELETE', key));
    await this.sendAll([...deletes]);
    await this.sendAll([this.prepare('DELETE', '')]);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  #payloads(sizeBytes: number): PayloadSeries {
    const known = this.#series.get(sizeBytes);
    if (known !== undefined) return known;
    const payloads = new PayloadSeries(sizeBytes);
    this.#series.set(sizeBytes, payloads);
    return payloads;
  }
}

function objectKey(prefix: string, index: number): string {
  return `${prefix}/${String(index).padStart(6, '0')}`;
}
