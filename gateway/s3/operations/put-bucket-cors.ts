import { MAX_CORS_BYTES, parseCorsDocument } from '../cors-document.ts';
import { bucketOperation } from '../operation.ts';
import { readDocument } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "PutBucketCors": "If the configuration exists, Amazon S3 replaces it." */
export const putBucketCors = bucketOperation({
  name: 'PutBucketCors',
  method: 'PUT',
  scope: 'bucket',
  query: ['cors'],
  action: 's3:PutBucketCORS',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    const { services, bucket, accountId } = call;
    const document = parseCorsDocument(await readDocument(call, MAX_CORS_BYTES));
    await services.configs.put({ bucket, accountId, name: 'cors', document });
    return {};
  },
});
