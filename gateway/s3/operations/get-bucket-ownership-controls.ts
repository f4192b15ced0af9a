import type { OwnershipControls } from '../../services/ownership.ts';
import { bucketOperation } from '../operation.ts';
import { renderOwnership } from '../ownership-document.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "The bucket owner automatically owns and has full control over every object in the bucket". */
const BUCKET_OWNER_ENFORCED: OwnershipControls = { objectOwnership: 'BucketOwnerEnforced' };

/** "GetBucketOwnershipControls": also what a bucket has because nobody told it otherwise, as S3's new buckets have it. */
export const getBucketOwnershipControls = bucketOperation({
  name: 'GetBucketOwnershipControls',
  method: 'GET',
  scope: 'bucket',
  query: ['ownershipControls'],
  action: 's3:GetBucketOwnershipControls',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, { services, bucket }) {
    const { ownershipControls = BUCKET_OWNER_ENFORCED } = await services.configs.of(bucket);
    return { body: renderOwnership(ownershipControls) };
  },
});
