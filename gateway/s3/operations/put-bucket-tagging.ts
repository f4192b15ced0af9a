import { bucketOperation } from '../operation.ts';
import { readDocument } from '../request-body.ts';
import { MAX_TAGGING_BYTES, parseTagging } from '../tagging.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "PutBucketTagging": "it will overwrite any current tags the bucket already has". An empty set is none. */
export const putBucketTagging = bucketOperation({
  name: 'PutBucketTagging',
  method: 'PUT',
  scope: 'bucket',
  query: ['tagging'],
  action: 's3:PutBucketTagging',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    const { services, bucket, accountId } = call;
    const tags = parseTagging(await readDocument(call, MAX_TAGGING_BYTES), 'bucket');
    const target = { bucket, accountId, name: 'tags' } as const;
    await (tags.length === 0 ? services.configs.delete(target) : services.configs.put({ ...target, document: tags }));
    return { status: 204 };
  },
});
