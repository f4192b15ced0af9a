import { Type } from 'typebox';
import type { ShareRow } from '../../metadata/index.ts';
import { isFolder, nameOf } from '../services/drive/paths.ts';
import { OptionalText, OptionalTime, Time } from './schemas.ts';

export const Permission = Type.String({
  enum: ['read', 'write'],
  description: '`write`: put and overwrite files, and delete those in a folder.',
});

/** What a share is, in a reply. */
export const ShareSchema = Type.Object({
  id: Type.String(),
  drive: Type.String({ description: 'Whose drive it is in: `?drive=` of that name leads there.' }),
  path: Type.String({ description: "Of a folder it ends with '/'." }),
  name: Type.String(),
  kind: Type.String({ enum: ['file', 'folder'] }),
  with: Type.String({ description: 'The account that was given it.' }),
  by: Type.String({ description: 'The account that gave it.' }),
  is_passed_on: Type.Boolean({ description: 'It is not by the owner, and ends with what it was passed on from.' }),
  permission: Permission,
  may_share: Type.Boolean({ description: 'Whether it may be passed on.' }),
  note: OptionalText,
  created_at: Time,
  expires_at: OptionalTime,
});

export function renderShare(row: ShareRow) {
  return {
    id: row.id,
    drive: row.owner,
    path: row.path,
    name: nameOf(row.path),
    kind: isFolder(row.path) ? 'folder' : 'file',
    with: row.grantee,
    by: row.grantor,
    is_passed_on: row.parent_id !== null,
    permission: row.may_write === 1 ? 'write' : 'read',
    may_share: row.may_share === 1,
    note: row.note,
    created_at: row.created_at,
    expires_at: row.expires_at,
  };
}
