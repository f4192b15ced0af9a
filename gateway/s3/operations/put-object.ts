import { asksForLock } from '../../services/object-lock.ts';
import { checksumHeaders } from '../checksum-headers.ts';
import { parseWriteCondition } from '../conditions.ts';
import { ENCRYPTION_HEADERS, newEncryptionHeaders } from '../encryption-headers.ts';
import { expirationHeaders, mayHaveRules } from '../lifecycle/due-headers.ts';
import { parseObjectAttributes } from '../object-headers.ts';
import { requireUploadDigest } from '../object-lock.ts';
import { objectOperation } from '../operation.ts';
import { openUpload } from '../request-body.ts';
import { parseRequestedProperties, requirePropertiesAllowed } from '../requested-properties.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { writtenVersionHeader } from '../versions.ts';

/** "PutObject": stores a body under a key. "Amazon S3 never adds partial objects". */
export const putObject = objectOperation({
  name: 'PutObject',
  method: 'PUT',
  scope: 'object',
  action: 's3:PutObject',
  input({ headers, keyTransport }) {
    refuseUnsupportedHeaders(headers, ENCRYPTION_HEADERS);
    return {
      attributes: parseObjectAttributes(headers),
      condition: parseWriteCondition(headers),
      properties: parseRequestedProperties(headers, keyTransport),
    };
  },
  async handle({ attributes, condition, properties }, call) {
    const { request, authenticated, services, region, bucket, key, accountId } = call;
    const { body, expected } = openUpload(request, authenticated);
    await requirePropertiesAllowed(properties, call);
    await requireUploadDigest(call, { what: 'Object', hasLock: asksForLock(properties), expected });
    const stored = await services.objects.put({
      bucket,
      key,
      accountId,
      condition,
      body,
      expected,
      attributes,
      properties,
    });
    const about = { ...checksumHeaders(stored.checksum), ...newEncryptionHeaders(stored.encryption, region) };
    const headers = { etag: `"${stored.etag}"`, ...about, ...writtenVersionHeader(stored.versionId) };
    if (!mayHaveRules(bucket)) return { headers };
    const expiration = await expirationHeaders(call, { ...stored, tags: properties.tags ?? [] });
    return { headers: { ...headers, ...expiration } };
  },
});
