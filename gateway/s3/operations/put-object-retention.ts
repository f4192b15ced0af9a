import { mayBypassGovernance } from '../authorize.ts';
import { readLockDocument, requireObjectLock } from '../object-lock.ts';
import { parseRetention } from '../object-lock-documents.ts';
import { objectOperation } from '../operation.ts';
import { readAllowed } from '../read-allowed.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId, requireVersion } from '../versions.ts';

const ACTION = 's3:PutObjectRetention';

/** "PutObjectRetention": retains a version, or changes until when it is, as far as its present retention allows. */
export const putObjectRetention = objectOperation({
  name: 'PutObjectRetention',
  method: 'PUT',
  scope: 'object',
  query: ['retention'],
  action: ACTION,
  asksByBody: true,
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query) };
  },
  async handle({ versionId }, call) {
    const { services, bucket, key, accountId } = call;
    const retention = await readAllowed(call, {
      action: ACTION,
      versionId,
      read: async () => parseRetention(await readLockDocument(call)),
      said: (asked) => ({
        body: { 'x-amz-object-lock-mode': asked?.mode, 'x-amz-object-lock-retain-until-date': asked?.until },
      }),
    });
    await requireObjectLock(call);
    await requireVersion(call, versionId);
    const bypassGovernance = await mayBypassGovernance(call, { key, versionId });
    await services.versions.setRetention({ bucket, key, versionId, accountId, retention, bypassGovernance });
    return {};
  },
});
