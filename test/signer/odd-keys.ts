import fc from 'fast-check';

/** Keys that signers and servers get wrong. */
export const ODD_KEYS: readonly string[] = [
  'plain.txt',
  'with space',
  ' leading and trailing ',
  'a+b',
  'a%2Bb',
  '100%',
  'a//b',
  '/leading',
  'trailing/',
  './a',
  'a/../b',
  'a/./b/..',
  '..',
  'é/日本語/🎉',
  "!*'()",
  '~tilde',
  'a=b&c=d',
  'a?b#c',
  '$@:,;',
  '"quoted" <tag> {brace} [bracket] \\ ^ ` |',
  '\u0001\t\u007f',
  'x'.repeat(1024),
  '/'.repeat(1024),
  '%'.repeat(1024),
  'é'.repeat(512),
];

const segment = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', '.', '..', ' ', '+', '%', '%20', '%2F', '&', '=', '?', '#', '~', '*'),
);

/** Any key of 1 to 1,024 bytes, most of them odd. */
export const anyKey: fc.Arbitrary<string> = fc
  .array(segment, { minLength: 1, maxLength: 30 })
  .map((segments) => segments.join('/'))
  .filter((key) => key !== '' && Buffer.byteLength(key) <= 1024);

/** A key as S3's clients put it on the wire: every byte but the unreserved ones and the slash percent-encoded. */
export function encodeKey(key: string): string {
  const encoded = encodeURIComponent(key).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return encoded.replaceAll('%2F', '/');
}
