import type { ByteRange } from '../backends/index.ts';
import type { Checksum } from './checksums.ts';
import type { ObjectInfo } from './object-info.ts';

/** What is known of a part, in the order of the parts. */
export interface SummedPart {
  readonly size_bytes: number;
  readonly checksum_value: string | null;
}

/**
 * The checksum of some bytes of an object: its own for all of them, and a part's own where a composite one was made of it
 * ("specifying a part number or byte range that aligns with a single part", "Using part-level checksums"). Undefined for
 * other bytes: the checksum of the whole would only mislead.
 */
export function rangeChecksum(
  { checksum, sizeBytes }: Pick<ObjectInfo, 'checksum' | 'sizeBytes'>,
  { parts, range }: { readonly parts: readonly SummedPart[] | undefined; readonly range: ByteRange },
): Checksum | undefined {
  if (checksum?.type !== 'COMPOSITE') return isRange(range, { start: 0, sizeBytes }) ? checksum : undefined;
  let start = 0;
  for (const { size_bytes: partBytes, checksum_value: value } of parts ?? []) {
    if (value !== null && isRange(range, { start, sizeBytes: partBytes })) return { ...checksum, value };
    start += partBytes;
  }
  return undefined;
}

function isRange({ start, end }: ByteRange, expected: { readonly start: number; readonly sizeBytes: number }): boolean {
  return start === expected.start && end === expected.start + expected.sizeBytes - 1;
}
