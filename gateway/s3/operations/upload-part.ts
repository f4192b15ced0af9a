import { checksumHeaders } from '../checksum-headers.ts';
import { ENCRYPTION_HEADERS, encryptionHeaders, parseCustomerKey } from '../encryption-headers.ts';
import { requireUploadDigest } from '../object-lock.ts';
import { objectOperation } from '../operation.ts';
import { openUpload } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parsePartInput } from '../upload-parameters.ts';

/** "UploadPart": "If you upload a new part using the same part number [...], the previously uploaded part is overwritten". */
export const uploadPart = objectOperation({
  name: 'UploadPart',
  method: 'PUT',
  scope: 'object',
  query: ['partNumber', 'uploadId'],
  action: 's3:PutObject',
  input(request) {
    const { headers, keyTransport } = request;
    refuseUnsupportedHeaders(headers, ENCRYPTION_HEADERS);
    return { ...parsePartInput(request), customerKey: parseCustomerKey(headers, keyTransport) };
  },
  async handle({ uploadId, ...input }, call) {
    const { request, authenticated, services, region, bucket, key } = call;
    const upload = await services.multipart.find({ bucket, key, uploadId });
    const { body, expected } = openUpload(request, authenticated);
    await requireUploadDigest(call, { what: 'Part', hasLock: upload.hasLock, expected });
    const part = await services.multipart.uploadPart({ ...input, bucket, upload, body, expected });
    // A part's checksum is always of all its bytes: its type goes without saying, and S3 does not say it.
    const { 'x-amz-checksum-type': _, ...checksum } = checksumHeaders(part.checksum);
    return { headers: { etag: `"${part.etag}"`, ...checksum, ...encryptionHeaders(upload.encryption, region) } };
  },
});
