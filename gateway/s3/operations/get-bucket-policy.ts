import type { StoredPolicy } from '../../services/bucket-policies.ts';
import { S3Error } from '../errors.ts';
import { type BucketCall, bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "GetBucketPolicy": in JSON, as it was put. */
export const getBucketPolicy = bucketOperation({
  name: 'GetBucketPolicy',
  method: 'GET',
  scope: 'bucket',
  query: ['policy'],
  action: 's3:GetBucketPolicy',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    const { text } = await requirePolicy(call);
    return { headers: { 'content-type': 'application/json' }, body: text };
  },
});

/** @throws S3Error `NoSuchBucketPolicy` */
export async function requirePolicy({ services, bucket }: BucketCall): Promise<StoredPolicy> {
  const { policy } = await services.configs.of(bucket);
  if (policy !== undefined) return policy;
  throw new S3Error('NoSuchBucketPolicy', { detail: { BucketName: bucket.name } });
}
