import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { canonicalHeaders } from './canonical-headers.ts';
import { canonicalQuery } from './canonical-query.ts';
import { ALGORITHM } from './constants.ts';
import { type CredentialScope, formatScope } from './credential-scope.ts';
import { canonicalPath } from './percent-encoding.ts';

/**
 * The canonical request of a raw path and query. Header values are kept as node:http gives them, one code unit a byte, so it is to be hashed and
 * shown by its latin1 bytes. Throws InvalidURI for malformed percent-encoding.
 * Source: "Signature Calculations for the Authorization Header", S3 API Reference, Task 1.
 */
export function canonicalRequest(input: {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly signedHeaders: readonly string[];
  readonly host: string;
  readonly payloadHash: string;
}): string {
  const path = canonicalPath(input.path);
  const query = canonicalQuery(input.query);
  return `${input.method}\n${path}\n${query}\n${canonicalHeaders(input)}\n${input.signedHeaders.join(';')}\n${input.payloadHash}`;
}

/** The string to sign of a canonical request (Task 2 of the same page). */
export function stringToSign(input: {
  readonly timestamp: string;
  readonly scope: CredentialScope;
  readonly canonical: string;
}): string {
  const digest = hash('sha256', Buffer.from(input.canonical, 'latin1'), 'hex');
  return `${ALGORITHM}\n${input.timestamp}\n${formatScope(input.scope)}\n${digest}`;
}
