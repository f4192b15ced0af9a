import { Failure, type Metadata } from '../../../metadata/index.ts';
import { type Checksum, createChecksum } from '../checksums.ts';
import type { Encryption } from '../encryption/index.ts';
import type { Upload } from '../multipart.ts';
import { contentChunks, SegmentReader } from '../object-reader.ts';
import type { StorageClasses } from '../storage-classes.ts';

export interface PartDigestParts {
  readonly metadata: Metadata;
  readonly stores: StorageClasses;
  readonly encryption: Encryption;
}

/**
 * Reads the parts of an upload, those of the given numbers, one after the other: nothing but that tells the digest of the
 * whole. In memory is a piece of them at a time.
 * @throws Failure `BadDigest` where it is not the one that is claimed; as `Encryption.open` of a customer's key
 */
export async function verifyPartDigest(
  { metadata, stores, encryption }: PartDigestParts,
  {
    upload,
    numbers,
    sha256,
  }: { readonly upload: Upload; readonly numbers: ReadonlySet<number>; readonly sha256: string },
): Promise<Checksum> {
  const dataKey = await encryption.open(upload.encryption);
  const stored = await metadata.queries.listPartBlobs(upload.id);
  const segments = stored.flatMap(({ part_number: number, location, store, size_bytes: sizeBytes }) =>
    location === null || !numbers.has(number) ? [] : [{ location, store, sizeBytes }],
  );
  const sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  const state = createChecksum('SHA256');
  if (sizeBytes > 0) {
    const reader = new SegmentReader({ stores, segments, range: { start: 0, end: sizeBytes - 1 }, dataKey });
    for await (const bytes of contentChunks({ kind: 'stream', sizeBytes, reader })) state.update(bytes);
  }
  const digest = state.digest();
  if (digest.toString('hex') !== sha256.toLowerCase()) {
    throw new Failure('BadDigest', 'The parts do not have the SHA-256 that was announced.', { Field: '/sha256' });
  }
  return { algorithm: 'SHA256', type: 'FULL_OBJECT', value: digest.toString('base64') };
}
