import { renderBucketEncryption } from '../bucket-encryption-document.ts';
import { S3Error } from '../errors.ts';
import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "GetBucketEncryption". Where S3 has SSE-S3 by default, a bucket of this gateway has nothing until it is told. */
export const getBucketEncryption = bucketOperation({
  name: 'GetBucketEncryption',
  method: 'GET',
  scope: 'bucket',
  query: ['encryption'],
  action: 's3:GetEncryptionConfiguration',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, { services, bucket }) {
    const { encryption } = await services.configs.of(bucket);
    if (encryption !== undefined) return { body: renderBucketEncryption(encryption) };
    throw new S3Error('ServerSideEncryptionConfigurationNotFoundError', { detail: { BucketName: bucket.name } });
  },
});
