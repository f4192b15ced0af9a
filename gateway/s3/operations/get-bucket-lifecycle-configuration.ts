import { S3Error } from '../errors.ts';
import { renderLifecycleDocument } from '../lifecycle/document.ts';
import { renderMinimumSize } from '../lifecycle/minimum-size.ts';
import { bucketOperation } from '../operation.ts';

/** "GetBucketLifecycleConfiguration": the rules as they were put. */
export const getBucketLifecycleConfiguration = bucketOperation({
  name: 'GetBucketLifecycleConfiguration',
  method: 'GET',
  scope: 'bucket',
  query: ['lifecycle'],
  action: 's3:GetLifecycleConfiguration',
  input: () => undefined,
  async handle(_, { services, bucket }) {
    const { lifecycle } = await services.configs.of(bucket);
    if (lifecycle === undefined) {
      throw new S3Error('NoSuchLifecycleConfiguration', { detail: { BucketName: bucket.name } });
    }
    return {
      headers: renderMinimumSize(lifecycle.minimumTransitionSize),
      body: renderLifecycleDocument(lifecycle.rules),
    };
  },
});
