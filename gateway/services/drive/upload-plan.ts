import { MAX_PARTS } from '../multipart.ts';
import type { AnnouncedUpload } from '../object-info.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** "Amazon S3 multipart upload limits": the last part may have less. */
export const MAX_PART_BYTES = 5 * GIB;
/** Of a file, whatever its parts. */
export const MAX_UPLOAD_BYTES = 5 * 1024 * GIB;
/** So much of it is lost when a connection breaks, and begins again. */
const USUAL_PART_BYTES = 64 * MIB;
/** Nobody wants a list of ten thousand addresses who did not ask for small parts. */
const USUAL_PARTS = 1000;

/** The size of parts for so many bytes: the one that is wished, or a larger one where there would be too many of them. */
export function partSizeFor(sizeBytes: number, wishedBytes?: number): number {
  if (wishedBytes !== undefined) return Math.max(wishedBytes, wholeMib(sizeBytes / MAX_PARTS));
  return Math.min(MAX_PART_BYTES, Math.max(USUAL_PART_BYTES, wholeMib(sizeBytes / USUAL_PARTS)));
}

function wholeMib(bytes: number): number {
  return Math.ceil(bytes / MIB) * MIB;
}

/** An empty file has one part, which is empty. */
export function countParts({ sizeBytes, partSizeBytes }: Pick<AnnouncedUpload, 'sizeBytes' | 'partSizeBytes'>): number {
  return Math.max(1, Math.ceil(sizeBytes / partSizeBytes));
}

/** What the part of a number, from 1, is to have. */
export function sizeOfPart(plan: AnnouncedUpload, number: number): number {
  const { sizeBytes, partSizeBytes } = plan;
  return number < countParts(plan) ? partSizeBytes : sizeBytes - partSizeBytes * (number - 1);
}
