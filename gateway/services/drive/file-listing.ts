import type { FileVersionRow, ListedFile, ListPage, ListPosition } from '../../../metadata/index.ts';
import { decodeAttributes, decodeChecksum } from '../object-info.ts';
import { bareFolder, type DriveFile, toDriveFile } from './drive-file.ts';
import { FIELDS } from './paths.ts';

/** What is asked of a drive's list. */
export interface FileRange {
  readonly prefix: string;
  /** '/': the folders below the prefix in the place of what is in them; '': everything. */
  readonly delimiter: '/' | '';
  readonly position?: ListPosition | undefined;
  readonly limit: number;
}

/** Files and folders in the order of their paths' bytes. */
export interface FilePage {
  readonly files: readonly DriveFile[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: ListPosition | undefined;
}

/** A list of a folder is of what is in it: the object that stands for the folder itself is not. */
export function beginningOf({ prefix, position }: FileRange): ListPosition | undefined {
  return position ?? (prefix.endsWith('/') ? { after: prefix, isPrefix: false } : undefined);
}

/** A page of rows as files and folders; the top folders of a drive are shown at its root also while they are empty. */
export function toFilePage(page: ListPage<ListedFile>, range: FileRange, owner: string): FilePage {
  const listed = [
    ...page.rows.map((row) => fileOf(row, owner)),
    ...page.commonPrefixes.map((path) => bareFolder(path, owner)),
  ];
  const empty = emptyFields(page, range).map((path) => bareFolder(path, owner));
  const files = [...listed, ...empty].sort((a, b) => compare(a.path, b.path));
  if (files.length <= range.limit) return { files, next: page.next };
  const shown = files.slice(0, range.limit);
  const after = shown.at(-1)?.path ?? '';
  return { files: shown, next: { after, isPrefix: range.delimiter !== '' && after.endsWith('/') } };
}

function fileOf(row: ListedFile, owner: string): DriveFile {
  const [path, lastModified, etag, sizeBytes, versionId, attributes, sha256] = row;
  const checksum = sha256 === null ? undefined : ({ algorithm: 'SHA256', type: 'FULL_OBJECT', value: sha256 } as const);
  const facts = { lastModified, etag, sizeBytes, versionId, attributes: decodeAttributes(attributes), checksum };
  return toDriveFile(facts, { path, owner });
}

/** The top folders that belong on a page and are not on it. */
function emptyFields({ commonPrefixes, next }: ListPage<ListedFile>, range: FileRange): string[] {
  const { prefix, delimiter, position } = range;
  if (delimiter === '') return [];
  return FIELDS.filter(
    (field) =>
      field.startsWith(prefix) &&
      field !== prefix &&
      !commonPrefixes.includes(field) &&
      (position === undefined || compare(field, position.after) > 0) &&
      (next === undefined || compare(field, next.after) < 0),
  );
}

function compare(path: string, other: string): number {
  return Buffer.compare(Buffer.from(path), Buffer.from(other));
}

/** A version of a file. */
export interface FileVersion {
  readonly file: DriveFile;
  /** By which a list goes on behind it. */
  readonly seq: number;
  /** Also where the file itself shows none. */
  readonly versionId: string;
  readonly isCurrent: boolean;
  /** The file was deleted here: there are no contents. */
  readonly isDeleteMarker: boolean;
}

export function toFileVersion(row: FileVersionRow, place: { path: string; owner: string }): FileVersion {
  const facts = {
    lastModified: row.last_modified,
    etag: row.etag,
    sizeBytes: row.size_bytes,
    versionId: row.version_id,
    attributes: decodeAttributes(row.attributes),
    checksum: decodeChecksum(row),
  };
  return {
    file: toDriveFile(facts, place),
    seq: row.seq,
    versionId: row.version_id,
    isCurrent: row.is_current === 1,
    isDeleteMarker: row.is_delete_marker === 1,
  };
}
