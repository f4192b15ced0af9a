import { MemoryBackend } from '../../../../gateway/backends/index.ts';
import type { LifecycleJob } from '../../../../gateway/jobs/lifecycle/index.ts';
import { BucketConfigStore } from '../../../../gateway/services/bucket-configs.ts';
import { DAY_MS, Lifecycle, type LifecycleConfiguration } from '../../../../gateway/services/lifecycle/index.ts';
import { StorageClasses } from '../../../../gateway/services/storage-classes.ts';
import type { Metadata } from '../../../../metadata/index.ts';
import type { BucketRow } from '../../../../metadata/queries/buckets.ts';
import { NOON } from '../../../metadata/support/fixture.ts';
import { pieces } from '../../backends/suite.ts';

export const COLD = 'GLACIER_IR';

/** The job over a database, with two backends, and what it said went wrong. */
export class JobBench {
  readonly standard = new MemoryBackend();
  readonly cold = new MemoryBackend();
  readonly failures: string[] = [];
  readonly metadata: Metadata;
  readonly #dayMs: number;

  constructor(metadata: Metadata, dayMs = DAY_MS) {
    this.metadata = metadata;
    this.#dayMs = dayMs;
  }

  /** The job as the gateway starts it, over other parts where they are given. */
  job(parts: Partial<LifecycleJob> = {}): LifecycleJob {
    const { metadata = this.metadata } = parts;
    const stores = new StorageClasses(this.standard, new Map([[COLD, this.cold]]));
    const configs = new BucketConfigStore(metadata);
    return {
      metadata,
      stores,
      lifecycle: new Lifecycle({ configs, stores, dayMs: this.#dayMs }),
      reserveSpace: () => undefined,
      onFailure: (error, { bucket, key }) => this.failures.push(`${bucket} ${key} ${String(error)}`),
      ...parts,
    };
  }

  async configure(bucket: BucketRow, configuration: LifecycleConfiguration): Promise<void> {
    const change = { bucketId: bucket.id, accountId: bucket.account_id, at: NOON, name: 'lifecycle' };
    await this.metadata.mutations.putBucketConfig({ ...change, document: JSON.stringify(configuration) });
  }

  /** Bytes in the default backend. */
  async stage(bytes: Buffer) {
    const { location, sizeBytes, settle } = await this.standard.stage(pieces(bytes));
    settle();
    return { kind: 'staged', location, sizeBytes } as const;
  }
}

/** The same metadata, but for some of its calls. */
export function withCalls(
  metadata: Metadata,
  calls: { readonly queries?: Partial<Metadata['queries']>; readonly mutations?: Partial<Metadata['mutations']> },
): Metadata {
  return {
    queries: { ...metadata.queries, ...calls.queries },
    mutations: { ...metadata.mutations, ...calls.mutations },
    onCommit: (listener) => metadata.onCommit(listener),
    close: () => metadata.close(),
  };
}
