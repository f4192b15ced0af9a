/** What a grant may be of: all that AWS has. */
export const PERMISSIONS = ['FULL_CONTROL', 'READ', 'READ_ACP', 'WRITE', 'WRITE_ACP'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** "Amazon S3 predefined groups". Nobody is in the last: no service of the gateway delivers logs. */
export type Group = 'AllUsers' | 'AuthenticatedUsers' | 'LogDelivery';

/** Whom a grant is for. */
export type Grantee =
  | { readonly account: string; readonly group?: never }
  | { readonly group: Group; readonly account?: never };

/** One permission for one grantee. */
export type Grant = Grantee & { readonly permission: Permission };

/** All that an ACL grants, also to the owner. */
export type Acl = readonly Grant[];

/** "An ACL can have up to 100 grants." */
export const MAX_GRANTS = 100;

/** What holds where there is no ACL: "the owner [...] full control", and nobody else anything. */
export function privateAcl(ownerId: string): Acl {
  return [{ account: ownerId, permission: 'FULL_CONTROL' }];
}

/** Undefined: it says what holds without an ACL. */
export function encodeAcl(acl: Acl, ownerId: string): string | undefined {
  return isPrivate(acl, ownerId) ? undefined : JSON.stringify(acl);
}

export function decodeAcl(json: string | null): Acl | undefined {
  return json === null ? undefined : (JSON.parse(json) as Acl); // written by encodeAcl alone
}

/** Whether it grants the owner everything, and nobody else anything. */
export function isPrivate(acl: Acl, ownerId: string): boolean {
  return acl.length > 0 && acl.every(({ account, permission }) => account === ownerId && permission === 'FULL_CONTROL');
}

/**
 * "Amazon S3 considers a bucket or object ACL public if it grants any permissions to members of the predefined AllUsers or
 * AuthenticatedUsers groups."
 */
export function isPublic(acl: Acl): boolean {
  return acl.some(isPublicGrant);
}

export function isPublicGrant({ group }: Grant): boolean {
  return group === 'AllUsers' || group === 'AuthenticatedUsers';
}
