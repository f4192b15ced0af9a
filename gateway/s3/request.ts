import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { IncomingRequest } from '../../signer/index.ts';
import type { Address } from './address.ts';
import type { KeyTransport } from './customer-key-headers.ts';

/** A request as the steps see it: read once at the edge, never changed. */
export interface S3Request {
  /** What the reply names in x-amz-request-id. */
  readonly id: string;
  readonly method: string;
  /** As on the wire: signatures are over these very characters. */
  readonly wire: IncomingRequest;
  /** The headers, and those that a presigned URL carries in its query instead. */
  readonly headers: IncomingHttpHeaders;
  readonly address: Address;
  /** The bucket, where the host names it: virtual-host style. */
  readonly hostBucket: string | undefined;
  /** Scheme and host by which clients reach the gateway. */
  readonly origin: string;
  /** Whose connection it is, or who a trusted proxy says that it forwards for. */
  clientAddress(): string;
  /** Whether it may bring a customer's key. */
  readonly keyTransport: KeyTransport;
  /** Host values besides the Host header's that a client may have signed. */
  readonly signedHosts: readonly string[];
  /** Whether a host that was signed leads to the address that is asked for: a proxy may have changed the Host header. */
  leadsHere(signedHost: string): boolean;
  /** The raw body. The first call tells a client that waits for `100 Continue` to go on. */
  openBody(): Readable;
}
