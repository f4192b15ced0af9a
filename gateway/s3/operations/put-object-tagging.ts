import { objectOperation } from '../operation.ts';
import { readDocument } from '../request-body.ts';
import { MAX_TAGGING_BYTES, parseTagging } from '../tagging.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId, requireVersion, versionHeader } from '../versions.ts';

/** "PutObjectTagging": replaces the tags of a version, which is otherwise as it was. */
export const putObjectTagging = objectOperation({
  name: 'PutObjectTagging',
  method: 'PUT',
  scope: 'object',
  query: ['tagging'],
  action: 's3:PutObjectTagging',
  versionAction: 's3:PutObjectVersionTagging',
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query) };
  },
  async handle({ versionId }, call) {
    const { services, bucket, key, accountId } = call;
    const tags = parseTagging(await readDocument(call, MAX_TAGGING_BYTES), 'object');
    await requireVersion(call, versionId);
    const tagged = await services.versions.setTags({ bucket, key, versionId, accountId, tags });
    return { headers: versionHeader(bucket, tagged.versionId) };
  },
});
