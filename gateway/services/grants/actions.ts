import type { Privilege } from '../../../metadata/index.ts';
import { ADMINISTER_COLLECTION } from '../documents/collection-access.ts';

/**
 * What no grant opens: deleting the bucket, and whatever hands out access by other ways than grants. Who could do that
 * could keep what is revoked.
 */
const OWNERS_ALONE: ReadonlySet<string> = new Set([
  's3:CreateBucket',
  's3:DeleteBucket',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
  's3:PutBucketAcl',
  's3:PutObjectAcl',
  's3:PutObjectVersionAcl',
  's3:PutBucketOwnershipControls',
  's3:PutBucketPublicAccessBlock',
  's3:ObjectOwnerOverrideToBucketOwner',
]);

const WRITE: ReadonlySet<string> = new Set([
  's3:PutObject',
  's3:PutObjectTagging',
  's3:PutObjectVersionTagging',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
  's3:RestoreObject',
]);

const NONE: readonly Privilege[] = [];
/** There are as many as S3 has actions. */
const known = new Map<string, readonly Privilege[]>();

/** The privileges of which each allows an action; none: no grant does. */
export function privilegesFor(action: string): readonly Privilege[] {
  const found = known.get(action) ?? find(action);
  known.set(action, found);
  return found;
}

function find(action: string): readonly Privilege[] {
  if (action === ADMINISTER_COLLECTION) return ['ADMIN'];
  if (!action.startsWith('s3:') || OWNERS_ALONE.has(action)) return NONE;
  if (action.startsWith('s3:GetObject')) return ['READ', 'ADMIN'];
  if (action.startsWith('s3:ListBucket') || action === 's3:GetBucketLocation') return ['LIST', 'ADMIN'];
  if (WRITE.has(action)) return ['WRITE', 'ADMIN'];
  if (/^s3:DeleteObject(Version)?Tagging$/.test(action)) return ['WRITE', 'DELETE', 'ADMIN'];
  return action.startsWith('s3:DeleteObject') ? ['DELETE', 'ADMIN'] : ['ADMIN'];
}
