import { asksForLock } from '../../services/object-lock.ts';
import { checksumHeaders } from '../checksum-headers.ts';
import { parseWriteCondition } from '../conditions.ts';
import { parseObjectAttributes } from '../object-headers.ts';
import { requireUploadDigest } from '../object-lock.ts';
import { objectOperation } from '../operation.ts';
import { openUpload } from '../request-body.ts';
import { parseRequestedProperties, requirePropertiesAllowed } from '../requested-properties.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { versionHeader } from '../versions.ts';

/** "PutObject": stores a body under a key. "Amazon S3 never adds partial objects". */
export const putObject = objectOperation({
  name: 'PutObject',
  method: 'PUT',
  scope: 'object',
  action: 's3:PutObject',
  input({ headers }) {
    refuseUnsupportedHeaders(headers);
    return {
      attributes: parseObjectAttributes(headers),
      condition: parseWriteCondition(headers),
      properties: parseRequestedProperties(headers),
    };
  },
  async handle(input, call) {
    const { request, authenticated, services, bucket, key, accountId } = call;
    const { body, expected } = openUpload(request, authenticated);
    requirePropertiesAllowed(input.properties, call);
    await requireUploadDigest(call, { what: 'Object', hasLock: asksForLock(input.properties), expected });
    const stored = await services.objects.put({ bucket, key, accountId, body, expected, ...input });
    const headers = { etag: `"${stored.etag}"`, ...checksumHeaders(stored.checksum) };
    return { headers: { ...headers, ...versionHeader(bucket, stored.versionId) } };
  },
});
