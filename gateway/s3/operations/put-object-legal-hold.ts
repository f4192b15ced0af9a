import { readLockDocument, requireObjectLock } from '../object-lock.ts';
import { parseLegalHold } from '../object-lock-documents.ts';
import { objectOperation } from '../operation.ts';
import { readAllowed } from '../read-allowed.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId, requireVersion } from '../versions.ts';

const ACTION = 's3:PutObjectLegalHold';

/** "PutObjectLegalHold": places a legal hold on a version, or lifts it. */
export const putObjectLegalHold = objectOperation({
  name: 'PutObjectLegalHold',
  method: 'PUT',
  scope: 'object',
  query: ['legal-hold'],
  action: ACTION,
  asksByBody: true,
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query) };
  },
  async handle({ versionId }, call) {
    const { services, bucket, key, accountId } = call;
    const legalHold = await readAllowed(call, {
      action: ACTION,
      versionId,
      read: async () => parseLegalHold(await readLockDocument(call)),
      said: (isOn) => ({ body: { 'x-amz-object-lock-legal-hold': isOn ? 'ON' : 'OFF' } }),
    });
    await requireObjectLock(call);
    await requireVersion(call, versionId);
    await services.versions.setLegalHold({ bucket, key, versionId, accountId, legalHold });
    return {};
  },
});
