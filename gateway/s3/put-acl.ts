import { type AclGrant, MAX_ACL_BYTES, parseAcl, requireOwnersAcl } from './acl.ts';
import { CANNED_ACL, GRANT_HEADERS, type HeaderAcl, parseAclHeaders } from './acl-headers.ts';
import { S3Error } from './errors.ts';
import type { BucketCall } from './operation.ts';
import { readDocument } from './request-body.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';
import { refuseUnsupportedHeaders } from './unsupported.ts';

/** The ACL in the headers of PutBucketAcl and PutObjectAcl, if any. @throws S3Error as it is none that may be put */
export function readAclHeaders(headers: RequestHeaders): HeaderAcl | undefined {
  refuseUnsupportedHeaders(headers, GRANT_HEADERS);
  return parseAclHeaders(headers);
}

/**
 * Takes an ACL that changes nothing, which is all that there are as long as the owner of a bucket owns what is in it.
 * @throws S3Error `AccessControlListNotSupported` for another, `UnexpectedContent`, `MissingSecurityHeader`, `MalformedACLError`
 */
export async function putAcl(call: BucketCall, given: HeaderAcl | undefined): Promise<void> {
  const grants = given === undefined ? parseAcl(await readAclDocument(call)) : takeHeaders(call, given);
  if (grants !== undefined) await requireOwnersAcl(grants, call.services, call.bucket);
}

/** Undefined: one of the canned ACLs that say what holds. */
function takeHeaders({ request }: BucketCall, { canned, grants }: HeaderAcl): readonly AclGrant[] | undefined {
  if (hasBody(request.headers)) throw new S3Error('UnexpectedContent');
  return canned === undefined ? grants : undefined;
}

async function readAclDocument(call: BucketCall): Promise<Buffer> {
  if (hasBody(call.request.headers)) return readDocument(call, MAX_ACL_BYTES);
  throw new S3Error('MissingSecurityHeader', { detail: { MissingHeaderName: CANNED_ACL } });
}

function hasBody(headers: RequestHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headerOf(headers, 'content-length') ?? 0) > 0;
}
