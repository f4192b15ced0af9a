import { S3Error } from '../errors.ts';
import { renderLockConfiguration } from '../object-lock-documents.ts';
import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "GetObjectLockConfiguration": whether versions can be locked, and for how long they are by default. */
export const getObjectLockConfiguration = bucketOperation({
  name: 'GetObjectLockConfiguration',
  method: 'GET',
  scope: 'bucket',
  query: ['object-lock'],
  action: 's3:GetBucketObjectLockConfiguration',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, { services, bucket }) {
    const { objectLock } = await services.configs.of(bucket);
    if (objectLock !== undefined) return { body: renderLockConfiguration(objectLock) };
    throw new S3Error('ObjectLockConfigurationNotFoundError', { detail: { BucketName: bucket.name } });
  },
});
