import { S3Error } from '../errors.ts';
import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "DeleteBucketOwnershipControls": what is left then is ownership by ACLs, which are not there. */
export const deleteBucketOwnershipControls = bucketOperation({
  name: 'DeleteBucketOwnershipControls',
  method: 'DELETE',
  scope: 'bucket',
  query: ['ownershipControls'],
  action: 's3:PutBucketOwnershipControls',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle() {
    throw new S3Error('NotImplemented', {
      message: 'Buckets without ownership controls are not implemented: they need ACLs.',
    });
  },
});
