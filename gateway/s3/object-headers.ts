import { encodeHeaderText } from '../http/header-text.ts';
import { formatHttpDate } from '../http/http-date.ts';
import { S3Error } from './errors.ts';
import { requireHeaderSafe } from './header-safe.ts';
import {
  CONTENT_HEADER_ENTRIES,
  type ContentAttribute,
  METADATA_PREFIX,
  type ObjectAttributes,
} from './object-attributes.ts';
import type { Query } from './query.ts';

export { type ObjectAttributes, parseObjectAttributes } from './object-attributes.ts';

/** Content headers that a reader wants instead of the stored ones. */
export type ResponseOverrides = Readonly<Partial<Record<ContentAttribute, string>>>;

/** What the headers of an object are rendered from. */
export interface ObjectHeadersInput {
  readonly attributes: ObjectAttributes;
  /** Without quotes. */
  readonly etag: string;
  /** ISO 8601. */
  readonly lastModified: string;
  readonly overrides?: ResponseOverrides | undefined;
}

/** "The default is the MIME type `binary/octet-stream`" (PutObject). */
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';
const OVERRIDE_PREFIX = 'response-';

/**
 * The headers of GetObject and HeadObject that come from the object itself. Length, range, checksums and version are
 * for the operation to add. Values are ready for node: UTF-8 octets as latin1.
 */
export function renderObjectHeaders({
  attributes,
  etag,
  lastModified,
  overrides,
}: ObjectHeadersInput): Record<string, string> {
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    'content-type': DEFAULT_CONTENT_TYPE,
    etag: `"${etag}"`,
    'last-modified': formatHttpDate(lastModified),
  };
  for (const [attribute, header] of CONTENT_HEADER_ENTRIES) {
    const value = overrides?.[attribute] ?? attributes[attribute];
    if (value !== undefined) headers[header] = encodeHeaderText(value);
  }
  for (const name in attributes.userMetadata) {
    headers[METADATA_PREFIX + name] = encodeHeaderText(attributes.userMetadata[name] ?? '');
  }
  return headers;
}

/**
 * Reads the `response-*` parameters of GetObject and HeadObject; nothing when there are none. "You must sign the
 * request [...] when you use these parameters" (GetObject).
 * @throws S3Error `InvalidRequest` for an anonymous request, `InvalidArgument` for control characters.
 */
export function parseResponseOverrides(query: Query, isAnonymous: boolean): ResponseOverrides | undefined {
  const overrides: { [name in ContentAttribute]?: string } = {};
  let count = 0;
  for (const [attribute, header] of CONTENT_HEADER_ENTRIES) {
    const value = query.get(OVERRIDE_PREFIX + header);
    if (!value) continue;
    overrides[attribute] = requireHeaderSafe(OVERRIDE_PREFIX + header, value);
    count += 1;
  }
  if (count > 0 && isAnonymous) throw overridesNeedSignature();
  return count > 0 ? overrides : undefined;
}

function overridesNeedSignature(): S3Error {
  return new S3Error('InvalidRequest', {
    message: 'Request specific response headers cannot be used for anonymous GET requests.',
  });
}
