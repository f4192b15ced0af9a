import type { BucketRow } from '../../metadata/index.ts';
import type { BucketConfigStore, BucketConfigs } from './bucket-configs.ts';

/** "PublicAccessBlockConfiguration": what whoever comes may not be given, whatever policies and ACLs say. */
export interface PublicAccessBlock {
  /** ACLs that open something to whoever comes are refused. */
  readonly blockPublicAcls: boolean;
  /** Those that are there do not count. */
  readonly ignorePublicAcls: boolean;
  /** A policy that is public is refused. */
  readonly blockPublicPolicy: boolean;
  /** While the policy is public, it opens the bucket to nobody but its owner's account. */
  readonly restrictPublicBuckets: boolean;
}

/** "By default, new buckets [...] don't allow public access": all four settings. */
export const ALL_BLOCKED: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

/**
 * Whether a bucket that was never told blocks everything (`on`) or nothing (`off`), or each does whatever it was told:
 * `always`.
 */
export type BlockPublicAccess = 'on' | 'off' | 'always';

/** What is blocked in a bucket; undefined: nothing. */
export function effectivePublicAccess(
  { publicAccessBlock: own }: BucketConfigs,
  setting: BlockPublicAccess,
): PublicAccessBlock | undefined {
  if (setting === 'always') return ALL_BLOCKED;
  if (own === undefined) return setting === 'on' ? ALL_BLOCKED : undefined;
  return own === 'removed' ? undefined : own;
}

export interface PublicAccessParts {
  readonly configs: BucketConfigStore;
  readonly blockPublicAccess: BlockPublicAccess;
}

/** What buckets keep from whoever comes. */
export class PublicAccess {
  readonly #parts: PublicAccessParts;

  constructor(parts: PublicAccessParts) {
    this.#parts = parts;
  }

  /** Undefined: nothing is blocked. */
  async of(bucket: BucketRow): Promise<PublicAccessBlock | undefined> {
    const { configs, blockPublicAccess } = this.#parts;
    return effectivePublicAccess(await configs.of(bucket), blockPublicAccess);
  }
}
