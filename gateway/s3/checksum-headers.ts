import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import {
  CHECKSUM_ALGORITHMS,
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumType,
} from '../services/checksums.ts';
import { isChecksumAlgorithm } from '../services/object-info.ts';
import { S3Error } from './errors.ts';

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

/**
 * The algorithm that CreateMultipartUpload and CopyObject are asked to use.
 * @throws S3Error `InvalidRequest` for one that S3 does not have
 */
export function parseChecksumAlgorithm(headers: RequestHeaders): ChecksumAlgorithm | undefined {
  const algorithm = headerOf(headers, 'x-amz-checksum-algorithm')?.toUpperCase();
  if (algorithm === undefined || isChecksumAlgorithm(algorithm)) return algorithm;
  throw new S3Error('InvalidRequest', {
    message: `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${CHECKSUM_ALGORITHMS.join(', ')}]`,
  });
}

const CHECKSUM_TYPES = ['FULL_OBJECT', 'COMPOSITE'] as const satisfies readonly ChecksumType[];

/** @throws S3Error `InvalidRequest` for anything but `FULL_OBJECT` and `COMPOSITE` */
export function parseChecksumType(headers: RequestHeaders): ChecksumType | undefined {
  const text = headerOf(headers, 'x-amz-checksum-type')?.toUpperCase();
  const type = CHECKSUM_TYPES.find((known) => known === text);
  if (text === undefined || type !== undefined) return type;
  throw new S3Error('InvalidRequest', { message: 'Value for x-amz-checksum-type header is invalid.' });
}
