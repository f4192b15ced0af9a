import { type Static, Type } from 'typebox';
import { isFolder, nameOf, parsePath } from '../../services/drive/paths.ts';
import type { TrashedItem } from '../../services/drive/trash.ts';
import { endpoint } from '../endpoint.ts';
import { driveOf } from '../file-call.ts';
import { DriveName, Flag, isOn } from '../file-schemas.ts';
import { noContent, ok } from '../outcomes.ts';
import { pageOf, pageQuery, readPage, toPage } from '../paging.ts';
import { input, OptionalText, OptionalTime, optionalInput, Time } from '../schemas.ts';

const tag = 'trash';

const Item = Type.Object(
  {
    id: Type.String(),
    path: Type.String({ description: 'Where it was.' }),
    name: Type.String(),
    kind: Type.Enum(['file', 'folder']),
    file_count: Type.Integer(),
    size_bytes: Type.Integer(),
    deleted_by: { ...OptionalText, description: 'An account; null where there is none of that name any more.' },
    deleted_at: Time,
    expires_at: { ...OptionalTime, description: 'When it is gone for good; null: when somebody empties the trash.' },
    keeps_versions: Type.Boolean({ description: 'Deleting it for good must be confirmed: older versions go as well.' }),
  },
  { description: 'A file or a folder in the trash.' },
);

function render(item: TrashedItem): Static<typeof Item> {
  return {
    id: item.id,
    path: item.path,
    name: nameOf(item.path),
    kind: isFolder(item.path) ? 'folder' : 'file',
    file_count: item.fileCount,
    size_bytes: item.sizeBytes,
    deleted_by: item.deletedBy,
    deleted_at: item.deletedAt,
    expires_at: item.expiresAt,
    keeps_versions: item.keepsVersions,
  };
}

const idParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

const list = endpoint({
  name: 'listTrash',
  method: 'GET',
  path: '/trash',
  tag,
  summary: 'List what is in the trash',
  description: 'The newest first. What was deleted over S3 meanwhile is not in it.',
  access: 'account',
  query: input({ ...pageQuery, drive: DriveName }),
  replies: { 200: { description: 'A page of it', schema: pageOf(Item) } },
  async handle({ query: { drive, ...page }, ...call }) {
    const { limit, position: before } = readPage(page);
    const items = await call.services.trash.list(await driveOf(call, drive), { before, limit: limit + 1 });
    return ok(toPage(items, { limit, positionOf: ({ id }) => id, render }));
  },
});

const restore = endpoint({
  name: 'restoreTrash',
  method: 'POST',
  path: '/trash/:id/restore',
  tag,
  summary: 'Take something out of the trash',
  description: 'It goes to where it was, or to another path.',
  access: 'account',
  params: idParams,
  query: input({ drive: DriveName }),
  body: optionalInput({
    to: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: "A folder's ends with '/'." })),
    overwrite: Type.Optional(Type.Boolean({ default: false, description: 'Replace what is there.' })),
  }),
  replies: { 200: { description: 'Where it is now', schema: Type.Object({ path: Type.String() }) } },
  async handle({ params: { id }, query, body, ...call }) {
    const place = { ...(await driveOf(call, query.drive)), id };
    const to = body?.to === undefined ? undefined : parsePath(body.to);
    return ok(await call.services.trash.restore(place, { to, overwrite: body?.overwrite ?? false }));
  },
});

const remove = endpoint({
  name: 'deleteTrash',
  method: 'DELETE',
  path: '/trash/:id',
  tag,
  summary: 'Delete something in the trash for good',
  description: 'What keeps versions, as all in `special/` does, goes with all of them, and only with `confirm=true`.',
  access: 'account',
  params: idParams,
  query: input({ confirm: Flag, drive: DriveName }),
  replies: { 204: { description: 'It is gone for good' } },
  async handle({ params: { id }, query, ...call }) {
    const place = { ...(await driveOf(call, query.drive)), id };
    await call.services.trash.remove(place, { isConfirmed: isOn(query.confirm) });
    return noContent;
  },
});

const empty = endpoint({
  name: 'emptyTrash',
  method: 'DELETE',
  path: '/trash',
  tag,
  summary: 'Empty the trash',
  description: 'Where something in it keeps versions, only with `confirm=true`.',
  access: 'account',
  query: input({ confirm: Flag, drive: DriveName }),
  replies: {
    200: { description: 'How many things are gone for good', schema: Type.Object({ deleted: Type.Integer() }) },
  },
  async handle({ query, ...call }) {
    const place = await driveOf(call, query.drive);
    return ok({ deleted: await call.services.trash.empty(place, { isConfirmed: isOn(query.confirm) }) });
  },
});

export const trashEndpoints = [list, restore, remove, empty];
