import type { Checksum, ChecksumAlgorithm } from '../services/checksums.ts';
import { element } from './xml.ts';

/** `<ChecksumSHA256>` and its like; nothing where there is no value. */
export function checksumElement(algorithm: ChecksumAlgorithm | undefined, value: string | null | undefined): string {
  return algorithm === undefined || value == null ? '' : element(`Checksum${algorithm}`, value);
}

/** The checksum of an object and its type, as the results of CompleteMultipartUpload and its like tell it. */
export function checksumXml(checksum: Checksum | undefined): string {
  if (checksum === undefined) return '';
  return checksumElement(checksum.algorithm, checksum.value) + element('ChecksumType', checksum.type);
}
