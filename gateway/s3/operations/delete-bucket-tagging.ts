import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "DeleteBucketTagging": 204 whether or not there were any. It needs no permission but that to put them. */
export const deleteBucketTagging = bucketOperation({
  name: 'DeleteBucketTagging',
  method: 'DELETE',
  scope: 'bucket',
  query: ['tagging'],
  action: 's3:PutBucketTagging',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, { services, bucket, accountId }) {
    await services.configs.delete({ bucket, accountId, name: 'tags' });
    return { status: 204 };
  },
});
