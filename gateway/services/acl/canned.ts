import { type Acl, type Grant, privateAcl } from './acl.ts';

/** "Canned ACL": what may be said in a word. */
export const CANNED_ACLS = [
  'private',
  'public-read',
  'public-read-write',
  'aws-exec-read',
  'authenticated-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'log-delivery-write',
] as const;
export type CannedAcl = (typeof CANNED_ACLS)[number];

/** What an ACL is about. */
export interface AclSubject {
  readonly kind: 'bucket' | 'object';
  readonly ownerId: string;
  readonly bucketOwnerId: string;
}

const ALL_READ: Grant = { group: 'AllUsers', permission: 'READ' };
const ALL_WRITE: Grant = { group: 'AllUsers', permission: 'WRITE' };

/**
 * What a canned ACL grants. `aws-exec-read` is for a service that is not here, and grants nobody else anything;
 * "bucket-owner-read: If you specify this canned ACL when creating a bucket, Amazon S3 ignores it", and so with
 * `bucket-owner-full-control`; `log-delivery-write` "Applies to: Bucket".
 */
export function expandCanned(name: CannedAcl, subject: AclSubject): Acl {
  return [...privateAcl(subject.ownerId), ...furtherGrants(name, subject)];
}

function furtherGrants(name: CannedAcl, { kind, ownerId, bucketOwnerId }: AclSubject): readonly Grant[] {
  if (name === 'public-read') return [ALL_READ];
  if (name === 'public-read-write') return [ALL_READ, ALL_WRITE];
  if (name === 'authenticated-read') return [{ group: 'AuthenticatedUsers', permission: 'READ' }];
  if (kind === 'bucket') return name === 'log-delivery-write' ? LOG_DELIVERY : [];
  if (bucketOwnerId === ownerId) return [];
  if (name === 'bucket-owner-read') return [{ account: bucketOwnerId, permission: 'READ' }];
  return name === 'bucket-owner-full-control' ? [{ account: bucketOwnerId, permission: 'FULL_CONTROL' }] : [];
}

const LOG_DELIVERY: readonly Grant[] = [
  { group: 'LogDelivery', permission: 'WRITE' },
  { group: 'LogDelivery', permission: 'READ_ACP' },
];
