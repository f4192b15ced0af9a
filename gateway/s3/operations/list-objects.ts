import { parseListInput, positionAfter, renderList } from '../list-objects.ts';
import { bucketOperation } from '../operation.ts';
import { ownerXml } from '../owner.ts';
import { element, encodeKey } from '../xml.ts';

/** "ListObjects", the first version, which older clients still use. */
export const listObjects = bucketOperation({
  name: 'ListObjects',
  method: 'GET',
  scope: 'bucket',
  action: 's3:ListBucket',
  parameters: ['prefix', 'delimiter', 'max-keys', 'encoding-type', 'marker'],
  input: (request) => ({ ...parseListInput(request), marker: request.address.query.get('marker') ?? '' }),
  async handle({ marker, ...list }, { services, bucket }) {
    const { prefix, delimiter, limit, encodingType } = list;
    const position = positionAfter(marker, list);
    const page = await services.objects.list({ bucket, prefix, delimiter, position, limit });
    // "This element is returned only if you have the delimiter request parameter specified."
    const nextMarker = delimiter === '' ? undefined : page.next?.after;
    return {
      body: renderList({
        head:
          element('Name', bucket.name) +
          element('Prefix', encodeKey(prefix, encodingType)) +
          element('Marker', encodeKey(marker, encodingType)) +
          element('NextMarker', nextMarker === undefined ? undefined : encodeKey(nextMarker, encodingType)) +
          element('MaxKeys', limit) +
          element('Delimiter', delimiter === '' ? undefined : encodeKey(delimiter, encodingType)) +
          element('EncodingType', encodingType) +
          element('IsTruncated', page.next !== undefined),
        page,
        encodingType,
        ownerXml: await ownerXml(services, bucket),
      }),
    };
  },
});
