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
import { listBucketConfigs } from './bucket-configs.ts';
import { findBucket, listBuckets } from './buckets.ts';
import { findJobProgress } from './jobs.ts';
import { listObjects, listUploads } from './list.ts';
import { listVersions } from './list-versions.ts';
import {
  findDeleteMarker,
  findInlineBlob,
  findObject,
  findObjectContent,
  findVersion,
  findVersionContent,
  listPartBlobs,
  listParts,
} from './objects.ts';
import { findUpload } from './uploads.ts';

/** Everything that can be asked of the database, by name. None writes. */
export const queries = {
  findAccount,
  findAccountById,
  findBucket,
  findCredential,
  findDeleteMarker,
  findInlineBlob,
  findJobProgress,
  findObject,
  findObjectContent,
  findRootAccount,
  findUpload,
  findVersion,
  findVersionContent,
  hasStagedBlobs,
  isBlobKnown,
  listAccessKeys,
  listAccounts,
  listBucketConfigs,
  listBuckets,
  listClaims,
  listObjects,
  listPartBlobs,
  listParts,
  listReleasedBlobs,
  listUploads,
  listVersions,
};

export type Queries = typeof queries;
