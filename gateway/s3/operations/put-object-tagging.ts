import { objectOperation } from '../operation.ts';
import { readAllowed } from '../read-allowed.ts';
import { readDocument } from '../request-body.ts';
import { MAX_TAGGING_BYTES, parseTagging } from '../tagging.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseVersionId, requireVersion, versionHeader } from '../versions.ts';

const ACTION = 's3:PutObjectTagging';
const VERSION_ACTION = 's3:PutObjectVersionTagging';

/** "PutObjectTagging": replaces the tags of a version, which is otherwise as it was. */
export const putObjectTagging = objectOperation({
  name: 'PutObjectTagging',
  method: 'PUT',
  scope: 'object',
  query: ['tagging'],
  action: ACTION,
  versionAction: VERSION_ACTION,
  asksByBody: true,
  parameters: ['versionId'],
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return { versionId: parseVersionId(address.query) };
  },
  async handle({ versionId }, call) {
    const { services, bucket, key, accountId } = call;
    const tags = await readAllowed(call, {
      action: versionId === undefined ? ACTION : VERSION_ACTION,
      versionId,
      read: async () => parseTagging(await readDocument(call, MAX_TAGGING_BYTES), 'object'),
      said: (asked) => ({ tags: asked }),
    });
    await requireVersion(call, versionId);
    const tagged = await services.versions.setTags({ bucket, key, versionId, accountId, tags });
    return { headers: versionHeader(bucket, tagged.versionId) };
  },
});
