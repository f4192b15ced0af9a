import { parseDeleteCondition } from '../conditions.ts';
import { deleteNamed, deletionHeaders } from '../delete-named.ts';
import { objectOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId } from '../versions.ts';

/** "DeleteObject": 204 whether or not the key, or the version, was there. */
export const deleteObject = objectOperation({
  name: 'DeleteObject',
  method: 'DELETE',
  scope: 'object',
  action: 's3:DeleteObject',
  versionAction: 's3:DeleteObjectVersion',
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query), condition: parseDeleteCondition(headers) };
  },
  async handle(input, call) {
    return { status: 204, headers: deletionHeaders(await deleteNamed({ key: call.key, ...input }, call)) };
  },
});
