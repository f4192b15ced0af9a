/** Who owns what others write to a bucket; ACLs count where it is not `BucketOwnerEnforced`. */
export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

/** "OwnershipControls": one rule, which is about all objects. */
export interface OwnershipControls {
  readonly objectOwnership: ObjectOwnership;
}
