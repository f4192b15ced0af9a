import { canonicalRequest, stringToSign } from './canonical-request.ts';
import { ALGORITHM, CONTENT_SHA256_HEADER, DATE_HEADER, SERVICE, TOKEN_HEADER } from './constants.ts';
import { formatScope } from './credential-scope.ts';
import { type Credentials, signableHeaders } from './outgoing.ts';
import { sign } from './signature-bytes.ts';
import { deriveSigningKey } from './signing-key.ts';
import { formatTimestamp } from './timestamp.ts';

/** `payload` is the body's SHA-256 in hex or UNSIGNED-PAYLOAD; `now` is in milliseconds since the epoch. */
export interface SignRequestInput {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
  readonly region: string;
  readonly service?: string;
  readonly payload: string;
  readonly now: number;
}

/**
 * Signs a request that we send: the headers to add to it, by lower-case name. Every given header is signed but those that
 * change on the way. A URL object resolves `.` and `..`
 * segments when it is made, so a key with such a segment cannot be signed for through one.
 */
export function signRequest(input: SignRequestInput): Record<string, string> {
  const { method, url, credentials, region, service = SERVICE, payload } = input;
  const timestamp = formatTimestamp(input.now);
  const added = addedHeaders(input, timestamp);
  const headers: Record<string, string> = { host: url.host, ...signableHeaders(input.headers), ...added };
  const signedHeaders = Object.keys(headers).sort();
  const scope = { date: timestamp.slice(0, 8), region, service };
  const canonical = canonicalRequest({
    method,
    path: url.pathname,
    query: url.search.slice(1),
    headers,
    signedHeaders,
    host: headers.host ?? '',
    payloadHash: payload,
  });
  const signingKey = deriveSigningKey({ secretKey: credentials.secretKey, scope });
  const signature = sign(signingKey, stringToSign({ timestamp, scope, canonical }));
  const credential = `${credentials.accessKey}/${formatScope(scope)}`;
  const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return { ...added, authorization };
}

function addedHeaders({ credentials, payload }: SignRequestInput, timestamp: string): Record<string, string> {
  return {
    [DATE_HEADER]: timestamp,
    [CONTENT_SHA256_HEADER]: payload,
    ...(credentials.sessionToken !== undefined && { [TOKEN_HEADER]: credentials.sessionToken }),
  };
}
