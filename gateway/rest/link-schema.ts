import { type Static, Type } from 'typebox';
import { type LinkRow, linkState } from '../../metadata/index.ts';
import { isFolder } from '../services/drive/paths.ts';
import { OptionalText, OptionalTime, Time } from './schemas.ts';

export const linkFields = {
  id: Type.String(),
  path: Type.String({ description: "What it leads to; a folder's path ends with '/'." }),
  kind: Type.Enum(['file', 'folder']),
  state: Type.Enum(['active', 'revoked', 'expired', 'used-up']),
  alias: OptionalText,
  alias_url: { ...OptionalText, description: 'The link by its alias: its token is shown once, when it is made.' },
  note: OptionalText,
  has_password: Type.Boolean(),
  created_at: Time,
  expires_at: OptionalTime,
  revoked_at: OptionalTime,
  max_downloads: Type.Union([Type.Integer(), Type.Null()]),
  download_count: Type.Integer({ description: 'Whole files, folders, and first parts.' }),
  view_count: Type.Integer(),
  last_used_at: OptionalTime,
};

/** A link, as its owner sees it. */
export const LinkSchema = Type.Object(linkFields, { description: 'A link, without its token.' });

/** Where links lead, and whose they are. */
export interface LinkPlace {
  /** The API's, as clients know it. */
  readonly origin: string;
  /** The owner's. */
  readonly accountName: string;
}

/** The URL of a link, by its token or its alias. */
export function linkUrl(name: string, { origin, accountName }: LinkPlace): string {
  return `${origin}/shared/${encodeURIComponent(accountName)}/${name}`;
}

export function renderLink(row: LinkRow, place: LinkPlace): Static<typeof LinkSchema> {
  return {
    id: row.id,
    path: row.path,
    kind: isFolder(row.path) ? 'folder' : 'file',
    state: linkState(row, new Date().toISOString()),
    alias: row.alias,
    alias_url: row.alias === null ? null : linkUrl(row.alias, place),
    note: row.note,
    has_password: row.password_hash !== null,
    created_at: row.created_at,
    expires_at: row.expires_at,
    revoked_at: row.revoked_at,
    max_downloads: row.max_downloads,
    download_count: row.download_count,
    view_count: row.view_count,
    last_used_at: row.last_used_at,
  };
}
