import type { PartRow } from '../../../metadata/index.ts';
import type { ChecksumAlgorithm } from '../../services/checksums.ts';
import { checksumElement } from '../checksum-xml.ts';
import { ENCRYPTION_HEADERS, parseCustomerKey } from '../encryption-headers.ts';
import { abortionHeaders, mayHaveRules } from '../lifecycle/due-headers.ts';
import { parseLimit } from '../list-parameters.ts';
import { objectOperation } from '../operation.ts';
import { accountXml, ownerXml } from '../owner.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseUploadId } from '../upload-parameters.ts';
import { element, xmlDocument } from '../xml.ts';

const MAX_PARTS = 1000;
const LAST_MARKER = 2_147_483_647;

/** "ListParts": the parts of an upload under way, by number. */
export const listParts = objectOperation({
  name: 'ListParts',
  method: 'GET',
  scope: 'object',
  query: ['uploadId'],
  action: 's3:ListMultipartUploadParts',
  parameters: ['max-parts', 'part-number-marker'],
  input(request) {
    const { headers, keyTransport } = request;
    const { query } = request.address;
    refuseUnsupportedHeaders(headers, ENCRYPTION_HEADERS);
    return {
      uploadId: parseUploadId(request),
      customerKey: parseCustomerKey(headers, keyTransport),
      limit: parseLimit(query, { name: 'max-parts', fallback: MAX_PARTS, max: MAX_PARTS }),
      marker: parseLimit(query, { name: 'part-number-marker', fallback: 0, max: LAST_MARKER }),
    };
  },
  async handle({ uploadId, customerKey, limit, marker }, call) {
    const { services, bucket, key } = call;
    const upload = await services.multipart.find({ bucket, key, uploadId });
    const range = { afterPartNumber: marker, limit: limit + 1 };
    const found = await services.multipart.listParts({ upload, customerKey, ...range });
    const page = found.slice(0, limit);
    const isTruncated = limit > 0 && found.length > limit;
    return {
      headers: mayHaveRules(bucket) ? await abortionHeaders(call, upload.initiatedAt) : {},
      body: xmlDocument(
        'ListPartsResult',
        element('Bucket', bucket.name) +
          element('Key', key) +
          element('UploadId', uploadId) +
          element('PartNumberMarker', marker) +
          // "When a list is truncated, this element specifies the last part in the list".
          element('NextPartNumberMarker', isTruncated ? page.at(-1)?.part_number : undefined) +
          element('MaxParts', limit) +
          element('IsTruncated', isTruncated) +
          page.map((part) => renderPart(part, upload.checksumAlgorithm)).join('') +
          (await accountXml(services, upload.initiatorId, 'Initiator')) +
          (await ownerXml(services, bucket)) +
          element('StorageClass', 'STANDARD') +
          element('ChecksumAlgorithm', upload.checksumAlgorithm) +
          element('ChecksumType', upload.checksumType),
      ),
    };
  },
});

function renderPart(part: PartRow, algorithm: ChecksumAlgorithm | undefined): string {
  return (
    '<Part>' +
    checksumElement(algorithm, part.checksum_value) +
    element('ETag', `"${part.etag}"`) +
    element('LastModified', part.last_modified) +
    element('PartNumber', part.part_number) +
    element('Size', part.size_bytes) +
    '</Part>'
  );
}
