import { incompleteBody } from './signature-error.ts';

const SIGNED_HEADER = /^([0-9a-fA-F]{1,13});chunk-signature=([0-9a-f]{64})\r$/;
const UNSIGNED_HEADER = /^([0-9a-fA-F]{1,13})\r$/;

/**
 * Reads `<size in hex>;chunk-signature=<64 hex>\r`, or the size alone where chunks are not signed. Thirteen digits hold
 * every size a number is exact for. Throws IncompleteBody.
 */
export function parseChunkHeader(line: string, isSigned: boolean): { sizeBytes: number; signature: string } {
  const match = (isSigned ? SIGNED_HEADER : UNSIGNED_HEADER).exec(line);
  if (match === null) throw incompleteBody('A chunk header is malformed.');
  return { sizeBytes: Number.parseInt(match[1] ?? '', 16), signature: match[2] ?? '' };
}
