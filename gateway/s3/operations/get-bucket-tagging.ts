import { S3Error } from '../errors.ts';
import { bucketOperation } from '../operation.ts';
import { renderTagging } from '../tagging.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "GetBucketTagging": "NoSuchTagSet: There is no tag set associated with the bucket." */
export const getBucketTagging = bucketOperation({
  name: 'GetBucketTagging',
  method: 'GET',
  scope: 'bucket',
  query: ['tagging'],
  action: 's3:GetBucketTagging',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, { services, bucket }) {
    const { tags } = await services.configs.of(bucket);
    if (tags === undefined) throw new S3Error('NoSuchTagSet', { detail: { BucketName: bucket.name } });
    return { body: renderTagging(tags) };
  },
});
