const NOT_ASCII = /[\u0080-\uFFFF]/;
const EACH_NOT_ASCII = /[\u0080-\u00FF]/g;
const LONE_SURROGATE = /\p{Surrogate}/u;
const EACH_KEPT_OCTET = /[\uDC80-\uDCFF]/g;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A header value as the text it means. Node hands octets over as latin1; S3 and its clients mean UTF-8. Octets that are
 * not UTF-8 are kept one by one as U+DC80 to U+DCFF, which no UTF-8 contains, so that `encodeHeaderText` gives back
 * the same octets.
 */
export function decodeHeaderText(value: string): string {
  if (!NOT_ASCII.test(value)) return value;
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value.replace(EACH_NOT_ASCII, (octet) => String.fromCharCode(octet.charCodeAt(0) + 0xdc00));
  }
}

/** Text as the latin1 string whose octets are its UTF-8: what node's `setHeader` takes. Undoes `decodeHeaderText`. */
export function encodeHeaderText(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text, 'utf8').toString('latin1');
  return text.replace(EACH_KEPT_OCTET, (kept) => String.fromCharCode(kept.charCodeAt(0) - 0xdc00));
}

/** Everything but visible characters, spaces and tabs (RFC 9110 section 5.5). */
const CONTROL_CHARACTER = /[^\t\u0020-\u007E\u0080-\uFFFF]/;

/** Whether a value cannot end its header and begin another one. */
export function isHeaderSafe(value: string): boolean {
  return !CONTROL_CHARACTER.test(value);
}
