import type { Operation } from '../operation.ts';
import { createBucket } from './create-bucket.ts';
import { deleteBucket } from './delete-bucket.ts';
import { deleteObject } from './delete-object.ts';
import { deleteObjects } from './delete-objects.ts';
import { getBucketLocation } from './get-bucket-location.ts';
import { getObject } from './get-object.ts';
import { headBucket } from './head-bucket.ts';
import { headObject } from './head-object.ts';
import { listBuckets } from './list-buckets.ts';
import { listObjects } from './list-objects.ts';
import { listObjectsV2 } from './list-objects-v2.ts';
import { putObject } from './put-object.ts';

export { notImplementedOperations } from './not-implemented.ts';

/**
 * Every operation that the gateway does. This table alone drives routing, authorization, metrics, the log, the 501
 * replies and the compatibility page: adding an operation is a file, a line here and a test.
 */
export const operations: readonly Operation[] = [
  listBuckets,

  createBucket,
  headBucket,
  deleteBucket,
  getBucketLocation,
  listObjects,
  listObjectsV2,

  putObject,
  getObject,
  headObject,
  deleteObject,
  deleteObjects,
];
