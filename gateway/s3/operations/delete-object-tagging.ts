import { objectOperation } from '../operation.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId, requireVersion, versionHeader } from '../versions.ts';

/** "DeleteObjectTagging": "Removes the entire tag set from the specified object." */
export const deleteObjectTagging = objectOperation({
  name: 'DeleteObjectTagging',
  method: 'DELETE',
  scope: 'object',
  query: ['tagging'],
  action: 's3:DeleteObjectTagging',
  versionAction: 's3:DeleteObjectVersionTagging',
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query) };
  },
  async handle({ versionId }, call) {
    const { services, bucket, key, accountId } = call;
    await requireVersion(call, versionId);
    const untagged = await services.versions.setTags({ bucket, key, versionId, accountId, tags: [] });
    return { status: 204, headers: versionHeader(bucket, untagged.versionId) };
  },
});
