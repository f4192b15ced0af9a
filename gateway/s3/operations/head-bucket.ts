import { bucketOperation } from '../operation.ts';

/** "HeadBucket": whether a bucket exists and the caller may list it. */
export const headBucket = bucketOperation({
  name: 'HeadBucket',
  method: 'HEAD',
  scope: 'bucket',
  action: 's3:ListBucket',
  input: () => undefined,
  async handle(_, { bucket }) {
    return { headers: { 'x-amz-bucket-region': bucket.region, 'x-amz-access-point-alias': 'false' } };
  },
});
