import {
  findAccount,
  findAccountById,
  findCredential,
  findRootAccount,
  listAccessKeys,
  listAccounts,
  listClaims,
} from './accounts.ts';
import { hasStagedBlobs, isBlobKnown, listReleasedBlobs } from './blobs.ts';
import { findBucket, listBuckets } from './buckets.ts';
import { findJobProgress } from './jobs.ts';
import { listObjects, listUploads } from './list.ts';
import { findInlineBlob, findObject, findObjectContent, listPartBlobs, listParts } from './objects.ts';
import { findUpload } from './uploads.ts';

/** Everything that can be asked of the database, by name. None writes. */
export const queries = {
  findAccount,
  findAccountById,
  findBucket,
  findCredential,
  findInlineBlob,
  findJobProgress,
  findObject,
  findObjectContent,
  findRootAccount,
  findUpload,
  hasStagedBlobs,
  isBlobKnown,
  listAccessKeys,
  listAccounts,
  listBuckets,
  listClaims,
  listObjects,
  listPartBlobs,
  listParts,
  listReleasedBlobs,
  listUploads,
};

export type Queries = typeof queries;
