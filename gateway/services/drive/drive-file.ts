import { NULL_VERSION } from '../../../metadata/index.ts';
import type { Checksum } from '../checksums.ts';
import type { ObjectAttributes, ObjectInfo } from '../object-info.ts';
import { metadataOf } from './file-metadata.ts';
import { isFolder } from './paths.ts';

/** A file or a folder, as all surfaces speak of it. Of a folder that no object stands for only its path is known. */
export interface DriveFile {
  /** A folder's ends with '/'. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number | null;
  readonly contentType: string | null;
  /** Without quotes. */
  readonly etag: string | null;
  /** Hex; null where the one who stored it did not have it computed. */
  readonly sha256: string | null;
  /** ISO 8601, UTC. */
  readonly modifiedAt: string | null;
  /** Null where no versions are kept. */
  readonly versionId: string | null;
  /** The name of the account whose drive it is in. */
  readonly owner: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What is told of a file whose type nobody knows. */
export const UNKNOWN_TYPE = 'application/octet-stream';

export type FileFacts = Pick<
  ObjectInfo,
  'sizeBytes' | 'etag' | 'lastModified' | 'versionId' | 'attributes' | 'checksum'
>;

/** A file, or a folder that an object stands for. */
export function toDriveFile(
  info: FileFacts,
  { path, owner }: { readonly path: string; readonly owner: string },
): DriveFile {
  return {
    path,
    kind: isFolder(path) ? 'folder' : 'file',
    sizeBytes: info.sizeBytes,
    contentType: typeOf(info.attributes, path),
    etag: info.etag,
    sha256: sha256Of(info.checksum),
    modifiedAt: info.lastModified,
    versionId: info.versionId === NULL_VERSION ? null : info.versionId,
    owner,
    metadata: metadataOf(info.attributes),
  };
}

/** A folder that is there by what is in it. */
export function bareFolder(path: string, owner: string): DriveFile {
  return {
    path,
    kind: 'folder',
    sizeBytes: null,
    contentType: null,
    etag: null,
    sha256: null,
    modifiedAt: null,
    versionId: null,
    owner,
    metadata: {},
  };
}

function typeOf({ contentType }: ObjectAttributes, path: string): string | null {
  return isFolder(path) ? null : (contentType ?? UNKNOWN_TYPE);
}

/** That of parts is not the one of the file. */
function sha256Of(checksum: Checksum | undefined): string | null {
  if (checksum?.algorithm !== 'SHA256' || checksum.type !== 'FULL_OBJECT') return null;
  return Buffer.from(checksum.value, 'base64').toString('hex');
}
