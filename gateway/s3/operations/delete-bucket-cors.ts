import { bucketOperation } from '../operation.ts';

/** "DeleteBucketCors": succeeds where nothing is configured, too. Its permission is that of putting. */
export const deleteBucketCors = bucketOperation({
  name: 'DeleteBucketCors',
  method: 'DELETE',
  scope: 'bucket',
  query: ['cors'],
  action: 's3:PutBucketCORS',
  input: () => undefined,
  async handle(_, { services, bucket, accountId }) {
    await services.configs.delete({ bucket, accountId, name: 'cors' });
    return { status: 204 };
  },
});
