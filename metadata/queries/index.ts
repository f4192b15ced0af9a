import { findAccessKey, findAnyAccessKey, findCredential, listAccessKeys, pageAccessKeys } from './access-keys.ts';
import {
  findAccount,
  findAccountByCanonicalId,
  findAccountById,
  findLogin,
  findProfile,
  findProfileByEmail,
  findRootAccount,
  listAccounts,
  listProfiles,
} from './accounts.ts';
import { listAudit } from './audit.ts';
import { isBlobKnown, listReleasedBlobs, listStores } from './blobs.ts';
import { listBucketConfigs } from './bucket-configs.ts';
import { findBucket, listBuckets } from './buckets.ts';
import { listClaims, pageClaims } from './claims.ts';
import { findDocumentOf, findEventRange, findNewestVersions, listDocumentChanges } from './document-changes.ts';
import {
  countDocuments,
  countEntries,
  findCollection,
  findDatabase,
  findDocument,
  listCollections,
  listDocumentIndexes,
  listExpiringIndexes,
  listUnfinishedIndexes,
  scanDocuments,
  scanIndex,
  scanTexts,
} from './documents.ts';
import { findDriveUpload, pageDriveUploads } from './drive-uploads.ts';
import { findDrive } from './drives.ts';
import { listFileVersions } from './file-versions.ts';
import { findGrantsVersion, findNamedCollection, listGrants, listGrantsHeld, listHolders } from './grants.ts';
import {
  findGroup,
  findIamRole,
  findIamRoleById,
  findIamVersion,
  findManagedPolicy,
  listAttachedPolicies,
  listGroupsOf,
  listIdentityPolicies,
  listInlinePolicies,
  listPolicyHolders,
  pageGroupMembers,
  pageGroups,
  pageIamRoles,
  pageManagedPolicies,
  pageUsers,
} from './iam.ts';
import { findIdentity, listIdentities } from './identities.ts';
import { findInvite, listInvites } from './invites.ts';
import { findJobProgress } from './jobs.ts';
import { findKmsKeyById, findKmsKeyByName, findKmsKeyVersion, listKmsKeys } from './key-ring.ts';
import { findLifecycleBucket, listVersionBlobs } from './lifecycle.ts';
import { findLink, findSharedLink, listLinks, listLinksOfPath } from './links.ts';
import { listObjects, listUploads } from './list.ts';
import { listFiles } from './list-files.ts';
import { listVersions } from './list-versions.ts';
import {
  findCompletedVersion,
  findDeleteMarker,
  findInlineBlob,
  findObject,
  findObjectContent,
  findVersion,
  findVersionContent,
  listPartBlobs,
  listParts,
} from './objects.ts';
import { findOneTimeToken } from './one-time-tokens.ts';
import { findRole, listRoleMembers, listRoles } from './roles.ts';
import { countRecoveryCodes, listSecondFactors } from './second-factors.ts';
import { findSession, findSessionAccount, findSessionOfToken, listSessions } from './sessions.ts';
import { findShare, findShareIn, listSharesAt, listSharesBy, listSharesHeld, listSharesTo } from './shares.ts';
import { listSigningKeys } from './signing-keys.ts';
import { findTransfer, listTransfers } from './transfers.ts';
import { findTrash, listOldTrash, listTrash, listTrashedDrives, sumYieldingTrash } from './trash.ts';
import { findUpload } from './uploads.ts';
import { sumBlobs, sumParts, sumTrash, sumUsage } from './usage.ts';

/** Everything that can be asked of the database, by name. None writes. */
export const queries = {
  countRecoveryCodes,
  findAccessKey,
  findAccount,
  findAccountByCanonicalId,
  findAccountById,
  findAnyAccessKey,
  findBucket,
  findCompletedVersion,
  findCredential,
  findDeleteMarker,
  countDocuments,
  countEntries,
  findCollection,
  findDatabase,
  findDocument,
  findDrive,
  listCollections,
  listDocumentIndexes,
  listExpiringIndexes,
  listUnfinishedIndexes,
  findDocumentOf,
  findEventRange,
  findNewestVersions,
  listDocumentChanges,
  scanDocuments,
  scanIndex,
  scanTexts,
  findDriveUpload,
  findGroup,
  findIamRole,
  findIamRoleById,
  findIamVersion,
  findGrantsVersion,
  findIdentity,
  findInlineBlob,
  findInvite,
  findJobProgress,
  findKmsKeyById,
  findKmsKeyByName,
  findKmsKeyVersion,
  findLifecycleBucket,
  findLink,
  findLogin,
  findManagedPolicy,
  findNamedCollection,
  findObject,
  findObjectContent,
  findOneTimeToken,
  findProfile,
  findProfileByEmail,
  findRole,
  findRootAccount,
  findSession,
  findSessionAccount,
  findSessionOfToken,
  findShare,
  findShareIn,
  findSharedLink,
  findTransfer,
  findTrash,
  findUpload,
  findVersion,
  findVersionContent,
  isBlobKnown,
  listAccessKeys,
  listAccounts,
  listAttachedPolicies,
  listAudit,
  listBucketConfigs,
  listBuckets,
  listClaims,
  listFiles,
  listFileVersions,
  listGroupsOf,
  listGrants,
  listGrantsHeld,
  listHolders,
  listIdentities,
  listIdentityPolicies,
  listInlinePolicies,
  listInvites,
  listKmsKeys,
  listLinks,
  listLinksOfPath,
  listObjects,
  listOldTrash,
  listPartBlobs,
  listParts,
  listPolicyHolders,
  listProfiles,
  listReleasedBlobs,
  listRoleMembers,
  listRoles,
  listSecondFactors,
  listSessions,
  listSharesAt,
  listSharesBy,
  listSharesHeld,
  listSharesTo,
  listSigningKeys,
  listStores,
  listTransfers,
  listTrash,
  listTrashedDrives,
  listUploads,
  listVersionBlobs,
  listVersions,
  pageAccessKeys,
  pageClaims,
  pageDriveUploads,
  pageGroupMembers,
  pageGroups,
  pageIamRoles,
  pageManagedPolicies,
  pageUsers,
  sumBlobs,
  sumParts,
  sumTrash,
  sumUsage,
  sumYieldingTrash,
};

export type Queries = typeof queries;
