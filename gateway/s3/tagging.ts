import { decodeHeaderText } from '../http/header-text.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import { requireValidTags, type TaggedKind, type Tags } from '../services/tags.ts';
import { S3Error } from './errors.ts';
import { decodePercent } from './percent-decoding.ts';
import { required, StrictElement } from './strict-element.ts';
import { element, parseXml, type XmlNode, xmlDocument } from './xml.ts';

/** The longest tags that a bucket may have, each character of them a reference. */
export const MAX_TAGGING_BYTES = 256 * 1024;

const HEADER = 'x-amz-tagging';
const DIRECTIVE = 'x-amz-tagging-directive';

/**
 * Reads the document of PutObjectTagging and PutBucketTagging, or the field of PostObject.
 * @throws S3Error `MalformedXML`; Failure `BadRequest`, `InvalidTag`
 */
export function parseTagging(bytes: Buffer, kind: TaggedKind): Tags {
  const tagging = new StrictElement(parseXml(bytes, 'Tagging'), { once: ['TagSet'] });
  return parseTagSet(required(tagging.one('TagSet')), kind);
}

/** An element with tags in it. @throws as `parseTagging` */
export function parseTagSet(node: XmlNode, kind: TaggedKind): Tags {
  return requireValidTags(new StrictElement(node, { many: ['Tag'] }).all('Tag').map(parseTag), kind);
}

function parseTag(node: XmlNode): Tags[number] {
  const tag = new StrictElement(node, { once: ['Key', 'Value'] });
  return [required(tag.text('Key')), required(tag.text('Value'))];
}

export function renderTagging(tags: Tags): string {
  const rendered = tags.map(([key, value]) => `<Tag>${element('Key', key)}${element('Value', value)}</Tag>`);
  return xmlDocument('Tagging', `<TagSet>${rendered.join('')}</TagSet>`);
}

/**
 * Reads `x-amz-tagging`: "The tag-set must be encoded as URL Query parameters" (PutObject). A parameter has no order:
 * they are taken by their keys. @throws S3Error `InvalidArgument`; Failure `BadRequest`, `InvalidTag`
 */
export function parseTaggingHeader(headers: RequestHeaders): Tags | undefined {
  const header = headerOf(headers, HEADER);
  if (header === undefined) return undefined;
  const tags = header
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => parsePair(pair, header))
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (new Set(tags.map(([key]) => key)).size < tags.length) throw invalidHeader(header);
  return requireValidTags(tags, 'object');
}

function parsePair(pair: string, header: string): Tags[number] {
  const [key = '', value = '', ...rest] = pair.replaceAll('+', ' ').split('=');
  if (rest.length > 0) throw invalidHeader(header);
  try {
    return [decodePercent(key), decodePercent(value)];
  } catch (cause) {
    throw invalidHeader(header, cause);
  }
}

function invalidHeader(header: string, cause?: unknown): S3Error {
  return new S3Error('InvalidArgument', {
    message:
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    detail: { ArgumentName: HEADER, ArgumentValue: decodeHeaderText(header) },
    cause,
  });
}

/**
 * The tags that a copy is given in place of its source's: "Specifies whether the object tag-set is copied from the source
 * object or replaced with the tag-set that's provided in the request. The default value is COPY." Undefined: the source's.
 * @throws S3Error `InvalidArgument`, and as `parseTaggingHeader`
 */
export function parseReplacingTags(headers: RequestHeaders): Tags | undefined {
  const directive = headerOf(headers, DIRECTIVE) ?? 'COPY';
  if (directive === 'COPY') return undefined;
  if (directive === 'REPLACE') return parseTaggingHeader(headers) ?? [];
  throw new S3Error('InvalidArgument', {
    message: 'Unknown tagging directive.',
    detail: { ArgumentName: DIRECTIVE, ArgumentValue: directive },
  });
}
