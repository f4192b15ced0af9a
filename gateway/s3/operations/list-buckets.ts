import { S3Error } from '../errors.ts';
import { parseLimit } from '../list-parameters.ts';
import { serviceOperation } from '../operation.ts';
import { element, xmlDocument } from '../xml.ts';

const MAX_BUCKETS = 10_000;

/** "ListBuckets": the caller's own buckets by name. */
export const listBuckets = serviceOperation({
  name: 'ListBuckets',
  method: 'GET',
  scope: 'service',
  action: 's3:ListAllMyBuckets',
  parameters: ['prefix', 'max-buckets', 'continuation-token', 'bucket-region'],
  input({ address: { query } }) {
    const limit = parseLimit(query, { name: 'max-buckets', fallback: MAX_BUCKETS, max: MAX_BUCKETS });
    if (limit === 0)
      throw new S3Error('InvalidArgument', { detail: { ArgumentName: 'max-buckets', ArgumentValue: '0' } });
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
    const token = found.length > limit && last !== undefined ? Buffer.from(last.name).toString('base64url') : undefined;
    const owner = `<Owner>${element('ID', account.canonical_id)}${element('DisplayName', account.display_name)}</Owner>`;
    return {
      body: xmlDocument(
        'ListAllMyBucketsResult',
        `${owner}<Buckets>${buckets}</Buckets>${element('ContinuationToken', token)}${element('Prefix', prefix || undefined)}`,
      ),
    };
  },
});

function decodeToken(token: string | undefined): string {
  return token === undefined ? '' : Buffer.from(token, 'base64url').toString();
}
