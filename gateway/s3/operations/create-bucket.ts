import { headerOf, type RequestHeaders } from '../../http/request-headers.ts';
import type { Tags } from '../../services/tags.ts';
import { ACL_HEADERS, parseAclHeaders } from '../acl-headers.ts';
import { requireAllowed } from '../authorize.ts';
import { S3Error } from '../errors.ts';
import { parseBucketName } from '../names.ts';
import { type Call, serviceOperation } from '../operation.ts';
import { OWNERSHIP_HEADER, parseOwnershipHeader } from '../ownership-document.ts';
import { readDocument } from '../request-body.ts';
import { StrictElement } from '../strict-element.ts';
import { MAX_TAGGING_BYTES, parseTagSet } from '../tagging.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { parseXml } from '../xml.ts';

const HEADERS: ReadonlySet<string> = new Set([...ACL_HEADERS, OWNERSHIP_HEADER]);

/** Of directory buckets. */
const UNSUPPORTED_ELEMENTS = ['Bucket', 'Location'];

/** "If ObjectLockEnabledForBucket is set to true [...], s3:PutBucketObjectLockConfiguration and s3:PutBucketVersioning". */
const OBJECT_LOCK_ACTIONS = ['s3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning'];

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
    refuseUnsupportedHeaders(headers, HEADERS);
    return {
      name: parseBucketName(address.bucket ?? ''),
      ownership: parseOwnershipHeader(headers),
      acl: parseAclHeaders(headers, 'bucket'),
      objectLock: parseObjectLock(headers),
      // One of unknown length is one, too.
      hasBody: Number(headerOf(headers, 'content-length') ?? 0) > 0 || headers['transfer-encoding'] !== undefined,
    };
  },
  async handle({ name, objectLock, hasBody, ownership, acl: requested }, call) {
    const { principal } = call.authenticated;
    if (principal.kind === 'anonymous') throw new S3Error('AccessDenied');
    const { account } = principal;
    const { tags } = hasBody ? await readConfiguration(call) : NOTHING;
    const resource = { kind: 'service', bucketName: name } as const;
    // "s3:TagResource: This permission is required" with them.
    if (tags !== undefined) await requireAllowed(call, 's3:TagResource', resource);
    for (const action of objectLock ? OBJECT_LOCK_ACTIONS : []) await requireAllowed(call, action, resource);
    if (ownership !== undefined) await requireAllowed(call, 's3:PutBucketOwnershipControls', resource);
    if (requested !== undefined) await requireAllowed(call, 's3:PutBucketAcl', resource);
    const { acls, buckets } = call.services;
    const owned = await acls.ofNewBucket({ account, ownership, requested });
    await buckets.create({ name, account, objectLock, tags, ...owned });
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

interface BucketConfiguration {
  readonly tags?: Tags | undefined;
}

const NOTHING: BucketConfiguration = {};

/** @throws S3Error `InvalidLocationConstraint`, `MalformedXML`, `NotImplemented`; Failure `BadRequest`, `InvalidTag` */
async function readConfiguration(call: Call): Promise<BucketConfiguration> {
  const root = parseXml(await readDocument(call, MAX_TAGGING_BYTES), 'CreateBucketConfiguration');
  const unsupported = root.elements.find(({ name }) => UNSUPPORTED_ELEMENTS.includes(name));
  if (unsupported !== undefined) throw new S3Error('NotImplemented', { detail: { Element: unsupported.name } });
  const configuration = new StrictElement(root, { once: ['LocationConstraint', 'Tags'] });
  requireRegion(configuration.text('LocationConstraint') ?? '', call.region);
  const tags = configuration.one('Tags');
  return { tags: tags === undefined ? undefined : parseTagSet(tags, 'new bucket') };
}

/**
 * Buckets live in the gateway's region. "us-east-1" is what an absent or empty constraint means to S3; here it means
 * the gateway's own. @throws S3Error `InvalidLocationConstraint`
 */
function requireRegion(constraint: string, region: string): void {
  if (constraint === '' || constraint === region) return;
  throw new S3Error('InvalidLocationConstraint', { detail: { LocationConstraint: constraint } });
}
