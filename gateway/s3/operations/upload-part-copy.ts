import { headerOf } from '../../http/request-headers.ts';
import { copiedBody } from '../../services/copied-body.ts';
import type { Content } from '../../services/object-reader.ts';
import { checksumElement } from '../checksum-xml.ts';
import { type CopySource, findCopySource, sourceVersionHeader } from '../copy-source.ts';
import { COPY_ENCRYPTION_HEADERS, encryptionHeaders, parseCustomerKey } from '../encryption-headers.ts';
import { S3Error } from '../errors.ts';
import { objectOperation } from '../operation.ts';
import { parseCopyRange } from '../range.ts';
import { MAX_BODY_BYTES } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parsePartInput } from '../upload-parameters.ts';
import { element, xmlDocument } from '../xml.ts';

/** "UploadPartCopy": a part whose bytes are those of an object, or a range of them. */
export const uploadPartCopy = objectOperation({
  name: 'UploadPartCopy',
  method: 'PUT',
  scope: 'object',
  query: ['partNumber', 'uploadId'],
  header: 'x-amz-copy-source',
  action: 's3:PutObject',
  input(request) {
    const { headers, keyTransport } = request;
    refuseUnsupportedHeaders(headers, COPY_ENCRYPTION_HEADERS);
    return {
      ...parsePartInput(request),
      range: headerOf(headers, 'x-amz-copy-source-range'),
      customerKey: parseCustomerKey(headers, keyTransport),
    };
  },
  async handle({ uploadId, range, ...input }, call) {
    const { services, region, bucket, key } = call;
    const upload = await services.multipart.find({ bucket, key, uploadId });
    const source = await findCopySource(call);
    const body = copiedBody(await readSource(source, range));
    const part = await services.multipart.uploadPart({ ...input, bucket, upload, body, expected: {} });
    return {
      headers: { ...sourceVersionHeader(source), ...encryptionHeaders(upload.encryption, region) },
      body: xmlDocument(
        'CopyPartResult',
        element('ETag', `"${part.etag}"`) +
          element('LastModified', part.lastModified) +
          checksumElement(part.checksum?.algorithm, part.checksum?.value),
      ),
    };
  },
});

async function readSource({ info, found, customerKey }: CopySource, header: string | undefined): Promise<Content> {
  const range = parseCopyRange(header, info.sizeBytes) ?? { start: 0, end: info.sizeBytes - 1 };
  if (range.end - range.start + 1 > MAX_BODY_BYTES) {
    throw new S3Error('InvalidRequest', {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_BODY_BYTES}`,
    });
  }
  return found.read({ range, customerKey });
}
