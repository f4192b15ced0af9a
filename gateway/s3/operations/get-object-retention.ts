import { S3Error } from '../errors.ts';
import { requireObjectLock } from '../object-lock.ts';
import { renderRetention } from '../object-lock-documents.ts';
import { objectOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId, requireVersion } from '../versions.ts';

/** "GetObjectRetention": until when a version is retained, or was. */
export const getObjectRetention = objectOperation({
  name: 'GetObjectRetention',
  method: 'GET',
  scope: 'object',
  query: ['retention'],
  action: 's3:GetObjectRetention',
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query) };
  },
  async handle({ versionId }, call) {
    await requireObjectLock(call);
    const { retention } = await requireVersion(call, versionId);
    if (retention === undefined) throw new S3Error('NoSuchObjectLockConfiguration', { detail: { Key: call.key } });
    return { body: renderRetention(retention) };
  },
});
