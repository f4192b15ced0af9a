import type { AccountRow, BucketRow, Metadata } from '../../metadata/index.ts';
import { Failure } from '../../metadata/index.ts';
import { isAdmin } from './access/index.ts';
import type { Acl } from './acl/index.ts';
import { isBucketName } from './bucket-names.ts';
import type { OwnershipControls } from './ownership.ts';
import { encodeTags, type Tags } from './tags.ts';

export interface CreateBucket {
  readonly name: string;
  readonly account: AccountRow;
  /** Keeps versions, and can lock them. */
  readonly objectLock?: boolean;
  readonly tags?: Tags | undefined;
  readonly ownershipControls?: OwnershipControls | undefined;
  readonly acl?: Acl | undefined;
}

/** Buckets: who owns them and what they are called. */
export class Buckets {
  readonly #metadata: Metadata;
  readonly #region: string;

  constructor({ metadata, region }: { readonly metadata: Metadata; readonly region: string }) {
    this.#metadata = metadata;
    this.#region = region;
  }

  /** At once where it is remembered: it is asked with every request. */
  find(name: string): BucketRow | undefined | Promise<BucketRow | undefined> {
    return this.#metadata.queries.findBucket(name);
  }

  /** @throws Failure `InvalidBucketName`, `BucketAlreadyOwnedByYou`, `BucketAlreadyExists`, `PrefixClaimed` */
  async create({ name, account, objectLock = false, tags, ownershipControls, acl }: CreateBucket): Promise<void> {
    if (!isBucketName(name)) throw new Failure('InvalidBucketName', `'${name}' is no bucket name.`);
    await this.#metadata.mutations.createBucket({
      name,
      accountId: account.id,
      region: this.#region,
      at: new Date().toISOString(),
      ignoreClaims: isAdmin(account),
      objectLock,
      tags: encodeTags(tags),
      ownershipControls: ownershipControls && JSON.stringify(ownershipControls),
      acl: acl && JSON.stringify(acl),
    });
  }

  /** @throws Failure `BucketNotEmpty`, `NoSuchBucket` */
  async delete({ bucket, accountId }: { bucket: BucketRow; accountId: string }): Promise<void> {
    await this.#metadata.mutations.deleteBucket({ bucketId: bucket.id, accountId, at: new Date().toISOString() });
  }

  /** @throws Failure `InvalidBucketState` for suspending the versions that object lock stands on */
  async setVersioning(input: {
    readonly bucket: BucketRow;
    readonly accountId: string;
    readonly versioning: 'Enabled' | 'Suspended';
  }): Promise<void> {
    const { bucket, accountId, versioning } = input;
    const at = new Date().toISOString();
    await this.#metadata.mutations.setVersioning({ bucketId: bucket.id, accountId, at, versioning });
  }

  /** An account's own buckets by name, one more than `limit` where there are more. */
  async list(input: { accountId: string; prefix: string; after: string; limit: number }): Promise<BucketRow[]> {
    return this.#metadata.queries.listBuckets({ ...input, limit: input.limit + 1 });
  }
}
