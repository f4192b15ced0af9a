import {
  addClaim,
  createAccessKey,
  createAccount,
  deleteAccessKey,
  removeClaim,
  setAccountStatus,
} from './accounts.ts';
import { forgetBlobs } from './blobs.ts';
import { createBucket, deleteBucket } from './buckets.ts';
import { trimEvents } from './events.ts';
import { ensureStoreId } from './facts.ts';
import { saveJobProgress } from './jobs.ts';
import { commitObject, copyObject, deleteObject } from './objects.ts';
import { abortUpload, commitPart, completeUpload, createUpload } from './uploads.ts';

/**
 * Everything that changes the database, by name. Each is one transaction (or shares one with its neighbours), reads the
 * clock from its input, and throws before it writes wherever it can.
 */
export const mutations = {
  abortUpload,
  addClaim,
  commitObject,
  commitPart,
  completeUpload,
  copyObject,
  createAccessKey,
  createAccount,
  createBucket,
  createUpload,
  deleteAccessKey,
  deleteBucket,
  deleteObject,
  ensureStoreId,
  forgetBlobs,
  removeClaim,
  saveJobProgress,
  setAccountStatus,
  trimEvents,
};

export type Mutations = typeof mutations;
