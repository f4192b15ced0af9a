import { bucketOperation } from '../operation.ts';
import { element, xmlDocument } from '../xml.ts';

/** "GetBucketVersioning": "If you have never enabled versioning on a bucket, the VersioningConfiguration [...]" is empty. */
export const getBucketVersioning = bucketOperation({
  name: 'GetBucketVersioning',
  method: 'GET',
  scope: 'bucket',
  query: ['versioning'],
  action: 's3:GetBucketVersioning',
  input: () => undefined,
  async handle(_, { bucket }) {
    return { body: xmlDocument('VersioningConfiguration', element('Status', bucket.versioning ?? undefined)) };
  },
});
