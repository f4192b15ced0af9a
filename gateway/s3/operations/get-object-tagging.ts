import { objectOperation } from '../operation.ts';
import { renderTagging } from '../tagging.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId, requireVersion, versionHeader } from '../versions.ts';

/** "GetObjectTagging": the tags of a version; an empty set where it has none. */
export const getObjectTagging = objectOperation({
  name: 'GetObjectTagging',
  method: 'GET',
  scope: 'object',
  query: ['tagging'],
  action: 's3:GetObjectTagging',
  versionAction: 's3:GetObjectVersionTagging',
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query) };
  },
  async handle({ versionId }, call) {
    const info = await requireVersion(call, versionId);
    return { headers: versionHeader(call.bucket, info.versionId), body: renderTagging(info.tags) };
  },
});
