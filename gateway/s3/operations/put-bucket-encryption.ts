import { MAX_BUCKET_ENCRYPTION_BYTES, parseBucketEncryption } from '../bucket-encryption-document.ts';
import { bucketOperation } from '../operation.ts';
import { readDocument } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "PutBucketEncryption": "configures default encryption and Amazon S3 Bucket Keys [...]. You can also block encryption types". */
export const putBucketEncryption = bucketOperation({
  name: 'PutBucketEncryption',
  method: 'PUT',
  scope: 'bucket',
  query: ['encryption'],
  action: 's3:PutEncryptionConfiguration',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    const { services, bucket, accountId } = call;
    const { encryption: current } = await services.configs.of(bucket);
    const document = parseBucketEncryption(await readDocument(call, MAX_BUCKET_ENCRYPTION_BYTES), current);
    await services.configs.put({ bucket, accountId, name: 'encryption', document });
    return {};
  },
});
