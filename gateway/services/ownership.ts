/** Who owns what others write to a bucket; ACLs count where it is not `BucketOwnerEnforced`. */
export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

/** "OwnershipControls": one rule, which is about all objects. */
export interface OwnershipControls {
  readonly objectOwnership: ObjectOwnership;
}

/** What every bucket has as long as there are no ACLs: "the bucket owner automatically owns and has full control". */
export const BUCKET_OWNER_ENFORCED: OwnershipControls = { objectOwnership: 'BucketOwnerEnforced' };
