import { S3Error } from '../errors.ts';
import { parseBucketName } from '../names.ts';
import { type Call, serviceOperation } from '../operation.ts';
import { readDocument } from '../request-body.ts';
import { headerOf, type RequestHeaders } from '../request-headers.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseXml } from '../xml.ts';

const MAX_DOCUMENT_BYTES = 64 * 1024;
/** Of directory buckets, and tags. */
const UNSUPPORTED_ELEMENTS = ['Bucket', 'Location', 'Tags'];

/**
 * "CreateBucket": a name that is free and that the caller's bucket-prefix claims allow.
 *
 * A name that the caller owns already is `BucketAlreadyOwnedByYou` in every region: that us-east-1 answers 200 is kept
 * "for legacy compatibility" alone, and hides from a client that the bucket is not the one that it has just made.
 */
export const createBucket = serviceOperation({
  name: 'CreateBucket',
  method: 'PUT',
  scope: 'bucket',
  action: 's3:CreateBucket',
  input({ headers, address }) {
    refuseUnsupportedHeaders(headers);
    return {
      name: parseBucketName(address.bucket ?? ''),
      objectLock: parseObjectLock(headers),
      // One of unknown length is one, too.
      hasBody: Number(headerOf(headers, 'content-length') ?? 0) > 0 || headers['transfer-encoding'] !== undefined,
    };
  },
  async handle({ name, objectLock, hasBody }, call) {
    const { principal } = call.authenticated;
    if (principal.kind === 'anonymous') throw new S3Error('AccessDenied');
    if (hasBody) await requireRegion(call);
    await call.services.buckets.create({ name, account: principal.account, region: call.region, objectLock });
    return { headers: { location: `/${name}` } };
  },
});

/** "Specifies whether you want S3 Object Lock to be enabled for the new bucket." @throws S3Error `InvalidArgument` */
function parseObjectLock(headers: RequestHeaders): boolean {
  const name = 'x-amz-bucket-object-lock-enabled';
  const value = headerOf(headers, name)?.toLowerCase() ?? 'false';
  if (value === 'true' || value === 'false') return value === 'true';
  throw new S3Error('InvalidArgument', { detail: { ArgumentName: name, ArgumentValue: value } });
}

/**
 * Buckets live in the gateway's region. "us-east-1" is what an absent or empty constraint means to S3; here it means
 * the gateway's own. @throws S3Error `InvalidLocationConstraint`, `MalformedXML`, `NotImplemented`
 */
async function requireRegion(call: Call): Promise<void> {
  const document = parseXml(await readDocument(call, MAX_DOCUMENT_BYTES), 'CreateBucketConfiguration');
  for (const { name } of document.elements) {
    if (UNSUPPORTED_ELEMENTS.includes(name)) throw new S3Error('NotImplemented', { detail: { Element: name } });
    if (name !== 'LocationConstraint') throw new S3Error('MalformedXML');
  }
  if (document.elements.length > 1) throw new S3Error('MalformedXML');
  const constraint = document.text('LocationConstraint') ?? '';
  if (constraint === '' || constraint === call.region) return;
  throw new S3Error('InvalidLocationConstraint', { detail: { LocationConstraint: constraint } });
}
