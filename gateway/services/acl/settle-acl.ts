import type { Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import type { BucketConfigStore, BucketConfigs } from '../bucket-configs.ts';
import { type ObjectOwnership, ownershipOf } from '../ownership.ts';
import { type BlockPublicAccess, effectivePublicAccess } from '../public-access.ts';
import { type Acl, isPublic } from './acl.ts';
import type { AclSubject } from './canned.ts';
import { type RequestedAcl, resolveAcl } from './requested-acl.ts';

export interface AclParts {
  readonly metadata: Metadata;
  readonly configs: BucketConfigStore;
  /** Of buckets that were not told otherwise. */
  readonly defaultOwnership: ObjectOwnership;
  /** Whether a bucket that was never told blocks whatever is public. */
  readonly blockPublicAccess: BlockPublicAccess;
}

export interface Asked {
  readonly requested: RequestedAcl;
  readonly subject: AclSubject;
  /** Of the bucket. */
  readonly configs: BucketConfigs;
}

/**
 * What is to be stored; undefined where ACLs are off, and this one says what holds all the same.
 * @throws Failure `AccessControlListNotSupported`; `AccessDenied` for one that is public where those are blocked, and for
 * one of another owner; and as `resolveAcl`
 */
export async function settleAcl({ requested, subject, configs }: Asked, parts: AclParts): Promise<Acl | undefined> {
  const { metadata, defaultOwnership, blockPublicAccess } = parts;
  if (ownershipOf(configs, defaultOwnership) === 'BucketOwnerEnforced') {
    if (await saysWhatHolds(requested, subject.bucketOwnerId, metadata)) return undefined;
    throw new Failure('AccessControlListNotSupported');
  }
  await requireOwner(requested, subject.ownerId, metadata);
  const acl = await resolveAcl(requested, subject, metadata);
  const block = effectivePublicAccess(configs, blockPublicAccess);
  if (block?.blockPublicAcls === true && isPublic(acl)) throw publicAclsBlocked();
  return acl;
}

/** Whether it gives the bucket's owner everything and nobody else anything, in one of the words for that. */
export async function saysWhatHolds(requested: RequestedAcl, ownerId: string, metadata: Metadata): Promise<boolean> {
  if (requested.canned !== undefined) return HARMLESS.has(requested.canned);
  const { grants } = requested;
  const canonicalId = await canonicalIdOf(ownerId, metadata);
  return (
    grants.length > 0 &&
    grants.every(
      ({ permission, grantee }) =>
        permission === 'FULL_CONTROL' && grantee.kind === 'canonical-id' && grantee.id === canonicalId,
    )
  );
}

/** S3 refuses some of them where the owner is enforced, but they hold: tools that always send one of them go on. */
const HARMLESS: ReadonlySet<string> = new Set(['private', 'bucket-owner-read', 'bucket-owner-full-control']);

/** An ACL cannot make a thing somebody else's. @throws Failure `AccessDenied` */
async function requireOwner(requested: RequestedAcl, ownerId: string, metadata: Metadata): Promise<void> {
  if (requested.canned !== undefined || requested.owner === undefined) return;
  if (requested.owner !== (await canonicalIdOf(ownerId, metadata))) throw new Failure('AccessDenied');
}

async function canonicalIdOf(accountId: string, { queries }: Metadata): Promise<string | undefined> {
  return (await queries.findAccountById(accountId))?.canonical_id;
}

/** "PUT Bucket acl and PUT Object acl calls fail if the specified ACL allows public access." */
function publicAclsBlocked(): Failure {
  const reason = 'public access control lists are blocked by the BlockPublicAcls block public access setting';
  return new Failure('AccessDenied', `Access Denied: ${reason}.`);
}
