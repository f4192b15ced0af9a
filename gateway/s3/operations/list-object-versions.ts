import { isVersionId, type ListedVersion } from '../../../metadata/index.ts';
import { STANDARD } from '../../services/object-info.ts';
import { S3Error } from '../errors.ts';
import { parseListInput, positionAfter, renderCommonPrefixes } from '../list-objects.ts';
import { bucketOperation } from '../operation.ts';
import { ownerXml } from '../owner.ts';
import type { Query } from '../query.ts';
import { TextBuffer } from '../text-buffer.ts';
import { element, encodeKey, escapeXml, openDocument } from '../xml.ts';

/** "ListObjectVersions": every version and delete marker, by key and the newest of each key first. */
export const listObjectVersions = bucketOperation({
  name: 'ListObjectVersions',
  method: 'GET',
  scope: 'bucket',
  query: ['versions'],
  action: 's3:ListBucketVersions',
  parameters: ['prefix', 'delimiter', 'max-keys', 'encoding-type', 'key-marker', 'version-id-marker'],
  input(request) {
    return { ...parseListInput(request), ...parseMarkers(request.address.query) };
  },
  async handle({ keyMarker, versionIdMarker, ...list }, { services, bucket }) {
    const { prefix, delimiter, limit, encodingType } = list;
    const page = await services.versions.list({
      bucket,
      prefix,
      delimiter,
      position: positionAfter(keyMarker, list),
      afterVersionId: versionIdMarker,
      limit,
    });
    const { next, rows } = page;
    const encoded = (text: string) => encodeKey(text, encodingType);
    const out = new TextBuffer();
    out.write(
      openDocument('ListVersionsResult') +
        element('Name', bucket.name) +
        element('Prefix', encoded(prefix)) +
        element('KeyMarker', encoded(keyMarker)) +
        element('VersionIdMarker', versionIdMarker ?? '') +
        element('NextKeyMarker', next && encoded(next.after)) +
        element('NextVersionIdMarker', next && !next.isPrefix ? rows.at(-1)?.[7] : undefined) +
        element('MaxKeys', limit) +
        element('Delimiter', delimiter === '' ? undefined : encoded(delimiter)) +
        element('EncodingType', encodingType) +
        element('IsTruncated', next !== undefined),
    );
    const owner = await ownerXml(services, bucket);
    for (const row of rows) out.write(renderVersion(row, { owner, encodingType }));
    out.write(`${renderCommonPrefixes(page.commonPrefixes, encodingType)}</ListVersionsResult>`);
    return { body: out.take() };
  },
});

interface Markers {
  readonly keyMarker: string;
  readonly versionIdMarker: string | undefined;
}

/** @throws S3Error `InvalidArgument` */
function parseMarkers(query: Query): Markers {
  const keyMarker = query.get('key-marker') ?? '';
  const versionIdMarker = query.get('version-id-marker');
  if (versionIdMarker === undefined) return { keyMarker, versionIdMarker };
  const problem = problemOf({ keyMarker, versionIdMarker });
  if (problem === undefined) return { keyMarker, versionIdMarker };
  throw new S3Error('InvalidArgument', {
    message: problem,
    detail: { ArgumentName: 'version-id-marker', ArgumentValue: versionIdMarker },
  });
}

function problemOf({ keyMarker, versionIdMarker }: { keyMarker: string; versionIdMarker: string }): string | undefined {
  if (keyMarker === '') return 'A version-id marker cannot be specified without a key marker.';
  if (versionIdMarker === '') return 'A version-id marker cannot be empty.';
  return isVersionId(versionIdMarker) ? undefined : 'Invalid version id specified';
}

function renderVersion(
  row: ListedVersion,
  { owner, encodingType }: { readonly owner: string; readonly encodingType: 'url' | undefined },
): string {
  const [key, lastModified, etag, sizeBytes, algorithm, type, storageClass, versionId, isDeleteMarker, isLatest] = row;
  const name =
    `<Key>${escapeXml(encodeKey(key, encodingType))}</Key><VersionId>${versionId}</VersionId>` +
    `<IsLatest>${isLatest === 1}</IsLatest><LastModified>${lastModified}</LastModified>`;
  if (isDeleteMarker === 1) return `<DeleteMarker>${name}${owner}</DeleteMarker>`;
  const checksum =
    algorithm === null ? '' : `<ChecksumAlgorithm>${algorithm}</ChecksumAlgorithm><ChecksumType>${type}</ChecksumType>`;
  return (
    `<Version>${name}<ETag>&quot;${etag}&quot;</ETag>${checksum}<Size>${sizeBytes}</Size>${owner}` +
    `<StorageClass>${storageClass ?? STANDARD}</StorageClass></Version>`
  );
}
