import { objectOperation } from '../operation.ts';
import { readAcl, readAclHeaders } from '../put-acl.ts';
import { parseVersionId, requireVersion, versionHeader } from '../versions.ts';

/** "PutObjectAcl". Where ACLs are off, what says what holds succeeds, so that tools which always send it go on. */
export const putObjectAcl = objectOperation({
  name: 'PutObjectAcl',
  method: 'PUT',
  scope: 'object',
  query: ['acl'],
  action: 's3:PutObjectAcl',
  versionAction: 's3:PutObjectVersionAcl',
  parameters: ['versionId'],
  input: ({ headers, address }) => ({
    given: readAclHeaders(headers, 'object'),
    versionId: parseVersionId(address.query),
  }),
  async handle({ given, versionId }, call) {
    const { services, bucket, key, accountId } = call;
    const info = await requireVersion(call, versionId);
    const requested = await readAcl(call, given);
    await services.acls.putObjectAcl({ bucket, key, info, accountId, requested });
    return { headers: versionHeader(bucket, info.versionId) };
  },
});
