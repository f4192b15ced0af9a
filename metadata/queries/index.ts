import {
  findAccount,
  findAccountById,
  findCredential,
  findRootAccount,
  listAccessKeys,
  listAccounts,
  listClaims,
} from './accounts.ts';
import { isBlobKnown, listReleasedBlobs, listStores } from './blobs.ts';
import { listBucketConfigs } from './bucket-configs.ts';
import { findBucket, listBuckets } from './buckets.ts';
import { findJobProgress } from './jobs.ts';
import { findKmsKeyById, findKmsKeyByName, findKmsKeyVersion, listKmsKeys } from './key-ring.ts';
import { findLifecycleBucket, listVersionBlobs } from './lifecycle.ts';
import { listObjects, listUploads } from './list.ts';
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
import { findUpload } from './uploads.ts';

/** Everything that can be asked of the database, by name. None writes. */
export const queries = {
  findAccount,
  findAccountById,
  findBucket,
  findCompletedVersion,
  findCredential,
  findDeleteMarker,
  findInlineBlob,
  findJobProgress,
  findKmsKeyById,
  findKmsKeyByName,
  findKmsKeyVersion,
  findLifecycleBucket,
  findObject,
  findObjectContent,
  findRootAccount,
  findUpload,
  findVersion,
  findVersionContent,
  isBlobKnown,
  listAccessKeys,
  listAccounts,
  listBucketConfigs,
  listBuckets,
  listClaims,
  listKmsKeys,
  listObjects,
  listPartBlobs,
  listParts,
  listReleasedBlobs,
  listStores,
  listUploads,
  listVersionBlobs,
  listVersions,
};

export type Queries = typeof queries;
