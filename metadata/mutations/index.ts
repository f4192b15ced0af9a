import { changeAccessKey, createAccessKey, deleteAccessKey, recordKeyUses } from './access-keys.ts';
import {
  changeAccount,
  deleteAccountOf,
  endSessionsOf,
  removeFactorsOf,
  setPasswordOf,
} from './account-administration.ts';
import { createAccount, rehashPassword, setAccountStatus, setPassword } from './accounts.ts';
import { admitIdentity } from './admit-identity.ts';
import { recordAudit, trimAudit } from './audit.ts';
import { forgetBlobs } from './blobs.ts';
import { putBucketConfig, setVersioning } from './bucket-configs.ts';
import { createBucket, deleteBucket } from './buckets.ts';
import { addClaim, removeClaim, takeClaims } from './claims.ts';
import { forgetClientTokens } from './client-tokens.ts';
import { createCollection, dropCollection, setCollectionOptions } from './collections.ts';
import { confirmSms, confirmTotp } from './confirm-factor.ts';
import { copyTree } from './copy-tree.ts';
import { ensureDatabase } from './databases.ts';
import { runDcl } from './dcl.ts';
import { deleteKey } from './delete-key.ts';
import { deleteVersion } from './delete-version.ts';
import { addIndexEntries, createDocumentIndex, dropDocumentIndex, finishDocumentIndex } from './document-indexes.ts';
import {
  commitDocument,
  completeDocument,
  deleteDocument,
  deleteDocumentVersion,
  renameDocument,
} from './document-objects.ts';
import { applyDocuments } from './documents.ts';
import { ensureDrive, setTrashDays } from './drives.ts';
import { trimEvents } from './events.ts';
import {
  forgetIdempotencyKeys,
  removeExpiredInvites,
  removeExpiredOauthStates,
  removeExpiredOneTimeTokens,
  removeExpiredShares,
  removeExpiredTransfers,
  removeOldSmsCodes,
} from './expired-rows.ts';
import { ensureStoreId } from './facts.ts';
import { acceptTransfer, handOver } from './hand-over.ts';
import { addGroupMember, createGroup, deleteGroup, removeGroupMember } from './iam-groups.ts';
import {
  attachPolicy,
  createManagedPolicy,
  deleteInlinePolicy,
  deleteManagedPolicy,
  detachPolicy,
  putInlinePolicy,
} from './iam-policies.ts';
import { createRole, deleteRole, setTrustPolicy } from './iam-roles.ts';
import { createUser, deleteUser } from './iam-users.ts';
import { releaseIdempotencyKey, reserveIdempotencyKey, storeIdempotentReply } from './idempotency-keys.ts';
import { linkIdentity, unlinkIdentity } from './identities.ts';
import { createInvite, deleteInvite } from './invites.ts';
import { saveJobProgress } from './jobs.ts';
import { createKmsKey, ensureKmsKey, rotateKmsKey, setKmsKeyStatus } from './key-ring.ts';
import { deleteNoncurrent, expireCurrent, removeExpiredMarker } from './lifecycle.ts';
import { transitionVersion } from './lifecycle-transition.ts';
import { changeLink, countLinkView, createLink, deleteLink, takeLinkDownload } from './links.ts';
import { makeRoom } from './make-room.ts';
import { moveTree } from './move-tree.ts';
import { createOauthState, takeOauthState } from './oauth-states.ts';
import { commitObject, copyObject, deleteObject } from './objects.ts';
import { addOneTimeToken, resetPassword, verifyEmail } from './one-time-tokens.ts';
import { deleteAccount, registerAccount, updateProfile } from './profiles.ts';
import { purgeTrash, purgeTree } from './purge-trash.ts';
import { replaceRecoveryCodes, useRecoveryCode } from './recovery-codes.ts';
import { renameObject } from './rename-object.ts';
import { beginSms, beginTotp, removeFactor, takeTotpStep } from './second-factors.ts';
import { createSession, endSession, endSessions, refreshSession, removeExpiredSessions } from './sessions.ts';
import { changeShare, createShare, revokeShare } from './shares.ts';
import { addSigningKey, removeSpentSigningKeys } from './signing-keys.ts';
import { issueSmsCode, useSmsCode } from './sms-codes.ts';
import { offerTransfer, withdrawTransfer } from './transfers.ts';
import { putIntoTrash, restoreTrash } from './trash.ts';
import { abortUpload, commitPart, completeUpload, createUpload } from './uploads.ts';
import { setAcl, setAttributes, setLegalHold, setRetention, setTags } from './version-properties.ts';

/**
 * Everything that changes the database, by name. Each is one transaction (or shares one with its neighbours), reads the
 * clock from its input, and throws before it writes wherever it can.
 */
export const mutations = {
  abortUpload,
  acceptTransfer,
  addClaim,
  addGroupMember,
  addOneTimeToken,
  addSigningKey,
  admitIdentity,
  attachPolicy,
  beginSms,
  beginTotp,
  changeAccessKey,
  changeAccount,
  changeShare,
  changeLink,
  commitObject,
  commitPart,
  completeUpload,
  confirmSms,
  confirmTotp,
  copyObject,
  copyTree,
  countLinkView,
  createAccessKey,
  createAccount,
  createBucket,
  createGroup,
  createInvite,
  createKmsKey,
  createLink,
  createManagedPolicy,
  createOauthState,
  createRole,
  createSession,
  createShare,
  createUpload,
  createUser,
  deleteAccessKey,
  deleteAccount,
  deleteAccountOf,
  deleteBucket,
  deleteGroup,
  deleteInlinePolicy,
  deleteInvite,
  deleteKey,
  deleteLink,
  deleteManagedPolicy,
  deleteNoncurrent,
  deleteObject,
  deleteRole,
  deleteUser,
  deleteVersion,
  detachPolicy,
  endSession,
  endSessions,
  endSessionsOf,
  addIndexEntries,
  applyDocuments,
  commitDocument,
  completeDocument,
  deleteDocument,
  deleteDocumentVersion,
  renameDocument,
  createCollection,
  createDocumentIndex,
  dropCollection,
  dropDocumentIndex,
  ensureDatabase,
  finishDocumentIndex,
  setCollectionOptions,
  ensureDrive,
  ensureKmsKey,
  ensureStoreId,
  expireCurrent,
  forgetBlobs,
  forgetClientTokens,
  forgetIdempotencyKeys,
  handOver,
  issueSmsCode,
  linkIdentity,
  offerTransfer,
  makeRoom,
  moveTree,
  purgeTrash,
  purgeTree,
  putBucketConfig,
  putInlinePolicy,
  putIntoTrash,
  recordAudit,
  recordKeyUses,
  refreshSession,
  registerAccount,
  rehashPassword,
  releaseIdempotencyKey,
  removeClaim,
  removeExpiredInvites,
  removeExpiredMarker,
  removeExpiredOauthStates,
  removeExpiredOneTimeTokens,
  removeExpiredSessions,
  removeExpiredShares,
  removeExpiredTransfers,
  removeFactor,
  removeFactorsOf,
  removeGroupMember,
  removeOldSmsCodes,
  removeSpentSigningKeys,
  renameObject,
  replaceRecoveryCodes,
  reserveIdempotencyKey,
  resetPassword,
  revokeShare,
  restoreTrash,
  rotateKmsKey,
  runDcl,
  saveJobProgress,
  setAccountStatus,
  setAcl,
  setAttributes,
  setKmsKeyStatus,
  setLegalHold,
  setPassword,
  setPasswordOf,
  setRetention,
  setTags,
  setTrashDays,
  setTrustPolicy,
  setVersioning,
  storeIdempotentReply,
  takeClaims,
  takeLinkDownload,
  takeOauthState,
  takeTotpStep,
  transitionVersion,
  trimAudit,
  trimEvents,
  unlinkIdentity,
  updateProfile,
  useRecoveryCode,
  useSmsCode,
  verifyEmail,
  withdrawTransfer,
};

export type Mutations = typeof mutations;
