import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { RequestedAcl } from '../services/acl/index.ts';
import { MAX_ACL_BYTES, parseAcl } from './acl.ts';
import { ACL_HEADERS, CANNED_ACL, parseAclHeaders } from './acl-headers.ts';
import { S3Error } from './errors.ts';
import type { BucketCall } from './operation.ts';
import { readDocument } from './request-body.ts';
import { refuseUnsupportedHeaders } from './unsupported.ts';

/** The ACL in the headers of PutBucketAcl and PutObjectAcl, if any. @throws S3Error as `parseAclHeaders` */
export function readAclHeaders(headers: RequestHeaders, kind: 'bucket' | 'object'): RequestedAcl | undefined {
  refuseUnsupportedHeaders(headers, ACL_HEADERS);
  return parseAclHeaders(headers, kind);
}

/**
 * The ACL that is to be put: that of the headers, or else that of the body.
 * @throws S3Error `UnexpectedContent` for both, `MissingSecurityHeader` for none, and as `parseAcl`
 */
export async function readAcl(call: BucketCall, given: RequestedAcl | undefined): Promise<RequestedAcl> {
  const { headers } = call.request;
  if (given === undefined) return parseAcl(await readAclDocument(call));
  if (hasBody(headers)) throw new S3Error('UnexpectedContent');
  return given;
}

async function readAclDocument(call: BucketCall): Promise<Buffer> {
  if (hasBody(call.request.headers)) return readDocument(call, MAX_ACL_BYTES);
  throw new S3Error('MissingSecurityHeader', { detail: { MissingHeaderName: CANNED_ACL } });
}

function hasBody(headers: RequestHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headerOf(headers, 'content-length') ?? 0) > 0;
}
