import { isUtf8 } from 'node:buffer';
import { SignatureError } from './signature-error.ts';

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;
const UNRESERVED_PATH = /^[A-Za-z0-9\-._~/]*$/;
const PERCENT = 0x25;

function encodingTable(exceptions: Readonly<Record<string, string>>): readonly string[] {
  return Array.from({ length: 256 }, (_, byte) => {
    const character = String.fromCharCode(byte);
    if (UNRESERVED.test(character)) return character;
    return exceptions[character] ?? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

const COMPONENT = encodingTable({});
const PATH = encodingTable({ '/': '/' });
// Only a plus that is literally on the wire is a space; one that was percent-encoded is a plus.
const QUERY_LITERAL = encodingTable({ '+': '%20' });

const HEX_VALUES: readonly number[] = Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? -1 : value;
});

function invalidUri(): SignatureError {
  return new SignatureError('InvalidURI', "Couldn't parse the specified URI.");
}

function percentByte(text: string, at: number): number {
  const high = HEX_VALUES[text.charCodeAt(at + 1)] ?? -1;
  const low = HEX_VALUES[text.charCodeAt(at + 2)] ?? -1;
  if (high < 0 || low < 0) throw invalidUri();
  return high * 16 + low;
}

/** Percent-decodes and encodes again in one pass, byte by byte: on the wire, one code unit is one byte. */
function recode(text: string, tables: { readonly literal: readonly string[]; readonly decoded: readonly string[] }) {
  let encoded = '';
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === PERCENT) {
      encoded += tables.decoded[percentByte(text, at)];
      at += 2;
    } else {
      const literal = tables.literal[code];
      if (literal === undefined) throw invalidUri();
      encoded += literal;
    }
  }
  return encoded;
}

const PATH_TABLES = { literal: PATH, decoded: PATH };
const QUERY_TABLES = { literal: QUERY_LITERAL, decoded: COMPONENT };

const BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
const BYTE_TABLES = { literal: BYTES.with(0x2b, ' '), decoded: BYTES };

/**
 * The canonical URI of a path as it is on the wire: decoded, then encoded once as S3 does, with nothing normalised, so
 * that `//`, `.` and `..` stay parts of the key. Throws InvalidURI for malformed percent-encoding.
 * Source: "Signature Calculations for the Authorization Header", S3 API Reference, UriEncode().
 */
export function canonicalPath(path: string): string {
  if (path === '') return '/';
  return UNRESERVED_PATH.test(path) ? path : recode(path, PATH_TABLES);
}

/** One name or value of a query string in canonical form; a literal `+` is a space, as S3 reads it. */
export function canonicalQueryComponent(text: string): string {
  return UNRESERVED.test(text) ? text : recode(text, QUERY_TABLES);
}

/** The text of one name or value of a query string. Throws InvalidURI when it is not percent-encoded UTF-8. */
export function decodeQueryComponent(text: string): string {
  if (UNRESERVED.test(text)) return text;
  const bytes = Buffer.from(recode(text, BYTE_TABLES), 'latin1');
  if (!isUtf8(bytes)) throw invalidUri();
  return bytes.toString('utf8');
}

/** S3's UriEncode of a text: every byte of its UTF-8 except the unreserved characters. */
export function encodeComponent(text: string): string {
  if (UNRESERVED.test(text)) return text;
  let encoded = '';
  for (const byte of Buffer.from(text, 'utf8')) encoded += COMPONENT[byte];
  return encoded;
}
