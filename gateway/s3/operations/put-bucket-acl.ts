import { bucketOperation } from '../operation.ts';
import { readAcl, readAclHeaders } from '../put-acl.ts';

/** "PutBucketAcl". Where ACLs are off, what says what holds succeeds, so that tools which always send it go on. */
export const putBucketAcl = bucketOperation({
  name: 'PutBucketAcl',
  method: 'PUT',
  scope: 'bucket',
  query: ['acl'],
  action: 's3:PutBucketAcl',
  input: ({ headers }) => readAclHeaders(headers, 'bucket'),
  async handle(given, call) {
    const { services, bucket, accountId } = call;
    await services.acls.putBucketAcl({ bucket, accountId, requested: await readAcl(call, given) });
    return {};
  },
});
