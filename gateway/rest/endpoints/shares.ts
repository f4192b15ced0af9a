import { type Static, Type } from 'typebox';
import { type DriveRow, Failure } from '../../../metadata/index.ts';
import { type Call, endpoint } from '../endpoint.ts';
import { DriveName, Flag, isOn } from '../file-schemas.ts';
import { created, noContent, ok } from '../outcomes.ts';
import { pageOf, pageQuery, readPage, toPage } from '../paging.ts';
import { Problem } from '../problem.ts';
import { input } from '../schemas.ts';
import { Permission, renderShare, ShareSchema } from '../share-schemas.ts';

const tag = 'shares';

const Path = Type.String({ minLength: 1, maxLength: 4096, description: "Of a folder it ends with '/'." });
const MayShare = Type.Boolean({ description: 'Whether it may be passed on.' });
const Note = Type.String({ maxLength: 1024 });
const expiry = { maxLength: 64, format: 'date-time' };
const params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

const create = endpoint({
  name: 'createShare',
  method: 'POST',
  path: '/shares',
  tag,
  summary: 'Share a file or folder with an account',
  description:
    'The owner shares, and whoever was given it with `may_share`: no more than they have, and for no longer. What you gave of it to the same account before is replaced. A folder is shared with all that is in it, now and later.',
  access: 'account',
  body: input({
    path: Path,
    drive: DriveName,
    with: Type.String({ minLength: 1, maxLength: 254, description: 'The name of an account, or its verified e-mail.' }),
    permission: Permission,
    may_share: Type.Optional(MayShare),
    expires_at: Type.Optional(Type.String({ ...expiry, description: 'In the future; left out: as late as may be.' })),
    note: Type.Optional(Note),
  }),
  replies: {
    200: { description: 'What was shared before has been replaced', schema: ShareSchema },
    201: { description: 'It is shared', schema: ShareSchema },
  },
  isIdempotent: true,
  async handle({ caller, body, services, actor }) {
    const asker = { account: caller.account, actor };
    const drive = await findDrive(body.drive, { caller, services });
    const { id, isNew } = await services.shares.create(
      {
        bucketId: drive.id,
        ownerId: drive.account_id,
        path: body.path,
        with: body.with,
        permission: permissionOf(body),
        mayShare: body.may_share ?? false,
        note: body.note ?? null,
        expiresAt: body.expires_at === undefined ? null : new Date(body.expires_at),
      },
      asker,
    );
    const share = renderShare(await services.shares.get(id, asker));
    return isNew ? created(share, `/api/v1/shares/${id}`) : ok(share);
  },
});

const ListQuery = input({
  ...pageQuery,
  given: Flag,
  received: Flag,
  path: Type.Optional(Path),
  drive: DriveName,
});

const list = endpoint({
  name: 'listShares',
  method: 'GET',
  path: '/shares',
  tag,
  summary: 'List shares',
  description:
    'What you were given (`received`, and where nothing else is asked for), what you gave (`given`), or who has a `path`: by shares of it and of the folders that it is in. Of a path in the drive of another you see what you gave or were given.',
  access: 'account',
  query: ListQuery,
  replies: { 200: { description: 'A page of them, the oldest first', schema: pageOf(ShareSchema) } },
  async handle(call) {
    const { limit, position: after } = readPage(call.query);
    const rows = await listAsked(call, { after, limit: limit + 1 });
    return ok(toPage(rows, { limit, positionOf: ({ id }) => id, render: renderShare }));
  },
});

type ListCall = Pick<Call<'account', undefined, typeof ListQuery>, 'caller' | 'query' | 'services'>;

/** @throws Problem `invalid-request` where several lists are asked for */
async function listAsked({ caller, query, services }: ListCall, page: { after: string | undefined; limit: number }) {
  const { account } = caller;
  const { shares } = services;
  const asked = [isOn(query.given), isOn(query.received), query.path !== undefined].filter(Boolean);
  if (asked.length > 1) throw wrong('given', 'is one of `given`, `received` and `path`');
  if (query.path === undefined && query.drive !== undefined) throw wrong('drive', 'is asked for with a `path`');
  if (isOn(query.given)) return shares.listGiven(account.id, page);
  if (query.path === undefined) return shares.listReceived(account.id, page);
  const drive = await findDrive(query.drive, { caller, services });
  return shares.listAt({ bucketId: drive.id, path: query.path }, { owner: drive.account_id, account }, page);
}

function wrong(field: string, message: string): Problem {
  return new Problem('invalid-request', { errors: [{ field, message }] });
}

const get = endpoint({
  name: 'getShare',
  method: 'GET',
  path: '/shares/:id',
  tag,
  summary: 'Look at a share',
  description: 'Who gave it, who was given it and the owner may.',
  access: 'account',
  params,
  replies: { 200: { description: 'The share', schema: ShareSchema } },
  async handle({ caller, params: { id }, services }) {
    return ok(renderShare(await services.shares.get(id, caller)));
  },
});

const change = endpoint({
  name: 'updateShare',
  method: 'PATCH',
  path: '/shares/:id',
  tag,
  summary: 'Change a share',
  description:
    'Who gave it and the owner may. What is left out stays; null takes it away. What was passed on is narrowed with it, and ends where it may not be passed on any more.',
  access: 'account',
  params,
  body: input({
    permission: Type.Optional(Permission),
    may_share: Type.Optional(MayShare),
    expires_at: Type.Optional(Type.Union([Type.String(expiry), Type.Null()])),
    note: Type.Optional(Type.Union([Note, Type.Null()])),
  }),
  replies: { 200: { description: 'The share as it is now', schema: ShareSchema } },
  async handle({ caller, params: { id }, body, services, actor }) {
    const asker = { account: caller.account, actor };
    const { may_share: mayShare, note, expires_at: at } = body;
    const permission = body.permission === undefined ? undefined : permissionOf({ permission: body.permission });
    const expiresAt = typeof at === 'string' ? new Date(at) : at;
    await services.shares.change(id, { permission, mayShare, note, expiresAt }, asker);
    return ok(renderShare(await services.shares.get(id, asker)));
  },
});

const remove = endpoint({
  name: 'deleteShare',
  method: 'DELETE',
  path: '/shares/:id',
  tag,
  summary: 'End a share, or leave it',
  description: 'Who gave it, who was given it and the owner may. What was passed on from it ends with it.',
  access: 'account',
  params,
  replies: { 204: { description: 'It is over' } },
  async handle({ caller, params: { id }, services, actor }) {
    await services.shares.end(id, { account: caller.account, actor });
    return noContent;
  },
});

/** The drive of another, or one's own. @throws Failure `NoSuchKey` */
async function findDrive(
  name: string | undefined,
  { caller, services }: Pick<ListCall, 'caller' | 'services'>,
): Promise<DriveRow> {
  if (name !== undefined) return services.drives.get(name);
  const own = await services.drives.find(caller.account.id);
  if (own === undefined) throw new Failure('NoSuchKey', 'There is no such file or folder.');
  return own;
}

/** Its schema knows no others. */
function permissionOf({ permission }: { readonly permission: Static<typeof Permission> }): 'read' | 'write' {
  return permission === 'write' ? 'write' : 'read';
}

export const shareEndpoints = [list, create, get, change, remove];
