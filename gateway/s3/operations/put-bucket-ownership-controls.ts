import { bucketOperation } from '../operation.ts';
import { MAX_OWNERSHIP_BYTES, parseOwnership } from '../ownership-document.ts';
import { readDocument } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "PutBucketOwnershipControls": who owns what others write here, and whether ACLs count. */
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
    if (document.objectOwnership === 'BucketOwnerEnforced') await services.acls.requireNoGrants(bucket);
    await services.configs.put({ bucket, accountId, name: 'ownershipControls', document });
    return {};
  },
});
