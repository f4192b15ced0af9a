export {
  type DclStatement,
  type Grantee,
  type GrantTarget,
  granteeWords,
  nameWords,
  PRIVILEGES,
  type Privilege,
  privilegesOn,
  targetWords,
} from './dcl.ts';
export { Failure, type FailureCode } from './failure.ts';
export { foldersOf } from './folders.ts';
export { prefixEnd } from './key-order.ts';
export type { Metadata, MutationInput } from './metadata.ts';
export type { AccountChanges } from './mutations/account-edits.ts';
export type { AccountRole, AccountStatus } from './mutations/accounts.ts';
export type { AdmittedIdentity } from './mutations/admit-identity.ts';
export type { AuditEntry, AuditType } from './mutations/audit.ts';
export type { Payload } from './mutations/blobs.ts';
export type { ClientToken } from './mutations/client-tokens.ts';
export type { Confirmation, ConfirmFactor } from './mutations/confirm-factor.ts';
export type { DclResult } from './mutations/dcl.ts';
export type { DeletedKey } from './mutations/delete-key.ts';
export type { DocumentEffect } from './mutations/document-objects.ts';
export type { DocumentWrite, IndexEntry } from './mutations/documents.ts';
export type { EnsureDrive } from './mutations/drives.ts';
export type { DocumentChangeType } from './mutations/events.ts';
export { targetOf } from './mutations/grant-names.ts';
export type { HandedOver } from './mutations/hand-over.ts';
export type { LinkFacts } from './mutations/links.ts';
export { fromFlag, type RetentionPeriod } from './mutations/lock.ts';
export type { MovedTree } from './mutations/move-tree.ts';
export type { CommittedPayload } from './mutations/objects.ts';
export type { OneTimeToken, TokenPurpose } from './mutations/one-time-tokens.ts';
export { packWrites } from './mutations/packed-writes.ts';
export type { ExpectedTags, Preconditions } from './mutations/preconditions.ts';
export type { RenamedObject } from './mutations/rename-object.ts';
export type { SharedPath } from './mutations/shares.ts';
export type {
  CommittedObject,
  StoredChecksum,
  StoredRetention,
  VersionProperties,
  WriteCondition,
} from './mutations/versions.ts';
export type { AccessKeyRow, CredentialRow } from './queries/access-keys.ts';
export type { AccountFilter, AccountRow, AccountUsageRow, ProfileRow } from './queries/accounts.ts';
export type { AuditRow } from './queries/audit.ts';
export type { ReleasedBlobRow } from './queries/blobs.ts';
export type { BucketRow } from './queries/buckets.ts';
export type { ClaimRow } from './queries/claims.ts';
export type { DocumentChangeRow, DocumentVersionRow } from './queries/document-changes.ts';
export type { DocumentCondition, JsonTest } from './queries/document-condition.ts';
export type {
  CollectionRow,
  DocumentIndexRow,
  DocumentTuple,
  EntryRange,
  IndexedTuple,
  PlacedIndexRow,
} from './queries/documents.ts';
export type { DriveUploadRow } from './queries/drive-uploads.ts';
export type { DriveRow } from './queries/drives.ts';
export type { FileVersionRow } from './queries/file-versions.ts';
export type { GrantFilter, GrantRow } from './queries/grants.ts';
export type {
  GroupRow,
  IdentityPolicyRow,
  InlinePolicyRow,
  ManagedPolicyRow,
  PolicyHolderRow,
  RoleRow,
} from './queries/iam.ts';
export type { IdentityRow } from './queries/identities.ts';
export type { InviteRow } from './queries/invites.ts';
export type { KmsKeyRow, KmsKeyVersionRow } from './queries/key-ring.ts';
export type { VersionBlobRow } from './queries/lifecycle.ts';
export { type LinkRow, type LinkState, linkState } from './queries/links.ts';
export type { ListedObject, ListedUpload, ListPage, ListPosition } from './queries/list.ts';
export type { ListedFile } from './queries/list-files.ts';
export type { ListedVersion } from './queries/list-versions.ts';
export type { ObjectContentRow, ObjectRow, PartBlobRow, PartRow } from './queries/objects.ts';
export type { GrantRoleRow, RoleMemberRow } from './queries/roles.ts';
export type { FactorKind, SecondFactorRow } from './queries/second-factors.ts';
export type { SessionAccountRow, SessionRow } from './queries/sessions.ts';
export type { ShareRow } from './queries/shares.ts';
export type { SigningKeyRow } from './queries/signing-keys.ts';
export type { TransferRow } from './queries/transfers.ts';
export type { TrashRow } from './queries/trash.ts';
export type { UploadRow } from './queries/uploads.ts';
export type { StoredUsage } from './queries/usage.ts';
export type { Durability } from './sqlite/connection.ts';
export { openSqlite } from './sqlite/index.ts';
export { openReadOnly, type ReadOnlyMetadata } from './sqlite/read-only.ts';
export { isVersionId, NULL_VERSION, seqOfVersionId } from './version-id.ts';
export { VERSIONED_FOLDER, type Versioning, versioningOf } from './versioning.ts';
