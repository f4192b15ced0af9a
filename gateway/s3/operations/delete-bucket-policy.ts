import { requireAccount } from '../bucket-policy.ts';
import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "DeleteBucketPolicy": 204 whether or not there was one. */
export const deleteBucketPolicy = bucketOperation({
  name: 'DeleteBucketPolicy',
  method: 'DELETE',
  scope: 'bucket',
  query: ['policy'],
  action: 's3:DeleteBucketPolicy',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    requireAccount(call);
    const { services, bucket, accountId } = call;
    await services.configs.delete({ bucket, accountId, name: 'policy' });
    return { status: 204 };
  },
});
