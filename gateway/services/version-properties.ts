import {
  type BucketRow,
  Failure,
  type RetentionPeriod,
  type StoredRetention,
  type VersionProperties,
} from '../../metadata/index.ts';
import type { BucketConfigStore, BucketConfigs, BucketEncryption } from './bucket-configs.ts';
import {
  type Encryption,
  type EncryptionRequest,
  encodeEncryption,
  type StoredEncryption,
} from './encryption/index.ts';
import { asksForLock } from './object-lock.ts';
import type { BlobCipher } from './receive.ts';
import type { StorageClasses } from './storage-classes.ts';
import { encodeTags, type Tags } from './tags.ts';

/** What a writer says of a version beside its contents. What is left out is as the bucket has it by default. */
export interface RequestedProperties {
  readonly tags?: Tags | undefined;
  readonly retention?: StoredRetention | undefined;
  readonly legalHold?: boolean | undefined;
  readonly storageClass?: string | undefined;
  readonly encryption?: EncryptionRequest | undefined;
  /** Whether an S3 Bucket Key is wanted, also where the bucket's default is what encrypts. */
  readonly bucketKey?: boolean | undefined;
  /** As it is stored. */
  readonly acl?: string | undefined;
  /** Left out: the bucket's owner. */
  readonly ownerId?: string | undefined;
}

/** What a new version is told, and what its bytes are to be encrypted with. */
export interface ResolvedProperties {
  readonly version: VersionProperties;
  readonly encryption?: StoredEncryption | undefined;
  readonly cipher?: BlobCipher | undefined;
}

export interface PropertyResolverOptions {
  readonly configs: BucketConfigStore;
  readonly stores: StorageClasses;
  readonly encryption: Encryption;
}

/** How bytes are encrypted whose object has this data key. */
export function cipherOf(encryption: StoredEncryption, dataKey: Buffer): BlobCipher {
  return { dataKey, hidesMd5: hidesMd5(encryption) };
}

/** "Objects [...] encrypted by SSE-C or SSE-KMS have ETags that are not an MD5 digest of their object data" (Object). */
export function hidesMd5({ mode }: StoredEncryption): boolean {
  return mode !== 'SSE-S3';
}

const NOTHING: VersionProperties = {};

/** Settles what new versions are told, from what their writers ask for and what their bucket has by default. */
export class PropertyResolver {
  readonly #configs: BucketConfigStore;
  readonly #stores: StorageClasses;
  readonly #encryption: Encryption;

  constructor({ configs, stores, encryption }: PropertyResolverOptions) {
    this.#configs = configs;
    this.#stores = stores;
    this.#encryption = encryption;
  }

  /**
   * With a new data key, where the version is to be encrypted.
   * @throws Failure as `resolvePlain` and `encryptionOf`, and `KMS.NotFoundException`, `KMS.DisabledException`
   */
  async resolve(bucket: BucketRow, requested: RequestedProperties): Promise<ResolvedProperties> {
    const configs = await this.#configs.of(bucket);
    const version = this.#resolvePlain(configs, requested);
    const request = chooseEncryption(configs, requested);
    if (request === undefined) return { version };
    const { stored: encryption, dataKey } = await this.#encryption.seal(request);
    return {
      version: { ...version, encryption: encodeEncryption(encryption) },
      encryption,
      cipher: cipherOf(encryption, dataKey),
    };
  }

  /**
   * How a version is to be encrypted: as its writer asks, or else as the bucket has it by default.
   * @throws Failure `AccessDenied` for a customer's key in a bucket that blocks them
   */
  async encryptionOf(bucket: BucketRow, requested: RequestedProperties): Promise<EncryptionRequest | undefined> {
    return chooseEncryption(await this.#configs.of(bucket), requested);
  }

  /** Makes sure that an upload may go on. @throws Failure as `encryptionOf` */
  async requireUnblocked(bucket: BucketRow, encryption: StoredEncryption | undefined): Promise<void> {
    if (encryption?.mode === 'SSE-C') requireUnblocked((await this.#configs.of(bucket)).encryption, 'SSE-C');
  }

  /**
   * All but the encryption.
   * @throws Failure `InvalidStorageClass`; `InvalidRequest` for a lock in a bucket that cannot lock
   */
  async resolvePlain(bucket: BucketRow, requested: RequestedProperties): Promise<VersionProperties> {
    return this.#resolvePlain(await this.#configs.of(bucket), requested);
  }

  #resolvePlain({ objectLock }: BucketConfigs, requested: RequestedProperties): VersionProperties {
    const { retention, legalHold } = requested;
    if (objectLock === undefined && asksForLock(requested)) throw missingLockConfiguration();
    return told({
      tags: encodeTags(requested.tags),
      retention,
      legalHold,
      storageClass: this.#stores.storeFor(requested.storageClass),
      acl: requested.acl,
      ownerId: requested.ownerId,
      defaultRetention: objectLock?.defaultRetention,
    });
  }

  /** How long a version is retained whose writer did not say. */
  async defaultRetention(bucket: BucketRow): Promise<RetentionPeriod | undefined> {
    return (await this.#configs.of(bucket)).objectLock?.defaultRetention;
  }
}

function chooseEncryption(
  { encryption: configured }: BucketConfigs,
  { encryption, bucketKey }: RequestedProperties,
): EncryptionRequest | undefined {
  const request = encryption ?? configured?.default;
  requireUnblocked(configured, request?.mode);
  if (request?.mode !== 'SSE-KMS') return request;
  return { ...request, bucketKey: bucketKey ?? configured?.bucketKey ?? false };
}

/** What there is to tell. Every property crosses to the writer's thread by its name, also one that is undefined. */
function told(properties: VersionProperties): VersionProperties {
  const { tags, retention, legalHold, storageClass, defaultRetention, acl, ownerId } = properties;
  const isNothing =
    (tags ?? retention ?? legalHold ?? storageClass ?? defaultRetention ?? acl ?? ownerId) === undefined;
  return isNothing
    ? NOTHING
    : Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}

/**
 * "When SSE-C is blocked for a bucket, any PutObject, CopyObject, PostObject, Multipart Upload, or replication request that
 * specifies SSE-C encryption will be rejected with an HTTP 403 AccessDenied error."
 */
function requireUnblocked(configured: BucketEncryption | undefined, mode: StoredEncryption['mode'] | undefined): void {
  if (mode !== 'SSE-C' || !configured?.blocksCustomerKeys) return;
  throw new Failure(
    'AccessDenied',
    'This bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a different server-side encryption type.',
  );
}

/** The answer to any request about locks in a bucket without an object lock configuration. */
export function missingLockConfiguration(): Failure {
  return new Failure('InvalidRequest', 'Bucket is missing Object Lock Configuration');
}
