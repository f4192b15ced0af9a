import { requireAccount, requirePolicy } from '../bucket-policy.ts';
import { bucketOperation } from '../operation.ts';
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
    requireAccount(call);
    const { text } = await requirePolicy(call);
    return { headers: { 'content-type': 'application/json' }, body: text };
  },
});
