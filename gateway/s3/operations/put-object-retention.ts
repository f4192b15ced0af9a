import { mayBypassGovernance } from '../authorize.ts';
import { readLockDocument, requireObjectLock } from '../object-lock.ts';
import { parseRetention } from '../object-lock-documents.ts';
import { objectOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId, requireVersion } from '../versions.ts';

/** "PutObjectRetention": retains a version, or changes until when it is, as far as its present retention allows. */
export const putObjectRetention = objectOperation({
  name: 'PutObjectRetention',
  method: 'PUT',
  scope: 'object',
  query: ['retention'],
  action: 's3:PutObjectRetention',
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query) };
  },
  async handle({ versionId }, call) {
    const { services, bucket, key, accountId } = call;
    const retention = parseRetention(await readLockDocument(call));
    await requireObjectLock(call);
    await requireVersion(call, versionId);
    const bypassGovernance = await mayBypassGovernance(call, key);
    await services.versions.setRetention({ bucket, key, versionId, accountId, retention, bypassGovernance });
    return {};
  },
});
