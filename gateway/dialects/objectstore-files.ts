import { Type } from 'typebox';
import { openUploadForm } from '../http/upload-form.ts';
import { COMPUTED_SHA256 } from '../rest/file-digests.ts';
import { formFile } from '../rest/form-file.ts';
import type { DriveFile } from '../services/drive/drive-file.ts';
import type { FilePlace } from '../services/drive/files.ts';
import { parseFilePath } from '../services/drive/paths.ts';
import { type DialectCall, type DialectRoute, dialectRoute } from './dialect.ts';
import { allFiles, ownDrive, sendFile } from './drive-call.ts';

/** What this API calls a path of the drive. */
const IDENTIFIER = 'file_identifier';

const Identified = Type.Object({ '*': Type.String() });

type AnyCall = Pick<DialectCall, 'request' | 'context'>;

async function placeOf(call: AnyCall, params: { readonly '*': string }): Promise<FilePlace> {
  const drive = await ownDrive(call);
  return { ...drive, path: parseFilePath(params['*']) };
}

const upload = dialectRoute({
  name: 'objectstore.upload',
  method: 'POST',
  path: '/data/file',
  takesFiles: true,
  async handle(call) {
    const { request, reply, context } = call;
    const { files } = context.services;
    const drive = await ownDrive(call);
    const form = await openUploadForm(request.raw, { headers: request.headers, limits: files.limits });
    const describe = () => {
      const { name, about } = formFile(form, { names: [IDENTIFIER], options: [] });
      return { path: parseFilePath(name), about, overwrites: false };
    };
    const stored = await files.putForm(drive, { body: form.file, expected: COMPUTED_SHA256, describe });
    reply.code(201);
    return render(stored);
  },
});

const download = dialectRoute({
  name: 'objectstore.download',
  method: 'GET',
  path: '/data/file/*',
  params: Identified,
  handle: async (call) => sendFile(call, await placeOf(call, call.params), call.request.headers),
});

const list = dialectRoute({
  name: 'objectstore.list',
  method: 'GET',
  path: '/data/user_file',
  async handle(call) {
    const { files, isTruncated } = await allFiles(call, await ownDrive(call));
    return { file_identifiers: files.map(({ path }) => path), is_truncated: isTruncated };
  },
});

const metadata = dialectRoute({
  name: 'objectstore.metadata',
  method: 'GET',
  path: '/data/metadata/*',
  params: Identified,
  async handle(call) {
    const { file } = await call.context.services.files.stat(await placeOf(call, call.params));
    return render(file);
  },
});

const remove = dialectRoute({
  name: 'objectstore.delete',
  method: 'DELETE',
  path: '/data/file/*',
  params: Identified,
  async handle(call) {
    const place = await placeOf(call, call.params);
    await call.context.services.trash.put(place);
    return { file_identifier: place.path, detail: 'The file is deleted.' };
  },
});

function render(file: DriveFile): object {
  const { path, sizeBytes: size, contentType: content_type, etag, sha256, modifiedAt: modified_at } = file;
  return { file_identifier: path, size, content_type, etag, sha256, modified_at, metadata: file.metadata };
}

/** The files of `objectstore`: an identifier is a path of the drive. */
export const objectstoreFileRoutes: readonly DialectRoute[] = [upload, download, list, metadata, remove];
