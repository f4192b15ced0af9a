import { S3Error } from '../errors.ts';
import { parseLimit } from '../list-parameters.ts';
import { serviceOperation } from '../operation.ts';
import { element, xmlDocument } from '../xml.ts';

/** "Valid Range: Minimum value of 1. Maximum value of 10000." */
const MAX_BUCKETS = 10_000;

/** "ListBuckets": the caller's own buckets by name. */
export const listBuckets = serviceOperation({
  name: 'ListBuckets',
  method: 'GET',
  scope: 'service',
  action: 's3:ListAllMyBuckets',
  parameters: ['prefix', 'max-buckets', 'continuation-token', 'bucket-region'],
  input({ address: { query } }) {
    const limit = parseLimit(query, { name: 'max-buckets', fallback: MAX_BUCKETS, max: Number.MAX_SAFE_INTEGER });
    if (limit < 1 || limit > MAX_BUCKETS) throw invalidLimit(limit);
    const after = decodeToken(query.get('continuation-token'));
    return { prefix: query.get('prefix') ?? '', region: query.get('bucket-region'), limit, after };
  },
  async handle({ prefix, region, limit, after }, { authenticated, services }) {
    const { principal } = authenticated;
    if (principal.kind === 'anonymous') throw new S3Error('AccessDenied');
    const { account } = principal;
    const found = await services.buckets.list({ accountId: account.id, prefix, after, limit });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const buckets = page
      .filter((bucket) => region === undefined || region === '' || bucket.region === region)
      .map(
        ({ name, created_at, region: bucketRegion }) =>
          `<Bucket>${element('Name', name)}${element('CreationDate', created_at)}${element('BucketRegion', bucketRegion)}</Bucket>`,
      )
      .join('');
    const token = found.length > limit && last !== undefined ? encodeToken(last.name) : undefined;
    const owner = `<Owner>${element('ID', account.canonical_id)}${element('DisplayName', account.display_name)}</Owner>`;
    return {
      body: xmlDocument(
        'ListAllMyBucketsResult',
        `${owner}<Buckets>${buckets}</Buckets>${element('ContinuationToken', token)}${element('Prefix', prefix || undefined)}`,
      ),
    };
  },
});

function invalidLimit(limit: number): S3Error {
  return new S3Error('InvalidArgument', {
    message: `Argument max-buckets must be an integer between 1 and ${MAX_BUCKETS}`,
    detail: { ArgumentName: 'max-buckets', ArgumentValue: String(limit) },
  });
}

/** Opaque to clients: the last bucket that has been given out, after a letter that tells it from other tokens. */
function encodeToken(name: string): string {
  return Buffer.from(`b${name}`).toString('base64url');
}

/** @throws S3Error `InvalidArgument` for what is no token of this list */
function decodeToken(token: string | undefined): string {
  if (token === undefined || token === '') return '';
  const name = Buffer.from(token, 'base64url').toString().slice(1);
  if (name !== '' && encodeToken(name) === token) return name;
  throw new S3Error('InvalidArgument', {
    message: 'The continuation token provided is incorrect',
    detail: { ArgumentName: 'continuation-token', ArgumentValue: token },
  });
}
