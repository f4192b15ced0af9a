import { compiledPolicy } from '../../services/bucket-policies.ts';
import { requirePolicy } from '../bucket-policy.ts';
import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { element, xmlDocument } from '../xml.ts';

/** "GetBucketPolicyStatus": "indicating whether the bucket is public", which it is by its policy whatever is blocked. */
export const getBucketPolicyStatus = bucketOperation({
  name: 'GetBucketPolicyStatus',
  method: 'GET',
  scope: 'bucket',
  query: ['policyStatus'],
  action: 's3:GetBucketPolicyStatus',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    const { isPublic } = compiledPolicy(await requirePolicy(call), call.bucket.name);
    return { body: xmlDocument('PolicyStatus', element('IsPublic', isPublic)) };
  },
});
