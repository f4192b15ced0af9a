import { bucketOperation } from '../operation.ts';
import { MAX_PUBLIC_ACCESS_BYTES, parsePublicAccess } from '../public-access-document.ts';
import { readDocument } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "PutPublicAccessBlock": "Creates or modifies the PublicAccessBlock configuration". */
export const putPublicAccessBlock = bucketOperation({
  name: 'PutPublicAccessBlock',
  method: 'PUT',
  scope: 'bucket',
  query: ['publicAccessBlock'],
  action: 's3:PutBucketPublicAccessBlock',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    const { services, bucket, accountId } = call;
    const document = parsePublicAccess(await readDocument(call, MAX_PUBLIC_ACCESS_BYTES));
    await services.configs.put({ bucket, accountId, name: 'publicAccessBlock', document });
    return {};
  },
});
