import { bucketOperation } from '../operation.ts';

/** "DeleteBucket": 409 while it holds objects. Uploads that were never completed go with it. */
export const deleteBucket = bucketOperation({
  name: 'DeleteBucket',
  method: 'DELETE',
  scope: 'bucket',
  action: 's3:DeleteBucket',
  input: () => undefined,
  async handle(_, { services, bucket, accountId }) {
    await services.buckets.delete({ bucket, accountId });
    return { status: 204 };
  },
});
