const SURROGATES_START = 0xd800;
const SURROGATES_END = 0xdfff;
const LAST_CODE_POINT = 0x10ffff;

/**
 * The smallest string above every string that begins with `prefix`, in the order of UTF-8 bytes (which is the order of
 * code points); undefined when nothing is above them.
 */
export function prefixEnd(prefix: string): string | undefined {
  // Nearly always: the last character is one unit, and so is the next one.
  const lastUnit = prefix.charCodeAt(prefix.length - 1);
  if (lastUnit < SURROGATES_START - 1) return prefix.slice(0, -1) + String.fromCharCode(lastUnit + 1);
  const codePoints = Array.from(prefix, (character) => character.codePointAt(0) as number); // never empty
  while (codePoints.length > 0) {
    const last = codePoints.pop() as number; // the loop's condition
    if (last === LAST_CODE_POINT) continue;
    const next = last + 1;
    codePoints.push(next >= SURROGATES_START && next <= SURROGATES_END ? SURROGATES_END + 1 : next);
    return String.fromCodePoint(...codePoints);
  }
  return undefined;
}
