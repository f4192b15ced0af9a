import { bucketOperation } from '../operation.ts';

/** "DeleteBucketLifecycle": succeeds where nothing is configured, too. Its permission is that of putting. */
export const deleteBucketLifecycle = bucketOperation({
  name: 'DeleteBucketLifecycle',
  method: 'DELETE',
  scope: 'bucket',
  query: ['lifecycle'],
  action: 's3:PutLifecycleConfiguration',
  input: () => undefined,
  async handle(_, { services, bucket, accountId }) {
    await services.configs.delete({ bucket, accountId, name: 'lifecycle' });
    return { status: 204 };
  },
});
