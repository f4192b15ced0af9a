import type { Acl, Grant, Permission } from './acl.ts';

/** Which ACL allows an action, and the permission in it that does. */
export interface Needed {
  readonly on: 'bucket' | 'object';
  readonly permission: Exclude<Permission, 'FULL_CONTROL'>;
}

/**
 * "Mapping of ACL permissions and access policy permissions"; and what is done to uploads, which lead to no more than
 * writing the object does.
 */
const ACTIONS: ReadonlyMap<string, Needed> = new Map([
  ...allow({ on: 'bucket', permission: 'READ' }, 'ListBucket ListBucketVersions ListBucketMultipartUploads'),
  ...allow(
    { on: 'bucket', permission: 'WRITE' },
    'PutObject DeleteObject AbortMultipartUpload ListMultipartUploadParts',
  ),
  ...allow({ on: 'bucket', permission: 'READ_ACP' }, 'GetBucketAcl'),
  ...allow({ on: 'bucket', permission: 'WRITE_ACP' }, 'PutBucketAcl'),
  ...allow({ on: 'object', permission: 'READ' }, 'GetObject GetObjectVersion'),
  ...allow({ on: 'object', permission: 'READ_ACP' }, 'GetObjectAcl GetObjectVersionAcl'),
  ...allow({ on: 'object', permission: 'WRITE_ACP' }, 'PutObjectAcl PutObjectVersionAcl'),
]);

function allow(needed: Needed, actions: string): [action: string, needed: Needed][] {
  return actions.split(' ').map((action) => [`s3:${action}`, needed]);
}

/** Undefined: no ACL allows that. */
export function neededFor(action: string): Needed | undefined {
  return ACTIONS.get(action);
}

/** Who asks. */
export interface Asker {
  /** Undefined: nobody that is known. */
  readonly accountId: string | undefined;
  /** What is for everybody does not count. */
  readonly ignorePublic: boolean;
}

/** The grant that gives a permission to who asks. */
export function findGrant(acl: Acl, permission: Needed['permission'], asker: Asker): Grant | undefined {
  return acl.find(
    (grant) => (grant.permission === permission || grant.permission === 'FULL_CONTROL') && isFor(grant, asker),
  );
}

function isFor({ account, group }: Grant, { accountId, ignorePublic }: Asker): boolean {
  if (account !== undefined) return account === accountId;
  if (ignorePublic) return false;
  return group === 'AllUsers' || (group === 'AuthenticatedUsers' && accountId !== undefined);
}
