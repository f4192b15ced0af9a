import type { BucketRow, Metadata } from '../../metadata/index.ts';
import type { Acl } from './acl/index.ts';
import type { StoredPolicy } from './bucket-policies.ts';
import type { CorsConfiguration } from './cors.ts';
import { requireConfigurable } from './documents/objects/admission.ts';
import type { LifecycleConfiguration } from './lifecycle/index.ts';
import type { ObjectLockConfiguration } from './object-lock.ts';
import type { OwnershipControls } from './ownership.ts';
import type { PublicAccessBlock } from './public-access.ts';
import type { Tags } from './tags.ts';

/** What a bucket is configured to do. Absent: it was never told, or the configuration was deleted. */
export interface BucketConfigs {
  readonly cors?: CorsConfiguration;
  readonly lifecycle?: LifecycleConfiguration;
  readonly tags?: Tags;
  readonly encryption?: BucketEncryption;
  readonly objectLock?: ObjectLockConfiguration;
  readonly policy?: StoredPolicy;
  /** `removed`: what the gateway does by itself does not count either. */
  readonly publicAccessBlock?: PublicAccessBlock | 'removed';
  readonly ownershipControls?: OwnershipControls;
  /** Left out: its owner has full control, and nobody else anything. */
  readonly acl?: Acl;
}

/** How what is written to a bucket is encrypted. */
export interface BucketEncryption {
  /** Left out: objects whose writers do not say it themselves are not encrypted. */
  readonly default?: DefaultEncryption;
  /** Whether objects of SSE-KMS have an S3 Bucket Key whose writers do not say it themselves. */
  readonly bucketKey: boolean;
  /** Whether writers may not bring keys of their own (SSE-C). */
  readonly blocksCustomerKeys: boolean;
}

/** How objects are encrypted whose writers do not say it themselves. */
export interface DefaultEncryption {
  readonly mode: 'SSE-S3' | 'SSE-KMS';
  /** As the client named it; the default key where it is left out. */
  readonly keyId?: string;
}

export type BucketConfigName = keyof BucketConfigs;

/** A bucket and who configures it. */
export interface ConfigTarget<Name extends BucketConfigName> {
  readonly bucket: BucketRow;
  readonly accountId: string;
  readonly name: Name;
}

const NONE: BucketConfigs = {};
const MAX_CACHED = 1000;

/** The configurations of buckets, parsed once and kept until they change. */
export class BucketConfigStore {
  readonly #metadata: Metadata;
  readonly #cached = new Map<number, { readonly version: number; readonly configs: BucketConfigs }>();

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /** At once where nothing is configured or nothing has changed: it is asked with nearly every request. */
  of(bucket: BucketRow): BucketConfigs | Promise<BucketConfigs> {
    if (bucket.config_version === 0) return NONE;
    const cached = this.#cached.get(bucket.id);
    return cached?.version === bucket.config_version ? cached.configs : this.#load(bucket);
  }

  /** Replaces a configuration as a whole. @throws Failure `NoSuchBucket` */
  async put<Name extends BucketConfigName>(
    target: ConfigTarget<Name> & { readonly document: NonNullable<BucketConfigs[Name]> },
  ): Promise<void> {
    requireConfigurable(target.bucket, target.name, target.document);
    await this.#change(target, JSON.stringify(target.document));
  }

  /** Deleting what was never configured succeeds. @throws Failure `NoSuchBucket` */
  async delete(target: ConfigTarget<BucketConfigName>): Promise<void> {
    await this.#change(target, undefined);
  }

  async #change({ bucket, accountId, name }: ConfigTarget<BucketConfigName>, document: string | undefined) {
    const at = new Date().toISOString();
    await this.#metadata.mutations.putBucketConfig({ bucketId: bucket.id, accountId, at, name, document });
  }

  async #load({ id, config_version: version }: BucketRow): Promise<BucketConfigs> {
    const rows = await this.#metadata.queries.listBucketConfigs(id);
    // Written by `put` alone. A change since the bucket was looked up has raised the version: it is read anew then.
    const configs = Object.fromEntries(rows.map(({ name, document }) => [name, JSON.parse(document)])) as BucketConfigs;
    if (this.#cached.size >= MAX_CACHED) this.#cached.clear();
    this.#cached.set(id, { version, configs });
    return configs;
  }
}
