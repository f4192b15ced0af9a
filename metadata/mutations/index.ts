import { createAccessKey, deleteAccessKey } from './access-keys.ts';
import { createAccount, rehashPassword, setAccountStatus, setPassword } from './accounts.ts';
import { recordAudit, trimAudit } from './audit.ts';
import { forgetBlobs } from './blobs.ts';
import { putBucketConfig, setVersioning } from './bucket-configs.ts';
import { createBucket, deleteBucket } from './buckets.ts';
import { addClaim, removeClaim } from './claims.ts';
import { forgetClientTokens } from './client-tokens.ts';
import { deleteVersion } from './delete-version.ts';
import { trimEvents } from './events.ts';
import {
  forgetIdempotencyKeys,
  removeExpiredInvites,
  removeExpiredOauthStates,
  removeExpiredOneTimeTokens,
  removeOldSmsCodes,
} from './expired-rows.ts';
import { ensureStoreId } from './facts.ts';
import { saveJobProgress } from './jobs.ts';
import { createKmsKey, ensureKmsKey, rotateKmsKey, setKmsKeyStatus } from './key-ring.ts';
import { deleteNoncurrent, expireCurrent, removeExpiredMarker } from './lifecycle.ts';
import { transitionVersion } from './lifecycle-transition.ts';
import { commitObject, copyObject, deleteObject } from './objects.ts';
import { renameObject } from './rename-object.ts';
import { createSession, endSession, endSessions, refreshSession, removeExpiredSessions } from './sessions.ts';
import { addSigningKey, removeSpentSigningKeys } from './signing-keys.ts';
import { abortUpload, commitPart, completeUpload, createUpload } from './uploads.ts';
import { setLegalHold, setRetention, setTags } from './version-properties.ts';

/**
 * Everything that changes the database, by name. Each is one transaction (or shares one with its neighbours), reads the
 * clock from its input, and throws before it writes wherever it can.
 */
export const mutations = {
  abortUpload,
  addClaim,
  addSigningKey,
  commitObject,
  commitPart,
  completeUpload,
  copyObject,
  createAccessKey,
  createAccount,
  createBucket,
  createKmsKey,
  createSession,
  createUpload,
  deleteAccessKey,
  deleteBucket,
  deleteNoncurrent,
  deleteObject,
  deleteVersion,
  endSession,
  endSessions,
  ensureKmsKey,
  ensureStoreId,
  expireCurrent,
  forgetBlobs,
  forgetClientTokens,
  forgetIdempotencyKeys,
  putBucketConfig,
  recordAudit,
  refreshSession,
  rehashPassword,
  removeClaim,
  removeExpiredInvites,
  removeExpiredMarker,
  removeExpiredOauthStates,
  removeExpiredOneTimeTokens,
  removeExpiredSessions,
  removeOldSmsCodes,
  removeSpentSigningKeys,
  renameObject,
  rotateKmsKey,
  saveJobProgress,
  setAccountStatus,
  setKmsKeyStatus,
  setLegalHold,
  setPassword,
  setRetention,
  setTags,
  setVersioning,
  transitionVersion,
  trimAudit,
  trimEvents,
};

export type Mutations = typeof mutations;
