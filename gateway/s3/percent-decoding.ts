import { S3Error } from './errors.ts';

const NEEDS_DECODING = /[%\u0080-\uFFFF]/;
const NOT_ASCII = /[\u0080-\uFFFF]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes a part of a request target strictly: every `%` must begin an escape (RFC 3986 section 2.1), and the octets
 * must be UTF-8. Octets that came unescaped, which node hands over as latin1, count as octets too.
 * @throws S3Error `InvalidURI`.
 */
export function decodePercent(encoded: string): string {
  if (!NEEDS_DECODING.test(encoded)) return encoded;
  try {
    const octets = NOT_ASCII.test(encoded) ? utf8.decode(Buffer.from(encoded, 'latin1')) : encoded;
    return decodeURIComponent(octets);
  } catch (cause) {
    throw new S3Error('InvalidURI', { cause });
  }
}
