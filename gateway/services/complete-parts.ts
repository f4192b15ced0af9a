import { hash } from 'node:crypto';
import { Failure, type PartRow } from '../../metadata/index.ts';
import { type Checksum, type ChecksumAlgorithm, type ChecksumType, checksumOf } from './checksums.ts';
import { combineCrcs, isCombinable } from './combine-crc.ts';

/** "Each part must be at least 5 MB in size, except the last part" ("Amazon S3 multipart upload limits"). */
export const MIN_PART_BYTES = 5 * 1024 * 1024;

/**
 * "When using multipart uploads with the new checksum algorithms [...], you must specify the checksum algorithm in the
 * CreateMultipartUpload request". For the older ones "any checksum header provided in CompleteMultipartUpload is currently
 * accepted but not validated or stored" where it was not ("Checking object integrity for data uploads in Amazon S3").
 */
const MUST_BE_SPECIFIED = ['MD5', 'SHA512', 'XXHASH128', 'XXHASH3', 'XXHASH64'] as const;

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

/** How an upload was created to sum its parts and the whole. */
export interface UploadChecksum {
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;
  readonly checksumType?: ChecksumType | undefined;
}

/** What the client says of the whole. */
export interface ObjectClaim {
  readonly expectedChecksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
  readonly expectedType?: ChecksumType | undefined;
  readonly expectedSizeBytes?: number | undefined;
}

/** What is known when an upload is to be completed. */
export interface Assembly {
  readonly upload: UploadChecksum;
  readonly stored: readonly PartRow[];
  readonly listed: readonly ListedPart[];
  readonly claim: ObjectClaim;
}

/**
 * The object that the listed parts make, from what is known of each: no byte is read.
 * @throws Failure `InvalidPartOrder`, `InvalidPart`, `EntityTooSmall`, `BadDigest`, `InvalidRequest`
 */
export function assembleParts({ upload, stored, listed, claim }: Assembly): AssembledParts {
  requireOrder(listed);
  const parts = findParts({ upload, stored, listed });
  requireMinimum(parts);
  const sizeBytes = parts.reduce((sum, part) => sum + part.size_bytes, 0);
  const checksum = assembleChecksum(upload, parts);
  verifyClaim(claim, { sizeBytes, checksum });
  return {
    parts: parts.map((part) => ({ partNumber: part.part_number, etag: part.etag })),
    sizeBytes,
    etag: assembleETag(parts),
    checksum,
  };
}

function requireOrder(listed: readonly ListedPart[]): void {
  let previous = 0;
  for (const { partNumber } of listed) {
    if (partNumber <= previous) throw new Failure('InvalidPartOrder');
    previous = partNumber;
  }
}

function findParts({ upload, stored, listed }: Omit<Assembly, 'claim'>): PartRow[] {
  const byNumber = new Map(stored.map((part) => [part.part_number, part]));
  return listed.map((part) => {
    const found = byNumber.get(part.partNumber);
    if (found !== undefined && found.etag === part.etag && checksumAgrees(upload, { part, found })) return found;
    throw new Failure('InvalidPart', undefined, { PartNumber: String(part.partNumber), ETag: part.etag });
  });
}

function checksumAgrees(
  { checksumAlgorithm: algorithm, checksumType }: UploadChecksum,
  { part, found }: { part: ListedPart; found: PartRow },
): boolean {
  if (algorithm === undefined) return MUST_BE_SPECIFIED.every((name) => part.checksums[name] === undefined);
  refuseOtherChecksums(part, algorithm);
  const listed = part.checksums[algorithm];
  if (listed !== undefined) return listed === found.checksum_value;
  if (checksumType === 'FULL_OBJECT') return true;
  throw new Failure(
    'InvalidRequest',
    `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the ` +
      `checksum for each part. It was missing for part ${part.partNumber} in the request.`,
  );
}

/** Nothing is known of the part that could verify them. */
function refuseOtherChecksums({ partNumber, checksums }: ListedPart, algorithm: ChecksumAlgorithm): void {
  const other = Object.keys(checksums).find((name) => name !== algorithm);
  if (other === undefined) return;
  const name = other.toLowerCase();
  throw new Failure('BadDigest', `The ${name} you specified for part ${partNumber} did not match what we received.`);
}

function requireMinimum(parts: readonly PartRow[]): void {
  const small = parts.slice(0, -1).find((part) => part.size_bytes < MIN_PART_BYTES);
  if (small === undefined) return;
  throw new Failure('EntityTooSmall', undefined, {
    ProposedSize: String(small.size_bytes),
    MinSizeAllowed: String(MIN_PART_BYTES),
    PartNumber: String(small.part_number),
    ETag: small.etag,
  });
}

/** The MD5 of the parts' MD5s, and how many they are. */
function assembleETag(parts: readonly PartRow[]): string {
  const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
  return `${hash('md5', digests, 'hex')}-${parts.length}`;
}

function assembleChecksum(
  { checksumAlgorithm: algorithm, checksumType: type }: UploadChecksum,
  parts: readonly PartRow[],
): Checksum | undefined {
  if (algorithm === undefined || type === undefined) return undefined;
  const digests = parts.map((part) => ({
    digest: Buffer.from(part.checksum_value ?? '', 'base64'),
    sizeBytes: part.size_bytes,
  }));
  if (type === 'COMPOSITE') {
    const whole = checksumOf(algorithm, Buffer.concat(digests.map(({ digest }) => digest)));
    return { algorithm, type, value: `${whole.toString('base64')}-${parts.length}` };
  }
  if (!isCombinable(algorithm)) throw new Error(`A full-object ${algorithm} cannot be made from parts.`);
  return { algorithm, type, value: combineCrcs(algorithm, digests).toString('base64') };
}

function verifyClaim(
  { expectedChecksum, expectedType, expectedSizeBytes }: ObjectClaim,
  { sizeBytes, checksum }: { sizeBytes: number; checksum: Checksum | undefined },
): void {
  if (expectedSizeBytes !== undefined && expectedSizeBytes !== sizeBytes) {
    throw new Failure(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${expectedSizeBytes} does not match what was computed: ${sizeBytes}`,
    );
  }
  if (expectedType !== undefined && checksum !== undefined && expectedType !== checksum.type) {
    throw new Failure(
      'InvalidRequest',
      `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  if (expectedChecksum !== undefined) verifyChecksum(expectedChecksum, checksum);
}

function verifyChecksum(expected: NonNullable<ObjectClaim['expectedChecksum']>, checksum: Checksum | undefined): void {
  if (checksum === undefined && !MUST_BE_SPECIFIED.some((name) => name === expected.algorithm)) return;
  if (checksum === undefined || expected.algorithm !== checksum.algorithm) {
    throw new Failure(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${checksum?.algorithm.toLowerCase() ?? 'null'}, ` +
        `actual checksum Type: ${expected.algorithm.toLowerCase()}`,
    );
  }
  // Clients may leave out the number of parts of a composite checksum.
  const [withoutCount] = checksum.value.split('-');
  if (expected.value === checksum.value || expected.value === withoutCount) return;
  throw new Failure('BadDigest', `The ${checksum.algorithm} you specified did not match the calculated checksum.`);
}
