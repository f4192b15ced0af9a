import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "DeleteBucketEncryption": 204 whether or not there was any. It needs no permission but that to put it. */
export const deleteBucketEncryption = bucketOperation({
  name: 'DeleteBucketEncryption',
  method: 'DELETE',
  scope: 'bucket',
  query: ['encryption'],
  action: 's3:PutEncryptionConfiguration',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, { services, bucket, accountId }) {
    await services.configs.delete({ bucket, accountId, name: 'encryption' });
    return { status: 204 };
  },
});
