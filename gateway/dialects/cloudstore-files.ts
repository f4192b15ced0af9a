import { Type } from 'typebox';
import { Failure, type ShareRow } from '../../metadata/index.ts';
import { openUploadForm, type UploadForm } from '../http/upload-form.ts';
import { COMPUTED_SHA256 } from '../rest/file-digests.ts';
import { fileReply } from '../rest/file-reply.ts';
import { askerOf } from '../rest/request-facts.ts';
import { sendContent } from '../rest/send-content.ts';
import type { Asker } from '../services/drive/asker.ts';
import { typeByName } from '../services/drive/describe-file.ts';
import type { DriveFile } from '../services/drive/drive-file.ts';
import { nameOf, parseFilePath } from '../services/drive/paths.ts';
import type { ReachableFile, ReachedFile } from '../services/drive/reachable-files.ts';
import type { Caller } from '../services/sessions/sessions.ts';
import { callerOf, type DialectCall, type DialectRoute, dialectRoute } from './dialect.ts';

const MAX_NAME = 4096;
/** More than a client of this API can make use of: it has no pages. */
const MAX_LISTED = 10_000;

const Name = Type.String({ minLength: 1, maxLength: MAX_NAME });
const Username = Type.String({ minLength: 1, maxLength: 256 });
const FileQuery = Type.Object({ filename: Name, owner: Type.Optional(Username) });
const FileBody = Type.Object({ filename: Name });
const FileAndUser = Type.Object({ filename: Name, username: Username });

type AnyCall = Pick<DialectCall, 'request' | 'context'>;

/** With and without a slash at the end. */
function withSlash(route: DialectRoute): DialectRoute[] {
  return [route, { ...route, path: `${route.path}/` }];
}

const download = dialectRoute({
  name: 'cloudstore.download',
  method: 'GET',
  path: '/cloud/my-drive',
  query: FileQuery,
  async handle(call) {
    const { request, reply, context, query } = call;
    const asker = askerOf(call.request, call.context);
    const { files, reachableFiles } = context.services;
    const place = await reachableFiles.find(asker, { name: query.filename, owner: query.owner });
    const { found } = await files.find(place);
    const isHead = request.method === 'HEAD';
    const name = nameOf(place.path);
    await sendContent(reply, await fileReply(found, { headers: request.headers, isHead, name, asAttachment: false }));
    return reply;
  },
});

const upload = dialectRoute({
  name: 'cloudstore.upload',
  method: 'POST',
  path: '/cloud/my-drive',
  takesFiles: true,
  async handle(call) {
    const { request, reply, context } = call;
    const caller = callerOf(call);
    const asker = askerOf(call.request, call.context);
    const { drives, files } = context.services;
    const bucket = await drives.open(caller.account, asker.actor);
    const form = await openUploadForm(request.raw, { headers: request.headers, limits: files.limits });
    const describe = () => describeForm(form);
    const stored = await files.putForm({ asker, bucket }, { body: form.file, expected: COMPUTED_SHA256, describe });
    reply.code(stored.isNew ? 201 : 200);
    return renderFile(stored);
  },
});

/** What a client calls the file, unless a field of the form does. @throws Failure `InvalidRequest`, `InvalidPath` */
function describeForm({ fields, fileName, fileType }: UploadForm) {
  const { filename: name = fileName, ...metadata } = Object.fromEntries(fields);
  if (name === '') throw new Failure('InvalidRequest', 'The form does not tell the name of its file.');
  // A part that says nothing of its type counts as plain text (RFC 7578 section 4.4): its name may know better.
  const contentType = fileType === 'text/plain' ? (typeByName(name) ?? fileType) : fileType;
  return { path: parseFilePath(name), about: { contentType, metadata }, overwrites: true };
}

const remove = dialectRoute({
  name: 'cloudstore.delete',
  method: 'DELETE',
  path: '/cloud/my-drive',
  body: FileBody,
  async handle(call) {
    const { filename } = call.body;
    const asker = askerOf(call.request, call.context);
    const place = await findOwn(call, asker, filename);
    await call.context.services.trash.put(place);
    return { message: 'The file is deleted.', filename };
  },
});

const list = dialectRoute({
  name: 'cloudstore.list',
  method: 'GET',
  path: '/cloud/drive-permit',
  async handle(call) {
    const asker = askerOf(call.request, call.context);
    const files: object[] = [];
    for await (const reached of call.context.services.reachableFiles.list(asker)) {
      if (files.length === MAX_LISTED) return { files, is_truncated: true };
      files.push(renderReached(reached));
    }
    return { files, is_truncated: false };
  },
});

const share = dialectRoute({
  name: 'cloudstore.share',
  method: 'POST',
  path: '/cloud/drive-permit',
  body: FileAndUser,
  async handle(call) {
    const { filename, username } = call.body;
    const caller = callerOf(call);
    const asker = askerOf(call.request, call.context);
    const { shares, reachableFiles } = call.context.services;
    const { bucket, path } = await reachableFiles.find(asker, { name: filename });
    const given = await sharesWith({ call, caller, place: { asker, bucket, path } }, username);
    // As it was given: a friend may have been allowed more by another API.
    if (!given.some(({ grantor_id }) => grantor_id === caller.account.id)) {
      const terms = { permission: 'read', mayShare: false, note: null, expiresAt: null } as const;
      const place = { bucketId: bucket.id, ownerId: bucket.account_id, path };
      await shares.create({ ...place, with: username, ...terms }, { account: caller.account, actor: asker.actor });
      call.reply.code(201);
    }
    return { message: 'The file is shared.', filename, username };
  },
});

const handOver = dialectRoute({
  name: 'cloudstore.handOver',
  method: 'PUT',
  path: '/cloud/drive-permit',
  body: FileAndUser,
  async handle(call) {
    const { filename, username } = call.body;
    const asker = askerOf(call.request, call.context);
    const { bucket: drive, path } = await findOwn(call, asker, filename);
    await call.context.services.transfers.handOver(asker, { drive, path, to: username });
    return { message: 'The file has a new owner.', filename, username };
  },
});

const unshare = dialectRoute({
  name: 'cloudstore.unshare',
  method: 'DELETE',
  path: '/cloud/drive-permit',
  body: FileAndUser,
  async handle(call) {
    const { filename, username } = call.body;
    const caller = callerOf(call);
    const asker = askerOf(call.request, call.context);
    const place = await call.context.services.reachableFiles.find(asker, { name: filename });
    const found = await sharesWith({ call, caller, place }, username);
    if (found.length === 0 && place.bucket.account_id !== caller.account.id) throw notTheOwner();
    if (found.length === 0) throw new Failure('NoSuchShare', `The file is not shared with '${username}'.`);
    for (const { id } of found) {
      await call.context.services.shares.end(id, { account: caller.account, actor: asker.actor });
    }
    return { message: 'The file is not shared with them any more.', filename, username };
  },
});

const friends = dialectRoute({
  name: 'cloudstore.friends',
  method: 'GET',
  path: '/cloud/drive-share/*',
  params: Type.Object({ '*': Type.String({ minLength: 1, maxLength: MAX_NAME }) }),
  async handle(call) {
    const filename = call.params['*'].replace(/\/$/, '');
    const asker = askerOf(call.request, call.context);
    const { bucket, path } = await findOwn(call, asker, filename);
    const given = await call.context.services.shares.ofPath(bucket.id, path);
    const names = [...new Set(given.map(({ grantee }) => grantee))];
    return { filename, friends: names, shares: given.map(renderShare) };
  },
});

/** @throws Failure `NoSuchKey`; `AccessDenied` for what others share */
async function findOwn({ context }: AnyCall, asker: Asker, name: string): Promise<ReachableFile> {
  const place = await context.services.reachableFiles.find(asker, { name });
  if (place.bucket.account_id === asker.actor.accountId) return place;
  throw notTheOwner();
}

function notTheOwner(): Failure {
  return new Failure('AccessDenied', 'Only the owner of the file may do that.');
}

interface PlaceCall {
  readonly call: AnyCall;
  readonly caller: Caller;
  readonly place: ReachableFile;
}

/** The shares of a file itself with an account, as far as the caller may know of them. */
async function sharesWith({ call, caller, place }: PlaceCall, username: string): Promise<ShareRow[]> {
  const { bucket, path } = place;
  const { account } = caller;
  const viewer = { owner: bucket.account_id, account };
  const page = { after: undefined, limit: MAX_LISTED };
  const rows = await call.context.services.shares.listAt({ bucketId: bucket.id, path }, viewer, page);
  return rows.filter((row) => row.path === path && row.grantee === username);
}

function renderFile(file: DriveFile) {
  const { path, owner, sizeBytes: size, contentType, sha256, modifiedAt } = file;
  return { filename: path, owner, size, content_type: contentType, sha256, modified_at: modifiedAt };
}

function renderReached({ file, share }: ReachedFile) {
  if (share === undefined) return { ...renderFile(file), is_owner: true, permission: 'owner' };
  const { permission, expires_at } = renderShare(share);
  return { ...renderFile(file), is_owner: false, permission, shared_by: share.grantor, expires_at };
}

function renderShare({ grantee, grantor, may_write, created_at, expires_at }: ShareRow) {
  const permission = may_write === 1 ? 'write' : 'read';
  return { username: grantee, shared_by: grantor, permission, created_at, expires_at };
}

/** The files of `cloudstore`, and who may have them. */
export const cloudstoreFileRoutes: readonly DialectRoute[] = [
  ...[download, upload, remove, list, share, handOver, unshare].flatMap(withSlash),
  friends,
];
