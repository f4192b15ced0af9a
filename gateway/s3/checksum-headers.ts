import type { Checksum } from '../services/checksums.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';

/** A checksum as reply headers: its value, and whether it is of the whole or of the parts' checksums. */
export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  return {
    [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.value,
    'x-amz-checksum-type': checksum.type,
  };
}

/** "To retrieve the checksum, this mode must be enabled" (GetObject, HeadObject). */
export function wantsChecksum(headers: RequestHeaders): boolean {
  return headerOf(headers, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
}
