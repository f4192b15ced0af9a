import { type Static, Type } from 'typebox';
import type { DriveFile } from '../services/drive/drive-file.ts';
import { nameOf } from '../services/drive/paths.ts';
import { OptionalText, OptionalTime } from './schemas.ts';

/** A switch of a query: on where it is named, with or without a value (`?info`, `?info=true`). */
export const Flag = Type.Optional(Type.Enum(['', 'true', 'false']));

/** Whether a switch is on. */
export function isOn(flag: string | undefined): boolean {
  return flag === '' || flag === 'true';
}

/** In a query: whose drive is meant. */
export const DriveName = Type.Optional(
  Type.String({ minLength: 1, maxLength: 256, description: 'The account whose drive it is; left out: your own.' }),
);

/** In a path: where a file is. */
export const FilePath = Type.String({
  maxLength: 8192, // of what may be encoded: what is too long for a path is told by that
  description: 'Where it is in the drive: its S3 key, of at most 1,024 bytes.',
});
export const FilePathParams = Type.Object({ '*': FilePath });

/** Texts by names of any letters: a record's pattern would pass over names with a line break. */
export function textsByName(description: string) {
  const texts = Type.Object({}, { additionalProperties: Type.String(), description });
  return Type.Unsafe<Record<string, string>>(texts);
}

export const fileFields = {
  path: Type.String({ description: "Where it is in its drive; a folder's ends with '/'. It is its S3 key." }),
  name: Type.String({ description: 'The last part of the path.' }),
  kind: Type.Enum(['file', 'folder']),
  size_bytes: Type.Union([Type.Integer(), Type.Null()], { description: 'Null of a folder.' }),
  content_type: OptionalText,
  etag: { ...OptionalText, description: 'Without quotes.' },
  sha256: { ...OptionalText, description: 'Hex; null where it was not computed when the file was stored over S3.' },
  modified_at: OptionalTime,
  version_id: { ...OptionalText, description: 'Null where no versions are kept.' },
  owner: Type.String({ description: 'The account whose drive it is in.' }),
  metadata: textsByName('What was said of it, by name.'),
};

/** A file or a folder, everywhere the same. */
export const FileSchema = Type.Object(fileFields, { description: 'A file or a folder.' });

export function renderFile(file: DriveFile): Static<typeof FileSchema> {
  return {
    path: file.path,
    name: nameOf(file.path),
    kind: file.kind,
    size_bytes: file.sizeBytes,
    content_type: file.contentType,
    etag: file.etag,
    sha256: file.sha256,
    modified_at: file.modifiedAt,
    version_id: file.versionId,
    owner: file.owner,
    metadata: file.metadata,
  };
}
