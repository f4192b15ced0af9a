import { type BucketRow, Failure, type StoredRetention, type VersionProperties } from '../../metadata/index.ts';
import type { BucketConfigStore } from './bucket-configs.ts';
import { retentionFrom } from './object-lock.ts';
import type { StorageClasses } from './storage-classes.ts';
import { encodeTags, type Tags } from './tags.ts';

/** What a writer says of a version beside its contents. What is left out is as the bucket has it by default. */
export interface RequestedProperties {
  readonly tags?: Tags | undefined;
  readonly retention?: StoredRetention | undefined;
  readonly legalHold?: boolean | undefined;
  readonly storageClass?: string | undefined;
}

/** Settles what new versions are told, from what their writers ask for and what their bucket has by default. */
export class PropertyResolver {
  readonly #configs: BucketConfigStore;
  readonly #stores: StorageClasses;

  constructor({ configs, stores }: { configs: BucketConfigStore; stores: StorageClasses }) {
    this.#configs = configs;
    this.#stores = stores;
  }

  /** @throws Failure `InvalidStorageClass`; `InvalidRequest` for a lock in a bucket that cannot lock */
  async resolve(bucket: BucketRow, requested: RequestedProperties): Promise<VersionProperties> {
    const { tags, retention, legalHold } = requested;
    const storageClass = this.#stores.storeFor(requested.storageClass);
    const given = { tags: encodeTags(tags), retention, legalHold, storageClass };
    const { objectLock } = await this.#configs.of(bucket);
    if (objectLock === undefined) {
      if (retention !== undefined || legalHold) throw missingLockConfiguration();
      return given;
    }
    const { defaultRetention } = objectLock;
    if (retention !== undefined || defaultRetention === undefined) return given;
    return { ...given, retention: retentionFrom(defaultRetention, new Date()) };
  }
}

/** The answer to any request about locks in a bucket without an object lock configuration. */
export function missingLockConfiguration(): Failure {
  return new Failure('InvalidRequest', 'Bucket is missing Object Lock Configuration');
}
