export {
  type Acl,
  decodeAcl,
  type Grant,
  type Group,
  MAX_GRANTS,
  PERMISSIONS,
  type Permission,
} from './acl.ts';
export { AclSource } from './acl-source.ts';
export { Acls, type OwnedAcl } from './acls.ts';
export { CANNED_ACLS, type CannedAcl } from './canned.ts';
export type { NamedGrantee, RequestedAcl, RequestedGrant } from './requested-acl.ts';
