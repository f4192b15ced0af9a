import { Type } from 'typebox';
import { openFileBody } from '../http/file-body.ts';
import { openUploadForm } from '../http/upload-form.ts';
import { MAX_FILE_CURSOR, readFilePage, renderPosition } from '../rest/file-cursor.ts';
import { COMPUTED_SHA256, expectedDigests } from '../rest/file-digests.ts';
import { formDescription } from '../rest/form-file.ts';
import { uploadHeaders } from '../rest/upload-headers.ts';
import { writeCondition } from '../rest/write-condition.ts';
import type { DriveFile } from '../services/drive/drive-file.ts';
import type { FilePlace, StoredFile } from '../services/drive/files.ts';
import { type DrivePath, nameOf, parseFilePath, parseFolderPath } from '../services/drive/paths.ts';
import { type DialectCall, type DialectRoute, dialectRoute } from './dialect.ts';
import { ownDrive, sendFile } from './drive-call.ts';
import { withoutToken } from './general-token.ts';

const OK = { _status: 'OK' };
const MAX_PATH = 4096;
/** Clients of this API may not know that there are pages. */
const DEFAULT_LIMIT = 1000;

const Path = Type.String({ maxLength: MAX_PATH });

type AnyCall = Pick<DialectCall, 'request' | 'reply' | 'context'>;

/** A path as this API has it: with or without a slash in front. */
function pathOf(text: string): DrivePath {
  return parseFilePath(text.replace(/^\//, ''));
}

async function placeOf(call: AnyCall, text: string): Promise<FilePlace> {
  const drive = await ownDrive(call);
  return { ...drive, path: pathOf(text) };
}

const upload = dialectRoute({
  name: 'general.upload',
  method: ['POST', 'PUT'],
  path: '/api/v1/file/upload/*',
  params: Type.Object({ '*': Type.String() }),
  takesFiles: true,
  async handle(call) {
    const place = await placeOf(call, call.params['*']);
    const isForm = /^multipart\/form-data\b/i.test(call.request.headers['content-type'] ?? '');
    return { ...OK, ...informationOf(await (isForm ? storeForm(call, place) : storeRaw(call, place))) };
  },
});

async function storeRaw({ request, context }: AnyCall, place: FilePlace): Promise<StoredFile> {
  const { files } = context.services;
  const headers = withoutToken(request.headers);
  const condition = writeCondition(headers);
  const expected = expectedDigests(headers);
  await files.requirePlace(place, { overwrites: true });
  const body = await openFileBody(request.raw, { headers, limits: files.limits });
  return files.put(place, { body, about: uploadHeaders(headers), condition, expected });
}

async function storeForm({ request, context }: AnyCall, place: FilePlace): Promise<StoredFile> {
  const { files } = context.services;
  const { path } = place;
  const form = await openUploadForm(request.raw, { headers: request.headers, limits: files.limits });
  const describe = () => ({ path, about: formDescription(form, { name: path, ours: [] }), overwrites: true });
  return files.putForm(place, { body: form.file, expected: COMPUTED_SHA256, describe });
}

const download = dialectRoute({
  name: 'general.download',
  method: 'GET',
  path: '/api/v1/file/download',
  query: Type.Object({ path: Path }),
  handle: async (call) => sendFile(call, await placeOf(call, call.query.path), withoutToken(call.request.headers)),
});

const list = dialectRoute({
  name: 'general.list',
  method: 'GET',
  path: '/api/v1/file/list',
  query: Type.Object({
    path: Type.Optional(Path),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: DEFAULT_LIMIT })),
    cursor: Type.Optional(Type.String({ maxLength: MAX_FILE_CURSOR })),
  }),
  async handle(call) {
    const { path = '', limit = DEFAULT_LIMIT, cursor } = call.query;
    const drive = await ownDrive(call);
    const folder = path.replace(/^\//, '');
    const prefix = folder === '' ? '' : parseFolderPath(folder);
    const page = readFilePage({ limit, ...(cursor === undefined ? {} : { cursor }) });
    const { files, next } = await call.context.services.files.list(drive, { prefix, delimiter: '', ...page });
    const listed = files.filter(({ kind }) => kind === 'file').map(informationOf);
    return { ...OK, files: listed, cursor: renderPosition(next) };
  },
});

const information = dialectRoute({
  name: 'general.information',
  method: 'GET',
  path: '/api/v1/file/information',
  query: Type.Object({ path: Type.Optional(Path) }),
  async handle(call) {
    const { path } = call.query;
    if (path === undefined || path === '') return totalsOf(call);
    const { file } = await call.context.services.files.stat(await placeOf(call, path));
    return { ...OK, ...informationOf(file) };
  },
});

async function totalsOf(call: AnyCall): Promise<object> {
  const { bucket } = await ownDrive(call);
  const totals = await call.context.services.drives.totalsOf(bucket);
  const { usedBytes, quotaBytes, objectCount, trashBytes } = totals;
  return { ...OK, files: objectCount, size: usedBytes, quota: quotaBytes, trash_size: trashBytes };
}

const remove = dialectRoute({
  name: 'general.delete',
  method: 'POST',
  path: '/api/v1/file/delete',
  body: Type.Object({ file: Path }),
  async handle(call) {
    await call.context.services.trash.put(await placeOf(call, call.body.file));
    return OK;
  },
});

function informationOf(file: DriveFile): object {
  const { path, sizeBytes: size, contentType: type, modifiedAt: modified_at, etag, sha256, metadata } = file;
  return { path, name: nameOf(path), size, type, modified_at, etag, sha256, version_id: file.versionId, metadata };
}

/** The files of `general`: its paths are those of the drive. */
export const generalFileRoutes: readonly DialectRoute[] = [upload, download, list, information, remove];
