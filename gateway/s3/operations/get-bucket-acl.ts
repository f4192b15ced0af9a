import { renderAcl } from '../acl.ts';
import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/**
 * "GetBucketAcl". Where ACLs are off, "the bucket-owner-full-control ACL [...] with the owner being the account that created
 * the bucket".
 */
export const getBucketAcl = bucketOperation({
  name: 'GetBucketAcl',
  method: 'GET',
  scope: 'bucket',
  query: ['acl'],
  action: 's3:GetBucketAcl',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  handle: async (_, { services, bucket }) => ({
    body: await renderAcl(services, await services.acls.ofBucket(bucket)),
  }),
});
