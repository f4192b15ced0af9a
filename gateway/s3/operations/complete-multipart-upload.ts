import { headerOf, type RequestHeaders } from '../../http/request-headers.ts';
import { CHECKSUM_ALGORITHMS } from '../../services/checksums.ts';
import type { ListedPart } from '../../services/complete-parts.ts';
import { MAX_PARTS } from '../../services/multipart.ts';
import { parseChecksumType } from '../checksum-headers.ts';
import { checksumXml } from '../checksum-xml.ts';
import { parseWriteCondition } from '../conditions.ts';
import { completedEncryptionHeaders, ENCRYPTION_HEADERS, parseRepeatedEncryption } from '../encryption-headers.ts';
import { S3Error } from '../errors.ts';
import { mayHaveRules, versionExpirationHeaders } from '../lifecycle/due-headers.ts';
import { objectLocation } from '../object-location.ts';
import { type ObjectCall, objectOperation } from '../operation.ts';
import { parsePartNumber } from '../read-object.ts';
import type { S3Request } from '../request.ts';
import { parseObjectChecksum, readDocument } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseUploadId } from '../upload-parameters.ts';
import { writtenVersionHeader } from '../versions.ts';
import { element, parseXml, type XmlNode, xmlDocument } from '../xml.ts';

/** Ten thousand parts with every element that they may have come to about 7 MiB. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;
/** A part, its number, its ETag and its checksums. */
const MAX_ELEMENTS = MAX_PARTS * (3 + CHECKSUM_ALGORITHMS.length) + 1;

/** "CompleteMultipartUpload": the listed parts become the object. */
export const completeMultipartUpload = objectOperation({
  name: 'CompleteMultipartUpload',
  method: 'POST',
  scope: 'object',
  query: ['uploadId'],
  action: 's3:PutObject',
  input(request) {
    const { headers, keyTransport } = request;
    refuseUnsupportedHeaders(headers, ENCRYPTION_HEADERS);
    return {
      uploadId: parseUploadId(request),
      ...parseRepeatedEncryption(headers, keyTransport),
      condition: parseWriteCondition(headers),
      expectedChecksum: parseObjectChecksum(headers),
      expectedType: parseChecksumType(headers),
      expectedSizeBytes: parseObjectSize(headers),
    };
  },
  async handle(input, call) {
    const { request, services, region, bucket, key, accountId } = call;
    const parts = await readParts(call);
    const completed = await services.multipart.complete({ bucket, key, accountId, parts, ...input });
    const about = {
      ...writtenVersionHeader(completed.versionId),
      ...completedEncryptionHeaders(completed.encryption, region),
    };
    return {
      headers: mayHaveRules(bucket) ? { ...about, ...(await versionExpirationHeaders(call, completed)) } : about,
      body: xmlDocument(
        'CompleteMultipartUploadResult',
        element('Location', objectLocation(request)) +
          element('Bucket', bucket.name) +
          element('Key', key) +
          element('ETag', `"${completed.etag}"`) +
          checksumXml(completed.checksum),
      ),
    };
  },
});

async function readParts({ request, authenticated }: ObjectCall): Promise<ListedPart[]> {
  const { headers } = request;
  if (headerOf(headers, 'content-length') === '0') throw new S3Error('MalformedXML');
  const bytes = await readDocument({ request: withoutObjectChecksum(request), authenticated }, MAX_DOCUMENT_BYTES);
  const parts = parseXml(bytes, 'CompleteMultipartUpload', MAX_ELEMENTS).children('Part');
  if (parts.length === 0 || parts.length > MAX_PARTS) throw new S3Error('MalformedXML');
  return parts.map(toListedPart);
}

/** In this request the checksum headers are of the object, not of the body that comes with them. */
function withoutObjectChecksum(request: S3Request): S3Request {
  const headers = { ...request.headers };
  for (const algorithm of CHECKSUM_ALGORITHMS) delete headers[`x-amz-checksum-${algorithm.toLowerCase()}`];
  return { ...request, headers };
}

function toListedPart(part: XmlNode): ListedPart {
  const number = part.required('PartNumber').trim();
  if (!/^-?\d+$/.test(number)) throw new S3Error('MalformedXML');
  const checksums: { -readonly [Name in keyof ListedPart['checksums']]: string } = {};
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = part.text(`Checksum${algorithm}`)?.trim();
    if (value) checksums[algorithm] = value;
  }
  return {
    partNumber: parsePartNumber(number) ?? 0, // text is never undefined
    etag: part
      .required('ETag')
      .trim()
      .replace(/^"(.*)"$/, '$1'),
    checksums,
  };
}

function parseObjectSize(headers: RequestHeaders): number | undefined {
  const header = headerOf(headers, 'x-amz-mp-object-size');
  if (header === undefined) return undefined;
  if (/^\d{1,15}$/.test(header)) return Number(header);
  throw new S3Error('InvalidRequest', { message: 'Value for x-amz-mp-object-size header is invalid.' });
}
