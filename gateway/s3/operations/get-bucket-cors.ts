import { renderCorsDocument } from '../cors-document.ts';
import { S3Error } from '../errors.ts';
import { bucketOperation } from '../operation.ts';

/** "GetBucketCors": the rules as they were put. */
export const getBucketCors = bucketOperation({
  name: 'GetBucketCors',
  method: 'GET',
  scope: 'bucket',
  query: ['cors'],
  action: 's3:GetBucketCORS',
  input: () => undefined,
  async handle(_, { services, bucket }) {
    const { cors } = await services.configs.of(bucket);
    if (cors === undefined) throw new S3Error('NoSuchCORSConfiguration', { detail: { BucketName: bucket.name } });
    return { body: renderCorsDocument(cors) };
  },
});
