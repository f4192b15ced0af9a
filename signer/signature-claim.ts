import type { IncomingHttpHeaders } from 'node:http';
import type { CredentialScope } from './credential-scope.ts';
import type { PayloadMode } from './payload-mode.ts';

/**
 * A request as it arrived. `target` is the request-target exactly as on the wire (`/b/k%20x?list-type=2`, or in absolute
 * form `http://host/b/k`); `headers` have lower-case names, as node:http gives them.
 */
export interface IncomingRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** In hexadecimal, of services other than S3: their clients sign it and send it in no header. */
  readonly bodySha256?: string;
}

/** What a request says of its own signature. Nothing in it is proven until `verifyRequest` has returned. */
export interface SignatureClaim {
  readonly kind: 'header' | 'query';
  readonly accessKey: string;
  readonly scope: CredentialScope;
  /** Lower-case and sorted. */
  readonly signedHeaders: readonly string[];
  /** As sent; 64 hexadecimal digits once verified. */
  readonly signature: string;
  /** ISO 8601 basic format, `20260101T000000Z`. */
  readonly timestamp: string;
  /** `timestamp` in milliseconds since the epoch. */
  readonly signedAt: number;
  /** 1..604800, only of a presigned URL. */
  readonly expiresInSeconds?: number;
  readonly payload: PayloadMode;
  /** The payload line of the canonical request: the value of x-amz-content-sha256, or UNSIGNED-PAYLOAD. */
  readonly payloadHash: string;
  readonly sessionToken?: string;
}
