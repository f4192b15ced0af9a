import { canonicalQuery } from './canonical-query.ts';
import { canonicalRequest, stringToSign } from './canonical-request.ts';
import {
  ALGORITHM,
  ALGORITHM_PARAMETER,
  CREDENTIAL_PARAMETER,
  DATE_PARAMETER,
  EXPIRES_PARAMETER,
  MAX_EXPIRES_SECONDS,
  SERVICE,
  SIGNATURE_PARAMETER,
  SIGNED_HEADERS_PARAMETER,
  TOKEN_PARAMETER,
  UNSIGNED_PAYLOAD,
} from './constants.ts';
import { type CredentialScope, formatScope } from './credential-scope.ts';
import { type Credentials, signableHeaders } from './outgoing.ts';
import { encodeComponent } from './percent-encoding.ts';
import { sign } from './signature-bytes.ts';
import { deriveSigningKey } from './signing-key.ts';
import { formatTimestamp } from './timestamp.ts';

/** `headers` are those the URL's user must send with exactly these values; `now` is in milliseconds since the epoch. */
export interface PresignUrlInput {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
  readonly region: string;
  readonly service?: string;
  readonly expiresInSeconds: number;
  readonly now: number;
}

/**
 * A URL that acts for its signer until it expires; the payload is not signed. Throws RangeError unless
 * `expiresInSeconds` is an integer from 1 to 604800.
 */
export function presignUrl(input: PresignUrlInput): URL {
  const { url, region, service = SERVICE, expiresInSeconds } = input;
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > MAX_EXPIRES_SECONDS) {
    throw new RangeError(`expiresInSeconds must be an integer from 1 to ${MAX_EXPIRES_SECONDS}`);
  }
  const timestamp = formatTimestamp(input.now);
  const scope = { date: timestamp.slice(0, 8), region, service };
  const headers: Record<string, string> = { host: url.host, ...signableHeaders(input.headers ?? {}) };
  const signedHeaders = Object.keys(headers).sort();
  const query = unsignedQuery(input, { timestamp, scope, signedHeaders });
  const canonical = canonicalRequest({
    method: input.method,
    path: url.pathname,
    query,
    headers,
    signedHeaders,
    host: headers.host ?? '',
    payloadHash: UNSIGNED_PAYLOAD,
  });
  const signingKey = deriveSigningKey({ secretKey: input.credentials.secretKey, scope });
  const presigned = new URL(url);
  presigned.search = `${query}&${SIGNATURE_PARAMETER}=${sign(signingKey, stringToSign({ timestamp, scope, canonical }))}`;
  return presigned;
}

function unsignedQuery(
  { url, credentials, expiresInSeconds }: PresignUrlInput,
  signing: { readonly timestamp: string; readonly scope: CredentialScope; readonly signedHeaders: readonly string[] },
): string {
  const own = canonicalQuery(url.search.slice(1));
  const parameters = [
    ...(own === '' ? [] : [own]),
    `${ALGORITHM_PARAMETER}=${ALGORITHM}`,
    `${CREDENTIAL_PARAMETER}=${encodeComponent(`${credentials.accessKey}/${formatScope(signing.scope)}`)}`,
    `${DATE_PARAMETER}=${signing.timestamp}`,
    `${EXPIRES_PARAMETER}=${expiresInSeconds}`,
    `${SIGNED_HEADERS_PARAMETER}=${encodeComponent(signing.signedHeaders.join(';'))}`,
  ];
  if (credentials.sessionToken !== undefined) {
    parameters.push(`${TOKEN_PARAMETER}=${encodeComponent(credentials.sessionToken)}`);
  }
  return parameters.join('&');
}
