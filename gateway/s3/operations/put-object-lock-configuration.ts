import { readLockDocument } from '../object-lock.ts';
import { parseLockConfiguration } from '../object-lock-documents.ts';
import { bucketOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "PutObjectLockConfiguration": lets versions be locked, for good, and says for how long they are by default. */
export const putObjectLockConfiguration = bucketOperation({
  name: 'PutObjectLockConfiguration',
  method: 'PUT',
  scope: 'bucket',
  query: ['object-lock'],
  action: 's3:PutBucketObjectLockConfiguration',
  input: ({ headers }) => refuseUnsupportedHeaders(headers),
  async handle(_, call) {
    const { services, bucket, accountId } = call;
    const document = parseLockConfiguration(await readLockDocument(call));
    await services.configs.put({ bucket, accountId, name: 'objectLock', document });
    return {};
  },
});
