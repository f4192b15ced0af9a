import type { AccountRow, BucketRow, Metadata } from '../../metadata/index.ts';

/** Buckets: who owns them and what they are called. */
export class Buckets {
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  async find(name: string): Promise<BucketRow | undefined> {
    return this.#metadata.queries.findBucket(name);
  }

  /** @throws Failure `BucketAlreadyOwnedByYou`, `BucketAlreadyExists`, `PrefixClaimed` */
  async create({ name, account, region }: { name: string; account: AccountRow; region: string }): Promise<void> {
    await this.#metadata.mutations.createBucket({
      name,
      accountId: account.id,
      region,
      at: new Date().toISOString(),
      ignoreClaims: account.role === 'root',
    });
  }

  /** @throws Failure `BucketNotEmpty`, `NoSuchBucket` */
  async delete({ bucket, accountId }: { bucket: BucketRow; accountId: string }): Promise<void> {
    await this.#metadata.mutations.deleteBucket({ bucketId: bucket.id, accountId, at: new Date().toISOString() });
  }

  /** An account's own buckets by name, one more than `limit` where there are more. */
  async list(input: { accountId: string; prefix: string; after: string; limit: number }): Promise<BucketRow[]> {
    return this.#metadata.queries.listBuckets({ ...input, limit: input.limit + 1 });
  }
}
