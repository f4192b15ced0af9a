import { hash } from 'node:crypto';
import { Failure, type PartRow } from '../../metadata/index.ts';
import { type Checksum, type ChecksumAlgorithm, type ChecksumType, checksumOf } from './checksums.ts';
import { combineCrcs, isCombinable } from './combine-crc.ts';

/** "Each part must be at least 5 MB in size, except the last part" ("Amazon S3 multipart upload limits"). */
export const MIN_PART_BYTES = 5 * 1024 * 1024;

/** A part as CompleteMultipartUpload lists it. */
export interface ListedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: Partial<Readonly<Record<ChecksumAlgorithm, string>>>;
}

export interface AssembledParts {
  readonly parts: readonly { readonly partNumber: number; readonly etag: string }[];
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum?: Checksum | undefined;
}

interface Assembly {
  readonly upload: {
    readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
    readonly checksumType?: ChecksumType | undefined;
  };
  readonly stored: readonly PartRow[];
  readonly listed: readonly ListedPart[];
  readonly claim: Claim;
}

/** What the client says of the whole. */
interface Claim {
  readonly expectedChecksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
  readonly expectedType?: ChecksumType | undefined;
  readonly expectedSizeBytes?: number | undefined;
}

/**
 * The object that the listed parts make, from what is known of each: no byte is read.
 * @throws Failure `InvalidPartOrder`, `InvalidPart`, `EntityTooSmall`, `BadDigest`, `InvalidRequest`
 */
export function assembleParts({ upload, stored, listed, claim }: Assembly): AssembledParts {
  const parts = matchParts({ upload, stored, listed });
  const sizeBytes = parts.reduce((sum, part) => sum + part.size_bytes, 0);
  if (claim.expectedSizeBytes !== undefined && claim.expectedSizeBytes !== sizeBytes) {
    throw new Failure('InvalidRequest', 'The x-amz-mp-object-size does not match the sum of the sizes of the parts.');
  }
  const checksum = assembleChecksum(upload, parts);
  verifyClaim(claim, checksum);
  return {
    parts: parts.map((part) => ({ partNumber: part.part_number, etag: part.etag })),
    sizeBytes,
    etag: assembleETag(parts),
    checksum,
  };
}

function matchParts({ upload, stored, listed }: Omit<Assembly, 'claim'>): PartRow[] {
  const byNumber = new Map(stored.map((part) => [part.part_number, part]));
  let previous = 0;
  return listed.map((part, index) => {
    if (part.partNumber <= previous) throw new Failure('InvalidPartOrder');
    previous = part.partNumber;
    const found = byNumber.get(part.partNumber);
    if (found === undefined || found.etag !== part.etag || !checksumsAgree(upload, { part, found })) {
      throw new Failure('InvalidPart', undefined, { PartNumber: String(part.partNumber), ETag: part.etag });
    }
    if (index < listed.length - 1 && found.size_bytes < MIN_PART_BYTES) {
      throw new Failure('EntityTooSmall', undefined, {
        ProposedSize: String(found.size_bytes),
        MinSizeAllowed: String(MIN_PART_BYTES),
        PartNumber: String(part.partNumber),
        ETag: part.etag,
      });
    }
    return found;
  });
}

function checksumsAgree(
  { checksumAlgorithm }: Assembly['upload'],
  { part, found }: { part: ListedPart; found: PartRow },
): boolean {
  if (checksumAlgorithm === undefined) return true;
  const listed = part.checksums[checksumAlgorithm];
  return listed === undefined || listed === found.checksum_value;
}

/** The MD5 of the parts' MD5s, and how many they are. */
function assembleETag(parts: readonly PartRow[]): string {
  const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
  return `${hash('md5', digests, 'hex')}-${parts.length}`;
}

function assembleChecksum(
  { checksumAlgorithm: algorithm, checksumType: type }: Assembly['upload'],
  parts: readonly PartRow[],
): Checksum | undefined {
  if (algorithm === undefined || type === undefined) return undefined;
  const digests = parts.map((part) => Buffer.from(part.checksum_value ?? '', 'base64'));
  if (type === 'COMPOSITE') {
    const value = `${checksumOf(algorithm, Buffer.concat(digests)).toString('base64')}-${parts.length}`;
    return { algorithm, type, value };
  }
  if (!isCombinable(algorithm)) throw new Error(`A full-object ${algorithm} cannot be made from parts.`);
  const sizes = parts.map((part) => part.size_bytes);
  const combined = combineCrcs(
    algorithm,
    digests.map((digest, index) => ({ digest, sizeBytes: sizes[index] ?? 0 })),
  );
  return { algorithm, type, value: combined.toString('base64') };
}

function verifyClaim({ expectedChecksum, expectedType }: Claim, checksum: Checksum | undefined): void {
  if (expectedType !== undefined && checksum !== undefined && expectedType !== checksum.type) {
    throw new Failure('InvalidRequest', `The upload was created with the ${checksum.type} checksum type.`);
  }
  if (expectedChecksum === undefined) return;
  if (checksum === undefined || expectedChecksum.algorithm !== checksum.algorithm) {
    throw new Failure('InvalidRequest', `The upload was not created with the ${expectedChecksum.algorithm} algorithm.`);
  }
  // Clients may leave out the number of parts of a composite checksum.
  const [withoutCount] = checksum.value.split('-');
  if (expectedChecksum.value !== checksum.value && expectedChecksum.value !== withoutCount) {
    throw new Failure('BadDigest', `The ${checksum.algorithm} you specified did not match the calculated checksum.`);
  }
}
