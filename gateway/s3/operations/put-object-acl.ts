import { objectOperation } from '../operation.ts';
import { putAcl, readAclHeaders } from '../put-acl.ts';
import { parseVersionId, requireVersion, versionHeader } from '../versions.ts';

/** "PutObjectAcl": what says what holds already succeeds, so that tools which always send it go on. */
export const putObjectAcl = objectOperation({
  name: 'PutObjectAcl',
  method: 'PUT',
  scope: 'object',
  query: ['acl'],
  action: 's3:PutObjectAcl',
  versionAction: 's3:PutObjectVersionAcl',
  parameters: ['versionId'],
  input: ({ headers, address }) => ({ given: readAclHeaders(headers), versionId: parseVersionId(address.query) }),
  async handle({ given, versionId }, call) {
    const info = await requireVersion(call, versionId);
    await putAcl(call, given);
    return { headers: versionHeader(call.bucket, info.versionId) };
  },
});
