import type { ListPosition } from '../../metadata/index.ts';
import { isFolder, nameOf } from '../services/drive/paths.ts';
import type { FoundInLink, OpenedLink, SharedLinks } from '../services/drive/shared-links.ts';
import { foreignCursor, readPage } from './paging.ts';

/** What is told of a link, or of something in its folder. Where that folder is in its drive is nobody's business. */
export interface LinkInfo {
  readonly name: string;
  readonly kind: 'file' | 'folder';
  readonly size_bytes: number | null;
  readonly content_type: string | null;
  readonly modified_at: string | null;
  /** The name of the account whose it is. */
  readonly owner: string;
  readonly expires_at: string | null;
  readonly needs_password: boolean;
  /** Null: as many as one likes. */
  readonly downloads_left: number | null;
  /** Below the link's folder: '' is that itself. Absent where the link is to a file. */
  readonly path?: string;
  /** Of a folder. */
  readonly entries?: readonly LinkEntry[];
  /** The cursor of the next entries; null on the last page. */
  readonly next?: string | null;
}

export interface LinkEntry {
  readonly name: string;
  /** Below the link's folder. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly size_bytes: number | null;
  readonly modified_at: string | null;
}

export interface EntriesPage {
  readonly limit?: number;
  readonly cursor?: string;
}

const DEFAULT_LIMIT = 100;

/** @throws Problem `invalid-request` for a cursor that we did not make */
export async function describeLink(
  links: SharedLinks,
  { opened, found, page }: { readonly opened: OpenedLink; readonly found: FoundInLink; readonly page: EntriesPage },
): Promise<LinkInfo> {
  const { link, owner } = opened;
  const info = found.file?.info;
  const about = {
    name: nameOf(found.path),
    kind: info === undefined ? 'folder' : 'file',
    size_bytes: info?.sizeBytes ?? null,
    content_type: info === undefined ? null : (info.attributes.contentType ?? 'application/octet-stream'),
    modified_at: info?.lastModified ?? null,
    owner: owner.name,
    expires_at: link.expires_at,
    needs_password: link.password_hash !== null,
    downloads_left: link.max_downloads === null ? null : link.max_downloads - link.download_count,
  } as const;
  if (!isFolder(link.path)) return about;
  const path = found.path.slice(link.path.length);
  return {
    ...about,
    path,
    ...(info === undefined ? await entriesOf(links, { opened, folder: found.path, page }) : {}),
  };
}

async function entriesOf(
  links: SharedLinks,
  { opened, folder, page }: { opened: OpenedLink; folder: string; page: EntriesPage },
): Promise<{ entries: LinkEntry[]; next: string | null }> {
  const limit = page.limit ?? DEFAULT_LIMIT;
  const position = readPosition(page.cursor, folder);
  const { rows, commonPrefixes, next } = await links.list(opened, folder, { position, limit });
  const files = rows
    // The object that stands for the folder itself is nothing in it.
    .filter(([key]) => key !== folder)
    .map(([key, modifiedAt, , sizeBytes]) => ({ key, modifiedAt, sizeBytes }));
  const folders = commonPrefixes.map((key) => ({ key, modifiedAt: null, sizeBytes: null }));
  const entries = [...files, ...folders]
    .sort((left, right) => Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)))
    .map((entry) => renderEntry(entry, opened));
  return { entries, next: next === undefined ? null : writePosition(next, folder) };
}

function renderEntry(
  { key, modifiedAt, sizeBytes }: { key: string; modifiedAt: string | null; sizeBytes: number | null },
  { link }: OpenedLink,
): LinkEntry {
  return {
    name: nameOf(key),
    path: key.slice(link.path.length),
    kind: isFolder(key) ? 'folder' : 'file',
    size_bytes: sizeBytes,
    modified_at: modifiedAt,
  };
}

/** 'k' and a key, or 'p' and a common prefix, below the folder. */
function writePosition({ after, isPrefix }: ListPosition, folder: string): string {
  return Buffer.from(`${isPrefix ? 'p' : 'k'}${after.slice(folder.length)}`).toString('base64url');
}

function readPosition(cursor: string | undefined, folder: string): ListPosition | undefined {
  const { position } = readPage(cursor === undefined ? {} : { cursor });
  if (position === undefined) return undefined;
  if (!/^[kp]/.test(position)) throw foreignCursor();
  return { after: folder + position.slice(1), isPrefix: position.startsWith('p') };
}
