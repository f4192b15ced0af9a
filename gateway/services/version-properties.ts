import {
  type BucketRow,
  Failure,
  type RetentionPeriod,
  type StoredRetention,
  type VersionProperties,
} from '../../metadata/index.ts';
import type { BucketConfigStore } from './bucket-configs.ts';
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
    if (objectLock !== undefined) return { ...given, defaultRetention: objectLock.defaultRetention };
    if (retention !== undefined || legalHold !== undefined) throw missingLockConfiguration();
    return given;
  }

  /** How long a version is retained whose writer did not say. */
  async defaultRetention(bucket: BucketRow): Promise<RetentionPeriod | undefined> {
    return (await this.#configs.of(bucket)).objectLock?.defaultRetention;
  }
}

/** The answer to any request about locks in a bucket without an object lock configuration. */
export function missingLockConfiguration(): Failure {
  return new Failure('InvalidRequest', 'Bucket is missing Object Lock Configuration');
}
