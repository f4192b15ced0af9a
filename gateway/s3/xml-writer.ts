/** The namespace of every S3 reply but an error. */
export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
// The second half is everything that XML 1.0 does not allow as it is, and the carriage return that parsers would fold.
const NEEDS_ESCAPE = /[&<>"']|[^\t\n\u0020-\uFFFD]/;
const EACH_ESCAPE = /[&<>"']|[^\t\n\u0020-\uFFFD]/g;
const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * Text as the content of an element or attribute.
 *
 * Carriage returns and characters outside XML 1.0 become numeric references (`&#xD;`, `&#x1;`), as S3 sends them:
 * "XML related object key constraints" in AWS's "Naming Amazon S3 objects". A strict parser refuses the latter; a client
 * that has such keys asks for `encoding-type=url`.
 */
export function escapeXml(text: string): string {
  return NEEDS_ESCAPE.test(text) ? text.replace(EACH_ESCAPE, escapeCharacter) : text;
}

/** `<name>text</name>` with the text escaped; nothing at all when there is no text to tell. */
export function element(name: string, text: string | number | boolean | undefined): string {
  if (text === undefined) return '';
  return `<${name}>${typeof text === 'string' ? escapeXml(text) : text}</${name}>`;
}

/** A whole reply: declaration, `root` in S3's namespace, and `body`, which is XML already. */
export function xmlDocument(root: string, body: string): string {
  return `${openDocument(root)}${body}</${root}>`;
}

/** The beginning of a reply, up to and with the start tag of `root`. */
export function openDocument(root: string): string {
  return `${DECLARATION}<${root} xmlns="${S3_NAMESPACE}">`;
}

/** A whole reply without a namespace, as S3 sends its errors. */
export function plainXmlDocument(root: string, body: string): string {
  return `${DECLARATION}<${root}>${body}</${root}>`;
}

const URL_SAFE = /^[\w.*/-]*$/;
const EACH_URL_UNSAFE_LEFT = /%2F|[!'()~]/g;

/**
 * A key, prefix, delimiter or marker for a listing, not yet XML-escaped. With `encoding-type=url` it is percent-encoded
 * as UTF-8 with `/` kept ("EncodingType" of ListObjectsV2).
 *
 * A space is `%20` and a plus `%2B`: botocore, minio and the Go and Java SDKs decode `+` as a space, others do not, and
 * both kinds read these two right.
 */
export function encodeKey(text: string, encodingType: 'url' | undefined): string {
  if (encodingType === undefined || URL_SAFE.test(text)) return text;
  return encodeURIComponent(text).replace(EACH_URL_UNSAFE_LEFT, (found) => (found === '%2F' ? '/' : percent(found)));
}

function escapeCharacter(character: string): string {
  return NAMED[character] ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
}

function percent(ascii: string): string {
  return `%${ascii.charCodeAt(0).toString(16).toUpperCase()}`;
}
