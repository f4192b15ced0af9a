import { decodeHeaderText } from '../http/header-text.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { ObjectAttributes } from '../services/object-info.ts';
import { S3Error } from './errors.ts';
import { requireHeaderSafe } from './header-safe.ts';

export type { ObjectAttributes };

/** The content headers that are stored, by the name of their attribute. */
export const CONTENT_HEADERS = {
  contentType: 'content-type',
  cacheControl: 'cache-control',
  contentDisposition: 'content-disposition',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
  expires: 'expires',
} as const satisfies Record<string, string>;

/** The name of a content attribute. */
export type ContentAttribute = keyof typeof CONTENT_HEADERS;

/** The pairs of `CONTENT_HEADERS`. */
export const CONTENT_HEADER_ENTRIES = Object.entries(CONTENT_HEADERS) as readonly [ContentAttribute, string][];

export const METADATA_PREFIX = 'x-amz-meta-';

/** RFC 9110 section 5.6.2, in lower case. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** "The PUT request header is limited to 8 KB in size. [...] user-defined metadata is limited to 2 KB in size." */
const MAX_METADATA_BYTES = 2048;

/**
 * Reads the content headers and user metadata of PutObject, CreateMultipartUpload or CopyObject ("Working with object
 * metadata"). Empty content headers count as not sent. Values that look like RFC 2047 are kept as they are.
 * @throws S3Error `MetadataTooLarge` with `Size` and `MaxSizeAllowed` in bytes; `InvalidArgument` for control characters
 * and for names that are no token.
 */
export function parseObjectAttributes(headers: RequestHeaders): ObjectAttributes {
  const attributes: { -readonly [name in ContentAttribute]?: string } = {};
  for (const [attribute, header] of CONTENT_HEADER_ENTRIES) {
    const value = headerOf(headers, header);
    const kept = attribute === 'contentEncoding' && value !== undefined ? withoutAwsChunked(value) : value;
    if (kept) attributes[attribute] = decodeHeaderText(requireHeaderSafe(header, kept));
  }
  return { ...attributes, userMetadata: parseUserMetadata(headers) };
}

function parseUserMetadata(headers: RequestHeaders): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  let sizeBytes = 0;
  for (const header in headers) {
    if (!header.startsWith(METADATA_PREFIX)) continue;
    const name = requireMetadataName(header).slice(METADATA_PREFIX.length);
    const value = requireHeaderSafe(header, headerOf(headers, header) ?? '');
    // Both are latin1 here, so that a character is an octet of the UTF-8 that S3 measures.
    sizeBytes += name.length + value.length;
    entries.push([name, decodeHeaderText(value)]);
  }
  if (sizeBytes > MAX_METADATA_BYTES) throw metadataTooLarge(sizeBytes);
  // Not by assignment: a client may name a header x-amz-meta-__proto__.
  return Object.fromEntries(entries);
}

/** HTTP admits only tokens as names, but the fields of a POST form come here too, and go out as headers. */
function requireMetadataName(header: string): string {
  if (TOKEN.test(header)) return header;
  throw new S3Error('InvalidArgument', {
    message: 'The name of user metadata must be a valid header name.',
    detail: { ArgumentName: header },
  });
}

function withoutAwsChunked(value: string): string {
  if (!/aws-chunked/i.test(value)) return value;
  return value
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding.toLowerCase() !== 'aws-chunked')
    .join(',');
}

function metadataTooLarge(sizeBytes: number): S3Error {
  return new S3Error('MetadataTooLarge', { detail: { Size: `${sizeBytes}`, MaxSizeAllowed: `${MAX_METADATA_BYTES}` } });
}
