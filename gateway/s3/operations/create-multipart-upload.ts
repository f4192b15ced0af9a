import { parseAclHeaders } from '../acl-headers.ts';
import { parseChecksumAlgorithm, parseChecksumType } from '../checksum-headers.ts';
import { newEncryptionHeaders } from '../encryption-headers.ts';
import { abortionHeaders, mayHaveRules } from '../lifecycle/due-headers.ts';
import { UPLOAD_HEADERS, withAcl } from '../new-version-acl.ts';
import { parseObjectAttributes } from '../object-headers.ts';
import { objectOperation } from '../operation.ts';
import { parseRequestedProperties, requirePropertiesAllowed } from '../requested-properties.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { element, xmlDocument } from '../xml.ts';

/** "CreateMultipartUpload": begins an upload in parts. The object's headers are given here. */
export const createMultipartUpload = objectOperation({
  name: 'CreateMultipartUpload',
  method: 'POST',
  scope: 'object',
  query: ['uploads'],
  action: 's3:PutObject',
  input({ headers, keyTransport }) {
    refuseUnsupportedHeaders(headers, UPLOAD_HEADERS);
    return {
      attributes: parseObjectAttributes(headers),
      checksumAlgorithm: parseChecksumAlgorithm(headers),
      checksumType: parseChecksumType(headers),
      properties: parseRequestedProperties(headers, keyTransport),
      acl: parseAclHeaders(headers, 'object'),
    };
  },
  async handle({ acl, ...input }, call) {
    const { services, region, bucket, key, accountId } = call;
    await requirePropertiesAllowed(input.properties, call);
    const properties = await withAcl(input.properties, acl, call);
    const upload = await services.multipart.create({ bucket, key, accountId, ...input, properties });
    const headers = newEncryptionHeaders(upload.encryption, region);
    if (upload.checksumAlgorithm !== undefined) headers['x-amz-checksum-algorithm'] = upload.checksumAlgorithm;
    if (upload.checksumType !== undefined) headers['x-amz-checksum-type'] = upload.checksumType;
    if (mayHaveRules(bucket)) Object.assign(headers, await abortionHeaders(call, upload.initiatedAt));
    return {
      headers,
      body: xmlDocument(
        'InitiateMultipartUploadResult',
        element('Bucket', bucket.name) + element('Key', key) + element('UploadId', upload.id),
      ),
    };
  },
});
