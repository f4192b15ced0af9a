import { Failure } from '../../../metadata/index.ts';
import type { ObjectAttributes } from '../object-info.ts';

/** What somebody says of a file, in names and values of their own. */
export type FileMetadata = Readonly<Record<string, string>>;

export const MAX_FIELDS = 100;
export const MAX_METADATA_BYTES = 16 * 1024;
/** "User-defined metadata is limited to 2 KB in size" ("Working with object metadata"), names and values together. */
const MAX_HEADER_BYTES = 2048;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** RFC 9110 section 5.6.2, in lower case. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** @throws Failure `InvalidArgument` for too much of it, and for what is not Unicode */
export function requireMetadata(metadata: FileMetadata): FileMetadata {
  const entries = Object.entries(metadata);
  if (entries.length > MAX_FIELDS) throw invalid(`A file has at most ${MAX_FIELDS} metadata fields.`);
  const sizeBytes = entries.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (sizeBytes > MAX_METADATA_BYTES) throw invalid(`The metadata of a file has at most ${MAX_METADATA_BYTES} bytes.`);
  for (const [name, value] of entries) {
    if (name === '') throw invalid('A metadata field has a name.');
    if (LONE_SURROGATE.test(name) || LONE_SURROGATE.test(value)) throw invalid('Metadata is Unicode.');
  }
  return metadata;
}

function invalid(message: string): Failure {
  return new Failure('InvalidArgument', message, { Field: 'metadata' });
}

/** Metadata as it is stored: whole, and what of it can be a header also where S3 shows it. */
export function metadataAttributes(metadata: FileMetadata): Pick<ObjectAttributes, 'fields' | 'userMetadata'> {
  return { fields: metadata, userMetadata: asHeaders(metadata) };
}

function asHeaders(metadata: FileMetadata): FileMetadata {
  const kept = new Map<string, string>();
  let sizeBytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    const header = name.toLowerCase();
    if (!TOKEN.test(header) || !PRINTABLE_ASCII.test(value) || kept.has(header)) continue;
    if (sizeBytes + header.length + value.length > MAX_HEADER_BYTES) continue;
    sizeBytes += header.length + value.length;
    kept.set(header, value);
  }
  return Object.fromEntries(kept);
}

/** All that is said of a file: what came by S3, and what did not, in its own names. */
export function metadataOf({ userMetadata = {}, fields = {} }: Partial<ObjectAttributes>): FileMetadata {
  const told = new Set(Object.keys(fields).map((name) => name.toLowerCase()));
  const others = Object.entries(userMetadata).filter(([name]) => !told.has(name));
  return Object.fromEntries([...others, ...Object.entries(fields)]);
}
