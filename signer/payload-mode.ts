import {
  STREAMING_SIGNED,
  STREAMING_SIGNED_TRAILER,
  STREAMING_UNSIGNED_TRAILER,
  UNSIGNED_PAYLOAD,
} from './constants.ts';
import { SignatureError } from './signature-error.ts';

/**
 * What the signature says about the body: its SHA-256 (lower-case hex), nothing, or that it comes in aws-chunked chunks,
 * each signed or not, with a trailer after them or not.
 */
export type PayloadMode =
  | { readonly kind: 'signed'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean };

const SHA256_HEX = /^[0-9a-f]{64}$/;
const UNSIGNED: PayloadMode = { kind: 'unsigned' };

const NAMED_MODES: ReadonlyMap<string, PayloadMode> = new Map<string, PayloadMode>([
  [UNSIGNED_PAYLOAD, UNSIGNED],
  [STREAMING_SIGNED, { kind: 'chunked', signed: true, trailer: false }],
  [STREAMING_SIGNED_TRAILER, { kind: 'chunked', signed: true, trailer: true }],
  [STREAMING_UNSIGNED_TRAILER, { kind: 'chunked', signed: false, trailer: true }],
]);

/**
 * Reads a value of `x-amz-content-sha256`. Throws NotImplemented for the Signature V4A (ECDSA) streams and
 * InvalidArgument for anything unknown.
 * Source: "Authenticating Requests: Using the Authorization Header", S3 API Reference, x-amz-content-sha256.
 */
export function parsePayloadMode(value: string): PayloadMode {
  // First what nearly every request says, as nearly every client writes it.
  if (SHA256_HEX.test(value)) return { kind: 'signed', sha256: value };
  const named = NAMED_MODES.get(value);
  if (named !== undefined) return named;
  const lowerCase = value.toLowerCase();
  if (SHA256_HEX.test(lowerCase)) return { kind: 'signed', sha256: lowerCase };
  if (value.startsWith('STREAMING-AWS4-ECDSA-')) {
    throw new SignatureError('NotImplemented', 'Signature Version 4A (ECDSA) payloads are not implemented.');
  }
  throw new SignatureError(
    'InvalidArgument',
    `x-amz-content-sha256 must be ${[...NAMED_MODES.keys()].join(', ')}, or a valid sha256 value.`,
    { ArgumentName: 'x-amz-content-sha256', ArgumentValue: value },
  );
}
