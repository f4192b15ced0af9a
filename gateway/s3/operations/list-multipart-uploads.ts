import type { ListedUpload } from '../../../metadata/index.ts';
import { STANDARD } from '../../services/object-info.ts';
import { positionAfter, renderCommonPrefixes } from '../list-objects.ts';
import { parseEncodingType, parseLimit } from '../list-parameters.ts';
import { type BucketCall, bucketOperation } from '../operation.ts';
import { accountXml, ownerXml } from '../owner.ts';
import { element, encodeKey, xmlDocument } from '../xml.ts';

const MAX_UPLOADS = 1000;

/** "ListMultipartUploads": uploads under way, by key and then by the time they were begun. */
export const listMultipartUploads = bucketOperation({
  name: 'ListMultipartUploads',
  method: 'GET',
  scope: 'bucket',
  query: ['uploads'],
  action: 's3:ListBucketMultipartUploads',
  parameters: ['prefix', 'delimiter', 'key-marker', 'upload-id-marker', 'max-uploads', 'encoding-type'],
  input({ address: { query } }) {
    return {
      prefix: query.get('prefix') ?? '',
      delimiter: query.get('delimiter') ?? '',
      limit: parseLimit(query, { name: 'max-uploads', fallback: MAX_UPLOADS, max: MAX_UPLOADS }),
      encodingType: parseEncodingType(query),
      keyMarker: query.get('key-marker') ?? '',
      uploadIdMarker: query.get('upload-id-marker') ?? '',
    };
  },
  async handle({ keyMarker, uploadIdMarker, ...list }, call) {
    const { services, bucket } = call;
    const { prefix, delimiter, limit, encodingType } = list;
    const page = await services.multipart.list({
      bucket,
      prefix,
      delimiter,
      position: positionAfter(keyMarker, list),
      // "If key-marker is not specified, the upload-id-marker parameter is ignored."
      afterUploadId: keyMarker === '' || uploadIdMarker === '' ? undefined : uploadIdMarker,
      limit,
    });
    const encoded = (text: string) => encodeKey(text, encodingType);
    const { next } = page;
    return {
      body: xmlDocument(
        'ListMultipartUploadsResult',
        element('Bucket', bucket.name) +
          element('KeyMarker', encoded(keyMarker)) +
          element('UploadIdMarker', uploadIdMarker) +
          element('NextKeyMarker', next && encoded(next.after)) +
          element('Prefix', encoded(prefix)) +
          element('Delimiter', delimiter === '' ? undefined : encoded(delimiter)) +
          element('NextUploadIdMarker', next && !next.isPrefix ? uploadIdOf(page.rows.at(-1)) : undefined) +
          element('MaxUploads', limit) +
          element('IsTruncated', next !== undefined) +
          (await renderUploads(page.rows, { call, encoded })) +
          renderCommonPrefixes(page.commonPrefixes, encodingType) +
          element('EncodingType', encodingType),
      ),
    };
  },
});

function uploadIdOf(row: ListedUpload | undefined): string | undefined {
  return row?.[6];
}

async function renderUploads(
  rows: readonly ListedUpload[],
  { call: { services, bucket }, encoded }: { call: BucketCall; encoded: (text: string) => string },
): Promise<string> {
  if (rows.length === 0) return '';
  const owner = await ownerXml(services, bucket);
  const initiators = new Map<string, string>();
  let xml = '';
  for (const [key, initiatedAt, accountId, algorithm, type, storageClass, uploadId] of rows) {
    const initiator = initiators.get(accountId) ?? (await accountXml(services, accountId, 'Initiator'));
    initiators.set(accountId, initiator);
    xml +=
      '<Upload>' +
      element('ChecksumAlgorithm', algorithm ?? undefined) +
      element('ChecksumType', type ?? undefined) +
      element('Initiated', initiatedAt) +
      initiator +
      element('Key', encoded(key)) +
      owner +
      element('StorageClass', storageClass ?? STANDARD) +
      element('UploadId', uploadId) +
      '</Upload>';
  }
  return xml;
}
