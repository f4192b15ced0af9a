import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "DeleteBucketOwnershipControls": the bucket is then as the gateway has those that were not told otherwise. */
export const deleteBucketOwnershipControls = bucketOperation({
  name: 'DeleteBucketOwnershipControls',
  method: 'DELETE',
  scope: 'bucket',
  query: ['ownershipControls'],
  action: 's3:PutBucketOwnershipControls',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, { services, bucket, accountId }) {
    await services.configs.delete({ bucket, accountId, name: 'ownershipControls' });
    return { status: 204 };
  },
});
