import type { BucketConfigs } from './bucket-configs.ts';

/** Who owns what others write to a bucket; ACLs count where it is not `BucketOwnerEnforced`. */
export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

/** "OwnershipControls": one rule, which is about all objects. */
export interface OwnershipControls {
  readonly objectOwnership: ObjectOwnership;
}

/** What holds in a bucket. @param byDefault for one that was not told otherwise */
export function ownershipOf({ ownershipControls }: BucketConfigs, byDefault: ObjectOwnership): ObjectOwnership {
  return ownershipControls?.objectOwnership ?? byDefault;
}

/** Who else comes into question than the owner of the bucket. */
export interface NewObject {
  /** "anonymous" owns nothing: the bucket's owner does. */
  readonly writerId: string | undefined;
  readonly bucketOwnerId: string;
  /** Whether the canned ACL of that name came with it. */
  readonly givesBucketOwnerFullControl: boolean;
}

/**
 * Who owns a new object. "ObjectWriter: The AWS account that uploads an object owns the object"; "BucketOwnerPreferred: The
 * bucket owner owns and has full control over new objects that other accounts write to the bucket with the
 * bucket-owner-full-control canned ACL."
 */
export function ownerOfNew(ownership: ObjectOwnership, { writerId, bucketOwnerId, ...given }: NewObject): string {
  if (ownership === 'BucketOwnerEnforced' || writerId === undefined) return bucketOwnerId;
  return ownership === 'BucketOwnerPreferred' && given.givesBucketOwnerFullControl ? bucketOwnerId : writerId;
}
