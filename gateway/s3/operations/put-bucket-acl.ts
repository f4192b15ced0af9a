import { bucketOperation } from '../operation.ts';
import { putAcl, readAclHeaders } from '../put-acl.ts';

/** "PutBucketAcl": what says what holds already succeeds, so that tools which always send it go on. */
export const putBucketAcl = bucketOperation({
  name: 'PutBucketAcl',
  method: 'PUT',
  scope: 'bucket',
  query: ['acl'],
  action: 's3:PutBucketAcl',
  input: ({ headers }) => readAclHeaders(headers),
  async handle(given, call) {
    await putAcl(call, given);
    return {};
  },
});
