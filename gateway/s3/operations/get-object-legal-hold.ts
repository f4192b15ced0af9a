import { S3Error } from '../errors.ts';
import { requireObjectLock } from '../object-lock.ts';
import { renderLegalHold } from '../object-lock-documents.ts';
import { objectOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId, requireVersion } from '../versions.ts';

/** "GetObjectLegalHold": whether there is a legal hold on a version that ever had one. */
export const getObjectLegalHold = objectOperation({
  name: 'GetObjectLegalHold',
  method: 'GET',
  scope: 'object',
  query: ['legal-hold'],
  action: 's3:GetObjectLegalHold',
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query) };
  },
  async handle({ versionId }, call) {
    await requireObjectLock(call);
    const { legalHold } = await requireVersion(call, versionId);
    if (legalHold === undefined) throw new S3Error('NoSuchObjectLockConfiguration', { detail: { Key: call.key } });
    return { body: renderLegalHold(legalHold) };
  },
});
