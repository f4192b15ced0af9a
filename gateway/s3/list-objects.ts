import type { ListedObject, ListPage, ListPosition } from '../../metadata/index.ts';
import { parseEncodingType, parseLimit } from './list-parameters.ts';
import type { S3Request } from './request.ts';
import { TextBuffer } from './text-buffer.ts';
import { element, encodeKey, escapeXml, openDocument } from './xml.ts';

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
 * Where a list goes on after a marker. One that is, or is within, a common prefix stands for all that is below that: so
 * no list gives a common prefix twice.
 */
export function positionAfter(marker: string, { prefix, delimiter }: ListInput): ListPosition | undefined {
  if (marker === '') return undefined;
  const at = delimiter !== '' && marker.startsWith(prefix) ? marker.indexOf(delimiter, prefix.length) : -1;
  if (at < 0) return { after: marker, isPrefix: false };
  return { after: marker.slice(0, at + delimiter.length), isPrefix: true };
}

/** What a list answers: its own elements, and the page. */
export interface ListReply {
  /** The elements before the contents, as XML. */
  readonly head: string;
  readonly page: ListPage<ListedObject>;
  readonly encodingType: 'url' | undefined;
  /** The `Owner` element of every key, where the client wants it: the bucket's owner owns them all. */
  readonly ownerXml: string;
}

/**
 * The document of both versions. Written row by row into one buffer: as one string it would be put together twice, which
 * took as long as the query.
 */
export function renderList({ head, page, encodingType, ownerXml }: ListReply): Buffer {
  const out = new TextBuffer();
  out.write(openDocument('ListBucketResult') + head);
  const standard = `${ownerXml}<StorageClass>STANDARD</StorageClass></Contents>`;
  for (const [key, lastModified, etag, sizeBytes, checksum, storageClass] of page.rows) {
    const tail =
      storageClass === null ? standard : `${ownerXml}<StorageClass>${storageClass}</StorageClass></Contents>`;
    out.write(
      `<Contents><Key>${escapeXml(encodeKey(key, encodingType))}</Key><LastModified>${lastModified}</LastModified>` +
        `<ETag>&quot;${etag}&quot;</ETag>${checksum === null ? '' : renderChecksum(checksum)}` +
        `<Size>${sizeBytes}</Size>${tail}`,
    );
  }
  out.write(`${renderCommonPrefixes(page.commonPrefixes, encodingType)}</ListBucketResult>`);
  return out.take();
}

function renderChecksum(checksum: string): string {
  const [algorithm, type] = checksum.split(' ');
  return `<ChecksumAlgorithm>${algorithm}</ChecksumAlgorithm><ChecksumType>${type}</ChecksumType>`;
}

export function renderCommonPrefixes(prefixes: readonly string[], encodingType: 'url' | undefined): string {
  return prefixes
    .map((prefix) => `<CommonPrefixes>${element('Prefix', encodeKey(prefix, encodingType))}</CommonPrefixes>`)
    .join('');
}
