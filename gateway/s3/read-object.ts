import type { BucketRow } from '../../metadata/index.ts';
import type { ByteRange } from '../backends/index.ts';
import { checkReadConditions, mayTakeRange } from '../http/conditions.ts';
import { contentRange, parseRange } from '../http/range.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { Checksum } from '../services/checksums.ts';
import { type CustomerKey, requireCustomerKey } from '../services/encryption/index.ts';
import type { ObjectInfo } from '../services/object-info.ts';
import { checksumHeaders, wantsChecksum } from './checksum-headers.ts';
import { ENCRYPTION_HEADERS, encryptionHeaders, parseCustomerKey } from './encryption-headers.ts';
import { S3Error } from './errors.ts';
import { parseResponseOverrides, type ResponseOverrides, renderObjectHeaders } from './object-headers.ts';
import type { Call } from './operation.ts';
import { unsatisfiableRange } from './range.ts';
import type { S3Request } from './request.ts';
import { refuseUnsupportedHeaders } from './unsupported.ts';
import { addVersionHeaders, parseVersionId } from './versions.ts';

/** What GetObject and HeadObject are asked for; they differ in the body alone. */
export interface ReadInput {
  readonly headers: RequestHeaders;
  readonly range: string | undefined;
  readonly partNumber: number | undefined;
  readonly versionId: string | undefined;
  readonly customerKey: CustomerKey | undefined;
  readonly overrides: ResponseOverrides | undefined;
}

export const READ_PARAMETERS = [
  'versionId',
  'partNumber',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
];

const MAX_PART_NUMBER = 10_000;

/** @throws S3Error `InvalidRequest`, `InvalidArgument`, `NotImplemented`; as `parseCustomerKey` */
export function readInput({ headers, address, keyTransport }: S3Request): ReadInput {
  refuseUnsupportedHeaders(headers, ENCRYPTION_HEADERS);
  const versionId = parseVersionId(address.query);
  const range = headerOf(headers, 'range');
  const partNumber = parsePartNumber(address.query.get('partNumber'));
  if (range !== undefined && partNumber !== undefined) {
    throw new S3Error('InvalidRequest', {
      message: 'Cannot specify both Range header and partNumber query parameter.',
    });
  }
  const customerKey = parseCustomerKey(headers, keyTransport);
  const overrides = parseResponseOverrides(address.query, false);
  return { headers, range, partNumber, versionId, customerKey, overrides };
}

/** "You must sign the request [...] when you use these parameters" (GetObject). @throws S3Error `InvalidRequest` for who has not */
export function refuseUnsignedOverrides({ authenticated, request }: Call): void {
  if (authenticated.principal.kind === 'anonymous') parseResponseOverrides(request.address.query, true);
}

/** "Part number of the object being read. This is a positive integer between 1 and 10,000." */
export function parsePartNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MAX_PART_NUMBER) return number;
  throw new S3Error('InvalidArgument', {
    message: 'Part number must be an integer between 1 and 10000, inclusive',
    detail: { ArgumentName: 'partNumber', ArgumentValue: text },
  });
}

/** What a read answers: the status, the headers, and the bytes that a body would have. */
export interface ReadReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly range: ByteRange;
}

interface ReadTarget {
  readonly bucket: BucketRow;
  readonly region: string;
  readonly info: ObjectInfo;
  partRange(partNumber: number): ByteRange | undefined;
  rangeChecksum(range: ByteRange): Checksum | undefined;
}

/**
 * Decides preconditions first and the range after, as RFC 9110 section 13.2.2 orders them. Before both comes the key of
 * a customer's object: without it nothing is told of that.
 * @throws S3Error `PreconditionFailed`, `NotModified`, `InvalidRange`, `InvalidPartNumber`; as `requireCustomerKey`
 */
export function planRead(input: ReadInput, target: ReadTarget): ReadReply {
  const { headers, range, partNumber, overrides, customerKey } = input;
  const { info, region } = target;
  const { attributes, etag, lastModified, sizeBytes, encryption } = info;
  requireCustomerKey(encryption, customerKey);
  requireConditions(headers, info);
  const reply = renderObjectHeaders({ attributes, etag, lastModified, overrides });
  addVersionHeaders(reply, target);
  if (encryption !== undefined) Object.assign(reply, encryptionHeaders(encryption, region));
  const part = partNumber === undefined ? undefined : requirePart(target, partNumber);
  const chosen = part ?? (mayTakeRange(headers, info) ? parseRange(range, sizeBytes) : undefined);
  if (chosen === 'unsatisfiable') throw unsatisfiableRange(range ?? '', sizeBytes);
  if (partNumber !== undefined && info.partCount !== undefined) reply['x-amz-mp-parts-count'] = String(info.partCount);
  if (wantsChecksum(headers)) {
    Object.assign(reply, checksumHeaders(chosen === undefined ? info.checksum : target.rangeChecksum(chosen)));
  }

  const isWhole = chosen === undefined || sizeBytes === 0;
  const bytes = isWhole ? { start: 0, end: sizeBytes - 1 } : chosen;
  // A part may be empty, and a range of no bytes cannot be written.
  const isPartial = !isWhole && bytes.end >= bytes.start;
  if (isPartial) reply['content-range'] = contentRange(bytes, sizeBytes);
  reply['content-length'] = String(bytes.end - bytes.start + 1);
  return { status: isPartial ? 206 : 200, headers: reply, range: bytes };
}

/** @throws S3Error `PreconditionFailed`, `NotModified` */
export function requireConditions(headers: RequestHeaders, info: ObjectInfo): void {
  const decision = checkReadConditions(headers, info);
  if (decision === 'precondition-failed') throw new S3Error('PreconditionFailed');
  if (decision === 'proceed') return;
  const { etag, 'last-modified': lastModified } = renderObjectHeaders(info);
  throw new S3Error('NotModified', { headers: { etag: etag ?? '', 'last-modified': lastModified ?? '' } });
}

function requirePart(target: ReadTarget, partNumber: number): ByteRange {
  const range = target.partRange(partNumber);
  if (range !== undefined) return range;
  throw new S3Error('InvalidPartNumber', {
    detail: { PartNumberRequested: String(partNumber), ActualPartCount: String(target.info.partCount ?? 1) },
  });
}
