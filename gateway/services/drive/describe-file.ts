import mime from 'mime';
import { Failure } from '../../../metadata/index.ts';
import type { ObjectAttributes } from '../object-info.ts';
import { UNKNOWN_TYPE } from './drive-file.ts';
import { type FileMetadata, metadataAttributes, metadataOf, requireMetadata } from './file-metadata.ts';

/** What its uploader says of a file. */
export interface FileDescription {
  /** Left out: what the name says. */
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly metadata: FileMetadata;
}

/** What is left out stays as it is; null takes a field away, and leaves the type to what the name says. */
export interface FileChanges {
  readonly contentType?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string | null>> | undefined;
}

const MAX_TYPE = 255;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t \\x21-\\x7e])*"';
/** RFC 9110 section 8.3.1. */
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*(?:${TOKEN}=(?:${TOKEN}|${QUOTED}))?)*$`);

/** @throws Failure `InvalidArgument` */
export function attributesOf(path: string, description: FileDescription): ObjectAttributes {
  const { contentType = typeByName(path) ?? UNKNOWN_TYPE, contentEncoding, contentLanguage, metadata } = description;
  return {
    contentType: requireContentType(contentType),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(contentLanguage === undefined ? {} : { contentLanguage }),
    ...metadataAttributes(requireMetadata(metadata)),
  };
}

/** @throws Failure `InvalidArgument` */
export function changedAttributes(path: string, before: ObjectAttributes, changes: FileChanges): ObjectAttributes {
  const { contentType, metadata } = changes;
  return {
    ...before,
    ...(contentType === undefined
      ? {}
      : { contentType: requireContentType(contentType ?? typeByName(path) ?? UNKNOWN_TYPE) }),
    ...(metadata === undefined ? {} : metadataAttributes(requireMetadata(mergedMetadata(before, metadata)))),
  };
}

/** What S3 wrote is named in lower case: it is the same field. */
function mergedMetadata(before: ObjectAttributes, changes: Readonly<Record<string, string | null>>): FileMetadata {
  const merged = new Map(Object.entries(metadataOf(before)));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

/** What the extension of its name says; undefined where it has none, or one that nobody knows. */
export function typeByName(path: string): string | undefined {
  const extension = /[^/]\.([^./]+)$/.exec(path)?.[1];
  // By itself: what has no dot would be taken for an extension.
  return extension === undefined ? undefined : (mime.getType(`.${extension}`) ?? undefined);
}

/** @throws Failure `InvalidArgument` */
function requireContentType(contentType: string): string {
  if (contentType.length <= MAX_TYPE && MEDIA_TYPE.test(contentType)) return contentType;
  throw contentTypeRefusal();
}

/** What is no type cannot be a file's. */
export function contentTypeRefusal(): Failure {
  const message = `A content type is of the form type/subtype, in at most ${MAX_TYPE} characters.`;
  return new Failure('InvalidArgument', message, { Field: 'content_type' });
}
