import { Failure } from '../../metadata/index.ts';
import type { ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import { isCombinable } from './combine-crc.ts';
import type { UploadChecksum } from './complete-parts.ts';
import type { ExpectedDigests } from './digests.ts';

/**
 * The checksum type of a new upload ("Full object and composite checksum types"): "Full object checksums in multipart
 * uploads are only available for CRC-based checksums because they can linearize". CRC64NVME is of the full object only;
 * of the other CRCs a client chooses, and composite is the default.
 * @throws Failure `InvalidRequest` for a type that the algorithm does not have
 */
export function resolveChecksumType({
  checksumAlgorithm: algorithm,
  checksumType: type,
}: UploadChecksum): ChecksumType | undefined {
  if (algorithm === undefined) {
    if (type === undefined) return undefined;
    throw new Failure(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const needed = onlyType(algorithm);
  if (type === undefined || needed === undefined || needed === type) return type ?? needed ?? 'COMPOSITE';
  throw new Failure(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  );
}

/** Undefined where there is a choice. */
function onlyType(algorithm: ChecksumAlgorithm): ChecksumType | undefined {
  if (algorithm === 'CRC64NVME') return 'FULL_OBJECT';
  return isCombinable(algorithm) ? undefined : 'COMPOSITE';
}

/**
 * How a part is summed: by its upload's algorithm, whether or not the client sends the sum along.
 * @throws Failure `InvalidRequest` when the client summed it by another
 */
export function partChecksum(
  { checksumAlgorithm }: UploadChecksum,
  expected: ExpectedDigests,
): ExpectedDigests['checksum'] {
  const { checksum } = expected;
  if (checksumAlgorithm === undefined) return checksum;
  if (checksum === undefined) return { algorithm: checksumAlgorithm, expected: () => undefined };
  if (checksum.algorithm === checksumAlgorithm) return checksum;
  throw new Failure(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${checksumAlgorithm.toLowerCase()}, ` +
      `actual checksum Type: ${checksum.algorithm.toLowerCase()}`,
  );
}
