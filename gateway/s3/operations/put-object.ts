import { asksForLock } from '../../services/object-lock.ts';
import { parseAclHeaders } from '../acl-headers.ts';
import { checksumHeaders } from '../checksum-headers.ts';
import { parseWriteCondition } from '../conditions.ts';
import { newEncryptionHeaders } from '../encryption-headers.ts';
import { expirationHeaders, mayHaveRules } from '../lifecycle/due-headers.ts';
import { UPLOAD_HEADERS, withAcl } from '../new-version-acl.ts';
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
    refuseUnsupportedHeaders(headers, UPLOAD_HEADERS);
    return {
      attributes: parseObjectAttributes(headers),
      condition: parseWriteCondition(headers),
      properties: parseRequestedProperties(headers, keyTransport),
      acl: parseAclHeaders(headers, 'object'),
    };
  },
  async handle({ attributes, condition, properties, acl }, call) {
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
      properties: await withAcl(properties, acl, call),
    });
    const about = { ...checksumHeaders(stored.checksum), ...newEncryptionHeaders(stored.encryption, region) };
    const headers = { etag: `"${stored.etag}"`, ...about, ...writtenVersionHeader(stored.versionId) };
    if (!mayHaveRules(bucket)) return { headers };
    const expiration = await expirationHeaders(call, { ...stored, tags: properties.tags ?? [] });
    return { headers: { ...headers, ...expiration } };
  },
});
