import { parseDeleteCondition } from '../conditions.ts';
import { objectOperation } from '../operation.ts';
import { requireNullVersion } from '../read-object.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';

/** "DeleteObject": 204 whether or not the key was there. */
export const deleteObject = objectOperation({
  name: 'DeleteObject',
  method: 'DELETE',
  scope: 'object',
  action: 's3:DeleteObject',
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    requireNullVersion(address.query.get('versionId'));
    return parseDeleteCondition(headers);
  },
  async handle(condition, { services, bucket, key, accountId }) {
    await services.objects.delete({ bucket, key, accountId, condition });
    return { status: 204 };
  },
});
