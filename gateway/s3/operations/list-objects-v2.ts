import type { ListPosition } from '../../../metadata/index.ts';
import { S3Error } from '../errors.ts';
import { parseListInput, renderList } from '../list-objects.ts';
import { bucketOperation } from '../operation.ts';
import { ownerXml } from '../owner.ts';
import { element, encodeKey } from '../xml.ts';

/** "ListObjectsV2": keys in byte order, a page at a time. */
export const listObjectsV2 = bucketOperation({
  name: 'ListObjectsV2',
  method: 'GET',
  scope: 'bucket',
  query: ['list-type=2'],
  action: 's3:ListBucket',
  parameters: ['prefix', 'delimiter', 'max-keys', 'encoding-type', 'continuation-token', 'start-after', 'fetch-owner'],
  input(request) {
    const { query } = request.address;
    return {
      ...parseListInput(request),
      token: query.get('continuation-token'),
      startAfter: query.get('start-after'),
      fetchOwner: query.get('fetch-owner') === 'true',
    };
  },
  async handle({ token, startAfter, fetchOwner, ...list }, { services, bucket }) {
    const { prefix, delimiter, limit, encodingType } = list;
    // "StartAfter is not applicable" once there is a token; an empty one is none, though the reply repeats it.
    const position = token ? decodeToken(token) : afterKey(startAfter);
    const page = await services.objects.list({ bucket, prefix, delimiter, position, limit });
    const encoded = (text: string | undefined) => (text === undefined ? undefined : encodeKey(text, encodingType));
    return {
      body: renderList({
        head:
          element('Name', bucket.name) +
          element('Prefix', encoded(prefix)) +
          element('StartAfter', encoded(startAfter)) +
          element('ContinuationToken', token) +
          element('NextContinuationToken', page.next === undefined ? undefined : encodeToken(page.next)) +
          element('KeyCount', page.rows.length + page.commonPrefixes.length) +
          element('MaxKeys', limit) +
          element('Delimiter', delimiter === '' ? undefined : encoded(delimiter)) +
          element('EncodingType', encodingType) +
          element('IsTruncated', page.next !== undefined),
        page,
        encodingType,
        ownerXml: fetchOwner ? await ownerXml(services, bucket) : '',
      }),
    };
  },
});

/** "StartAfter can be any key in the bucket": unlike a marker it never stands for a common prefix. */
function afterKey(key: string | undefined): ListPosition | undefined {
  return key ? { after: key, isPrefix: false } : undefined;
}

/** Opaque to clients: a position, and whether all below it has been given out. */
function encodeToken({ after, isPrefix }: ListPosition): string {
  return Buffer.from((isPrefix ? 'p' : 'k') + after).toString('base64url');
}

function decodeToken(token: string): ListPosition {
  const text = Buffer.from(token, 'base64url').toString();
  const position = { after: text.slice(1), isPrefix: text.startsWith('p') };
  if (position.after !== '' && encodeToken(position) === token) return position;
  throw new S3Error('InvalidArgument', {
    message: 'The continuation token provided is incorrect',
    detail: { ArgumentName: 'continuation-token', ArgumentValue: token },
  });
}
