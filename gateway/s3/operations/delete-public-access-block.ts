import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/**
 * "DeletePublicAccessBlock": 204 whether or not there was one. It is kept that it was deleted: what the gateway blocks by
 * itself is unblocked, too. It needs no permission but that to put it.
 */
export const deletePublicAccessBlock = bucketOperation({
  name: 'DeletePublicAccessBlock',
  method: 'DELETE',
  scope: 'bucket',
  query: ['publicAccessBlock'],
  action: 's3:PutBucketPublicAccessBlock',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, { services, bucket, accountId }) {
    await services.configs.put({ bucket, accountId, name: 'publicAccessBlock', document: 'removed' });
    return { status: 204 };
  },
});
