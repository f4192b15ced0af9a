import type { BucketRow } from '../../../metadata/index.ts';
import type { BucketConfigStore, BucketConfigs } from '../bucket-configs.ts';
import type { StorageClasses } from '../storage-classes.ts';
import { type CompiledLifecycle, compileLifecycle, type ScopedObject } from './compile.ts';
import { abortionOf, type Due, expirationOf } from './due.ts';
import type { Circumstances } from './evaluate.ts';

export interface LifecycleOptions {
  readonly configs: BucketConfigStore;
  readonly stores: StorageClasses;
  /** How long a day is. */
  readonly dayMs: number;
}

/** What the lifecycle rules of buckets hold for objects and uploads: told ahead, and asked for by the job that does it. */
export class Lifecycle {
  readonly #options: LifecycleOptions;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** Where transitions can go. */
  get storageClasses(): readonly string[] {
    return this.#options.stores.names;
  }

  /** In which the rules are read now. */
  circumstances(): Circumstances {
    return { nowMs: Date.now(), dayMs: this.#options.dayMs, storageClasses: this.storageClasses };
  }

  /** The rules of a bucket; at once where there are none, or where they have not changed. */
  rulesOf(bucket: BucketRow): CompiledLifecycle | undefined | Promise<CompiledLifecycle | undefined> {
    const configs = this.#options.configs.of(bucket);
    return configs instanceof Promise ? configs.then(compiledRules) : compiledRules(configs);
  }

  /** When the current version of an object expires, and by which rule. `lastModified` is an ISO time. */
  async expirationOf(bucket: BucketRow, object: ScopedObject & { lastModified: string }): Promise<Due | undefined> {
    const rules = await this.rulesOf(bucket);
    return rules && expirationOf(rules, object, this.#options.dayMs);
  }

  /** When an upload is aborted that was begun at `initiatedAt` (ISO time), and by which rule. */
  async abortionOf(bucket: BucketRow, upload: { key: string; initiatedAt: string }): Promise<Due | undefined> {
    const rules = await this.rulesOf(bucket);
    return rules && abortionOf(rules, upload, this.#options.dayMs);
  }
}

function compiledRules({ lifecycle }: BucketConfigs): CompiledLifecycle | undefined {
  return lifecycle && compileLifecycle(lifecycle);
}
