import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import { parseChecksumHeader, parseContentMd5 } from './request-body.ts';

/**
 * Whether a request says what the digest of its body is: Content-MD5, or a checksum in a header or in the trailer
 * ("Checking object integrity in Amazon S3"). @throws S3Error `InvalidDigest`, `InvalidRequest` for one that cannot be
 */
export function hasDigest(headers: RequestHeaders): boolean {
  if (parseContentMd5(headers) !== undefined || parseChecksumHeader(headers) !== undefined) return true;
  return headerOf(headers, 'x-amz-trailer') !== undefined;
}
