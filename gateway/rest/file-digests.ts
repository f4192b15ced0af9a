import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { ExpectedDigests } from '../services/digests.ts';
import { Problem } from './problem.ts';

const SHA256_BYTES = 32;
const MD5_BYTES = 16;
/** A member of a dictionary of digests (RFC 9530 section 2, RFC 8941 section 3.2): `sha-256=:base64:`. */
const SHA256_MEMBER = /(?:^|,)[ \t]*sha-256[ \t]*=([^,]*)/gi;
const BYTE_SEQUENCE = /^[ \t]*:([A-Za-z0-9+/=]*):[ \t]*$/;

/** Stores the SHA-256 of a file whatever its client says of it. */
export const COMPUTED_SHA256: ExpectedDigests = { checksum: { algorithm: 'SHA256', expected: () => undefined } };

/**
 * What the client says of the bytes that it sends: `Content-MD5`, `Repr-Digest` and `Content-Digest` with `sha-256` (other
 * algorithms are passed over, as RFC 9530 lets a recipient), and `X-Content-SHA256` in hex.
 * @throws Problem `invalid-request` for what is no digest, and for two that are not the same
 */
export function expectedDigests(headers: RequestHeaders): ExpectedDigests {
  const md5 = base64Digest(headers, 'content-md5');
  const announced = [
    ...structuredDigests(headers, 'repr-digest'),
    ...structuredDigests(headers, 'content-digest'),
    ...hexDigests(headers),
  ];
  const [sha256] = announced;
  if (announced.some((other) => sha256 !== undefined && !other.equals(sha256))) {
    throw new Problem('invalid-request', { detail: 'The digests of the request are not the same.' });
  }
  return { md5, checksum: { algorithm: 'SHA256', expected: () => sha256?.toString('base64') } };
}

function base64Digest(headers: RequestHeaders, name: string): Buffer | undefined {
  const value = headerOf(headers, name);
  return value === undefined ? undefined : decode(value, { name, sizeBytes: MD5_BYTES });
}

function structuredDigests(headers: RequestHeaders, name: string): Buffer[] {
  return Array.from((headerOf(headers, name) ?? '').matchAll(SHA256_MEMBER), ([, item = '']) =>
    decode(BYTE_SEQUENCE.exec(item)?.[1] ?? '', { name, sizeBytes: SHA256_BYTES }),
  );
}

function hexDigests(headers: RequestHeaders): Buffer[] {
  const name = 'x-content-sha256';
  const value = headerOf(headers, name);
  if (value === undefined) return [];
  if (!/^[0-9a-f]{64}$/i.test(value)) throw noDigest(name);
  return [Buffer.from(value, 'hex')];
}

function decode(text: string, { name, sizeBytes }: { readonly name: string; readonly sizeBytes: number }): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.byteLength !== sizeBytes || bytes.toString('base64') !== text) throw noDigest(name);
  return bytes;
}

function noDigest(name: string): Problem {
  return new Problem('invalid-request', { errors: [{ field: name, message: 'is no digest of that kind' }] });
}
