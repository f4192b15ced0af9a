import { renderAcl } from '../acl.ts';
import { objectOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId, requireVersion, versionHeader } from '../versions.ts';

/**
 * "GetObjectAcl". Where ACLs are off, "the bucket-owner-full-control ACL with the owner being the account that created the
 * bucket".
 */
export const getObjectAcl = objectOperation({
  name: 'GetObjectAcl',
  method: 'GET',
  scope: 'object',
  query: ['acl'],
  action: 's3:GetObjectAcl',
  versionAction: 's3:GetObjectVersionAcl',
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query) };
  },
  async handle({ versionId }, call) {
    const { services, bucket } = call;
    const info = await requireVersion(call, versionId);
    const body = await renderAcl(services, await services.acls.ofObject(bucket, info));
    return { headers: versionHeader(bucket, info.versionId), body };
  },
});
