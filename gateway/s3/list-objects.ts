import type { ListedObject, ListPage, ListPosition } from '../../metadata/index.ts';
import { parseEncodingType, parseLimit } from './list-parameters.ts';
import type { S3Request } from './request.ts';
import { element, encodeKey, escapeXml } from './xml.ts';

/** What both versions of ListObjects are asked for. */
export interface ListInput {
  readonly prefix: string;
  readonly delimiter: string;
  readonly limit: number;
  readonly encodingType: 'url' | undefined;
}

/** "The response might contain fewer keys but will never contain more" than 1,000. */
const MAX_KEYS = 1000;

/** @throws S3Error `InvalidArgument` */
export function parseListInput({ address: { query } }: S3Request): ListInput {
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    limit: parseLimit(query, { name: 'max-keys', fallback: MAX_KEYS, max: MAX_KEYS }),
    encodingType: parseEncodingType(query),
  };
}

/**
 * Where a list begins that is to begin after a key. A common prefix, such as a list gives as its NextMarker, stands for
 * all that is below it.
 */
export function positionAfter(key: string, { prefix, delimiter }: ListInput): ListPosition | undefined {
  if (key === '') return undefined;
  const isPrefix =
    delimiter !== '' &&
    key.startsWith(prefix) &&
    key.indexOf(delimiter, prefix.length) === key.length - delimiter.length;
  return { after: key, isPrefix };
}

/** Owners by account id, as far as a page needs them. */
export type OwnerXml = (accountId: string) => string;

/** The part of the reply that both versions share: contents and common prefixes. */
export function renderPage(
  page: ListPage<ListedObject>,
  { encodingType, owner }: { readonly encodingType: 'url' | undefined; readonly owner: OwnerXml | undefined },
): string {
  let xml = '';
  for (const [key, lastModified, etag, sizeBytes, accountId, algorithm, type] of page.rows) {
    xml +=
      `<Contents><Key>${escapeXml(encodeKey(key, encodingType))}</Key><LastModified>${lastModified}</LastModified>` +
      `<ETag>&quot;${etag}&quot;</ETag>`;
    if (algorithm !== null) {
      xml += `<ChecksumAlgorithm>${algorithm}</ChecksumAlgorithm><ChecksumType>${type}</ChecksumType>`;
    }
    xml += `<Size>${sizeBytes}</Size>`;
    if (owner !== undefined) xml += owner(accountId);
    xml += '<StorageClass>STANDARD</StorageClass></Contents>';
  }
  return xml + renderCommonPrefixes(page.commonPrefixes, encodingType);
}

export function renderCommonPrefixes(prefixes: readonly string[], encodingType: 'url' | undefined): string {
  return prefixes
    .map((prefix) => `<CommonPrefixes>${element('Prefix', encodeKey(prefix, encodingType))}</CommonPrefixes>`)
    .join('');
}
