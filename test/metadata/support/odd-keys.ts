import fc from 'fast-check';

/**
 * Characters that collide, sort or encode in ways that are easily got wrong: around the surrogates, where the order of
 * UTF-16 units is not that of bytes, at both ends of what there is, and what SQL or paths treat as special.
 */
const CHARACTERS = [
  'a',
  'b',
  '/',
  '/',
  '-',
  '%',
  '_',
  "'",
  ' ',
  '\\',
  '\u0001',
  '\u007f',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{1f600}',
  '\u{10ffff}',
] as const;

const character = fc.constantFrom(...CHARACTERS);

/** Short, so that they often share beginnings. */
export const oddKey: fc.Arbitrary<string> = fc.string({ unit: character, minLength: 1, maxLength: 6 });

export const oddPrefix: fc.Arbitrary<string> = fc.string({ unit: character, maxLength: 2 });

/** None, one character, or several. */
export const oddDelimiter: fc.Arbitrary<string> = fc.oneof(
  fc.constant(''),
  fc.constant('/'),
  fc.string({ unit: character, minLength: 1, maxLength: 2 }),
);

/** The order in which S3 lists keys: "UTF-8 binary order". */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
