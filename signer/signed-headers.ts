import type { IncomingHttpHeaders } from 'node:http';
import { AMZ_PREFIX, CONTENT_SHA256_HEADER } from './constants.ts';
import type { SignatureClaim } from './signature-claim.ts';
import { SignatureError } from './signature-error.ts';

const TOKEN_LIST = /^[!#$%&'*+.^_`|~0-9a-z-]+(?:;[!#$%&'*+.^_`|~0-9a-z-]+)*$/;

function isSorted(names: readonly string[]): boolean {
  for (let at = 1; at < names.length; at++) {
    if ((names[at - 1] ?? '') > (names[at] ?? '')) return false;
  }
  return true;
}

/** `host;x-amz-date` as lower-case sorted names; undefined unless it is a list of header names. */
export function parseSignedHeaders(text: string): readonly string[] | undefined {
  const list = text.toLowerCase();
  if (!TOKEN_LIST.test(list)) return undefined;
  const names = list.split(';');
  return isSorted(names) ? names : names.sort();
}

/**
 * `host` and every `x-amz-*` header must be signed, or whoever holds a presigned URL could add, for instance,
 * `x-amz-copy-source` to it. A presigned URL's digest header alone may stay unsigned: it is about the body, which the
 * URL was made before. Throws AccessDenied with `HeadersNotSigned`.
 */
export function requireSigned(headers: IncomingHttpHeaders, claim: SignatureClaim): void {
  const unsigned = claim.signedHeaders.includes('host') ? [] : ['host'];
  for (const name in headers) {
    if (!name.startsWith(AMZ_PREFIX) || claim.signedHeaders.includes(name)) continue;
    if (claim.kind === 'header' || name !== CONTENT_SHA256_HEADER) unsigned.push(name);
  }
  if (unsigned.length === 0) return;
  throw new SignatureError('AccessDenied', 'There were headers present in the request which were not signed', {
    HeadersNotSigned: unsigned.join(', '),
  });
}
