import { formatHttpDate } from '../../http/http-date.ts';
import { headerOf, type RequestHeaders } from '../../http/request-headers.ts';
import { requireCustomerKey } from '../../services/encryption/index.ts';
import type { ObjectInfo } from '../../services/object-info.ts';
import { requireAllowed } from '../authorize.ts';
import { checksumElement, checksumXml } from '../checksum-xml.ts';
import { ENCRYPTION_HEADERS, parseCustomerKey } from '../encryption-headers.ts';
import { S3Error } from '../errors.ts';
import { parseCount } from '../list-parameters.ts';
import { type ObjectCall, objectOperation } from '../operation.ts';
import { requireConditions } from '../read-object.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { noSuchObject, parseVersionId, versionHeader } from '../versions.ts';
import { element, xmlDocument } from '../xml.ts';

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const;
type Attribute = (typeof ATTRIBUTES)[number];

const HEADER = 'x-amz-object-attributes';
const MAX_PARTS = 1000;
const LAST_MARKER = 2_147_483_647;

interface PartsPage {
  readonly limit: number;
  readonly marker: number;
}

/** "GetObjectAttributes": what is known of an object beside its headers. "Fields that you do not specify are not returned." */
export const getObjectAttributes = objectOperation({
  name: 'GetObjectAttributes',
  method: 'GET',
  scope: 'object',
  query: ['attributes'],
  action: 's3:GetObjectAttributes',
  versionAction: 's3:GetObjectVersionAttributes',
  parameters: ['versionId'],
  input({ headers, address, keyTransport }) {
    refuseUnsupportedHeaders(headers, ENCRYPTION_HEADERS);
    return {
      headers,
      customerKey: parseCustomerKey(headers, keyTransport),
      versionId: parseVersionId(address.query),
      wanted: parseAttributes(headers),
      page: parsePage(headers),
    };
  },
  async handle({ headers, customerKey, versionId, wanted, page }, call) {
    const { services, bucket, key } = call;
    await requireReadable(versionId, call);
    const name = { bucket, key, versionId };
    const info = await services.objects.stat(name);
    if (info === undefined) throw await noSuchObject(services, name);
    requireCustomerKey(info.encryption, customerKey);
    requireConditions(headers, info);
    return {
      headers: { 'last-modified': formatHttpDate(info.lastModified), ...versionHeader(bucket, info.versionId) },
      body: xmlDocument(
        'GetObjectAttributesResponse',
        // Of all replies this one alone has the ETag without quotes.
        element('ETag', wanted.has('ETag') ? info.etag : undefined) +
          (wanted.has('Checksum') ? renderChecksum(info) : '') +
          (wanted.has('ObjectParts') ? await renderParts(info, { call, page }) : '') +
          element('StorageClass', wanted.has('StorageClass') ? info.storageClass : undefined) +
          element('ObjectSize', wanted.has('ObjectSize') ? info.sizeBytes : undefined),
      ),
    };
  },
});

/** "You need both the s3:GetObject and s3:GetObjectAttributes permissions", and so of versions. @throws S3Error `AccessDenied` */
function requireReadable(versionId: string | undefined, call: ObjectCall): Promise<void> {
  const action = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  const { bucket, key } = call;
  return requireAllowed(call, action, { kind: 'bucket', bucket, key, versionId });
}

function parseAttributes(headers: RequestHeaders): ReadonlySet<Attribute> {
  const header = headerOf(headers, HEADER) ?? '';
  const names = header.split(',').map((name) => name.trim());
  const wanted = ATTRIBUTES.filter((attribute) => names.includes(attribute));
  if (wanted.length > 0 && names.every((name) => wanted.some((attribute) => attribute === name)))
    return new Set(wanted);
  throw new S3Error('InvalidArgument', {
    message: 'Invalid attribute name specified.',
    detail: { ArgumentName: HEADER, ArgumentValue: header },
  });
}

function parsePage(headers: RequestHeaders): PartsPage {
  const count = (name: string, rule: { fallback: number; max: number }) =>
    parseCount(headerOf(headers, name), { name, ...rule });
  return {
    limit: count('x-amz-max-parts', { fallback: MAX_PARTS, max: MAX_PARTS }),
    marker: count('x-amz-part-number-marker', { fallback: 0, max: LAST_MARKER }),
  };
}

/** Here alone a composite checksum comes without the number of parts: `ObjectParts` has it. */
function renderChecksum({ checksum }: ObjectInfo): string {
  if (checksum === undefined) return '';
  return `<Checksum>${checksumXml({ ...checksum, value: checksum.value.replace(/-\d+$/, '') })}</Checksum>`;
}

/**
 * Nothing for an object that was not uploaded in parts. "If an additional checksum [...] isn't applied to the object
 * specified in the request, the response doesn't return the Part element": then only their number is told.
 */
async function renderParts(
  { partSet, partCount, checksum }: ObjectInfo,
  { call, page: { limit, marker } }: { call: ObjectCall; page: PartsPage },
): Promise<string> {
  if (partSet === undefined) return '';
  const total = element('PartsCount', partCount);
  const found = await call.services.objects.listParts({ setId: partSet, afterPartNumber: marker, limit: limit + 1 });
  const parts = found.slice(0, limit);
  if (checksum === undefined || found.some((part) => part.checksum_value === null)) {
    return `<ObjectParts>${total}</ObjectParts>`;
  }
  const isTruncated = limit > 0 && found.length > limit;
  const rendered = parts.map(
    (part) =>
      `<Part>${checksumElement(checksum.algorithm, part.checksum_value)}` +
      `${element('PartNumber', part.part_number)}${element('Size', part.size_bytes)}</Part>`,
  );
  return (
    '<ObjectParts>' +
    element('IsTruncated', isTruncated) +
    element('MaxParts', limit) +
    element('NextPartNumberMarker', isTruncated ? parts.at(-1)?.part_number : undefined) +
    element('PartNumberMarker', marker) +
    rendered.join('') +
    total +
    '</ObjectParts>'
  );
}
