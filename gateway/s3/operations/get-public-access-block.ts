import { S3Error } from '../errors.ts';
import { bucketOperation } from '../operation.ts';
import { renderPublicAccess } from '../public-access-document.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "GetPublicAccessBlock": also what a bucket blocks because nobody told it otherwise. */
export const getPublicAccessBlock = bucketOperation({
  name: 'GetPublicAccessBlock',
  method: 'GET',
  scope: 'bucket',
  query: ['publicAccessBlock'],
  action: 's3:GetBucketPublicAccessBlock',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, { services, bucket }) {
    const block = await services.publicAccess.of(bucket);
    if (block !== undefined) return { body: renderPublicAccess(block) };
    throw new S3Error('NoSuchPublicAccessBlockConfiguration', { detail: { BucketName: bucket.name } });
  },
});
