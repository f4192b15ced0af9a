import { S3Error } from '../errors.ts';
import { bucketOperation } from '../operation.ts';
import { MAX_OWNERSHIP_BYTES, parseOwnership } from '../ownership-document.ts';
import { readDocument } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "PutBucketOwnershipControls". The others than BucketOwnerEnforced need ACLs, which are not there. */
export const putBucketOwnershipControls = bucketOperation({
  name: 'PutBucketOwnershipControls',
  method: 'PUT',
  scope: 'bucket',
  query: ['ownershipControls'],
  action: 's3:PutBucketOwnershipControls',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    const { services, bucket, accountId } = call;
    const document = parseOwnership(await readDocument(call, MAX_OWNERSHIP_BYTES));
    if (document.objectOwnership !== 'BucketOwnerEnforced') {
      throw new S3Error('NotImplemented', {
        message: `Object ownership ${document.objectOwnership} is not implemented: it needs ACLs.`,
      });
    }
    await services.configs.put({ bucket, accountId, name: 'ownershipControls', document });
    return {};
  },
});
