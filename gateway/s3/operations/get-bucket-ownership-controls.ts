import { bucketOperation } from '../operation.ts';
import { renderOwnership } from '../ownership-document.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "GetBucketOwnershipControls": also what a bucket has because nobody told it otherwise, as S3's new buckets have it. */
export const getBucketOwnershipControls = bucketOperation({
  name: 'GetBucketOwnershipControls',
  method: 'GET',
  scope: 'bucket',
  query: ['ownershipControls'],
  action: 's3:GetBucketOwnershipControls',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, { services, bucket }) {
    return { body: renderOwnership({ objectOwnership: await services.acls.ownershipOf(bucket) }) };
  },
});
