import { Type } from 'typebox';
import { Failure } from '../../../metadata/index.ts';
import { type DrivePath, nameOf, parseFolderPath, parsePath } from '../../services/drive/paths.ts';
import type { ArrivedTree } from '../../services/drive/tree.ts';
import type { Services } from '../../services/index.ts';
import { endpoint } from '../endpoint.ts';
import { driveOf, locationOf } from '../file-call.ts';
import { fileNameOf } from '../file-reply.ts';
import { DriveName, FileSchema, fileFields, renderFile } from '../file-schemas.ts';
import { created, ok } from '../outcomes.ts';
import { toProblem } from '../problem.ts';
import { input } from '../schemas.ts';

const tag = 'files';
const MAX_BATCH = 1000;

const Path = Type.String({ minLength: 1, maxLength: 1024, description: "A folder's ends with '/'." });
const Overwrite = Type.Optional(Type.Boolean({ default: false, description: 'Replace what is there.' }));

const ArrivedSchema = Type.Object(
  { ...fileFields, file_count: Type.Integer({ description: 'How many files went there.' }) },
  { description: 'The file or folder where it is now; the size of a folder is that of all that went there.' },
);

function render({ file, fileCount }: ArrivedTree) {
  return { ...renderFile(file), file_count: fileCount };
}

/** @throws Failure `InvalidPath`, of the field of the body that it is in */
function pathIn(text: string, field: string, parse: (text: string) => DrivePath = parsePath): DrivePath {
  try {
    return parse(text);
  } catch (error) {
    throw atField(error, field);
  }
}

function atField(error: unknown, field: string): unknown {
  if (!(error instanceof Failure)) return error;
  return new Failure(error.code, error.message, { ...error.detail, Field: field }, { cause: error });
}

const transferBody = input({
  from: Path,
  to: { ...Path, description: "Where it goes: with '/' at the end, a file keeps its name in that folder." },
  overwrite: Overwrite,
  drive: DriveName,
  to_drive: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'The account whose drive it goes to; left out: the same.',
    }),
  ),
});

const move = endpoint({
  name: 'moveFile',
  method: 'POST',
  path: '/drive/move',
  tag,
  summary: 'Move a file or a folder',
  description:
    'All of it or nothing, and no bytes move. A folder may go to one that exists where no file of it is in the way. Within a drive whom it is shared with, and its links, follow. In another drive its owner pays for it.',
  access: 'account',
  body: transferBody,
  replies: { 200: { description: 'Where it is now', schema: ArrivedSchema } },
  async handle({ body, ...call }) {
    const { from, to, overwrite = false, drive, to_drive: toDrive = drive } = body;
    const ends = {
      from: { ...(await driveOf(call, drive)), path: pathIn(from, '/from') },
      to: { ...(await driveOf(call, toDrive)), path: pathIn(to, '/to') },
    };
    return ok(render(await call.services.tree.move({ ...ends, overwrite })));
  },
});

const copy = endpoint({
  name: 'copyFile',
  method: 'POST',
  path: '/drive/copy',
  tag,
  summary: 'Copy a file or a folder',
  description: 'All of it or nothing, and no bytes move: the copies share them. They count for the quota all the same.',
  access: 'account',
  body: transferBody,
  replies: { 200: { description: 'The copy', schema: ArrivedSchema } },
  async handle({ body, ...call }) {
    const { from, to, overwrite = false, drive, to_drive: toDrive = drive } = body;
    const ends = {
      from: { ...(await driveOf(call, drive)), path: pathIn(from, '/from') },
      to: { ...(await driveOf(call, toDrive)), path: pathIn(to, '/to') },
    };
    return ok(render(await call.services.tree.copy({ ...ends, overwrite })));
  },
});

const rename = endpoint({
  name: 'renameFile',
  method: 'POST',
  path: '/drive/rename',
  tag,
  summary: 'Give a file or a folder another name',
  access: 'account',
  body: input({
    path: Path,
    name: Type.String({ minLength: 1, maxLength: 1024, description: "Without '/'." }),
    drive: DriveName,
  }),
  replies: { 200: { description: 'Where it is now', schema: ArrivedSchema } },
  async handle({ body: { path, name, drive }, ...call }) {
    const place = { ...(await driveOf(call, drive)), path: pathIn(path, '/path') };
    return ok(render(await call.services.tree.rename(place, name)));
  },
});

const createFolder = endpoint({
  name: 'createFolder',
  method: 'POST',
  path: '/drive/folders',
  tag,
  summary: 'Make an empty folder',
  description: "Folders that files are in need not be made. Over S3 it is an empty object whose key ends with '/'.",
  access: 'account',
  body: input({ path: { ...Path, description: "Its last '/' may be left out." }, drive: DriveName }),
  replies: { 201: { description: 'The folder', schema: FileSchema } },
  async handle({ body: { path, drive }, ...call }) {
    const place = { ...(await driveOf(call, drive)), path: pathIn(path, '/path', parseFolderPath) };
    const folder = await call.services.tree.createFolder(place);
    return created(renderFile(folder), locationOf(folder.path, drive));
  },
});

const Deletion = Type.Object({
  path: Type.String(),
  status: Type.Integer({ description: 'What deleting it alone would have been answered: 204 where it is gone.' }),
  trash_id: Type.Optional(Type.String({ description: 'Of what is in the trash.' })),
  code: Type.Optional(Type.String({ description: 'Why it was refused.' })),
  detail: Type.Optional(Type.String()),
});

interface DeletionCall {
  readonly place: Awaited<ReturnType<typeof driveOf>>;
  readonly services: Services;
  readonly isPermanent: boolean;
  readonly isConfirmed: boolean;
}

const deleteAll = endpoint({
  name: 'deleteFiles',
  method: 'POST',
  path: '/drive/delete',
  tag,
  summary: 'Delete files and folders',
  description:
    'They go to the trash, or with `permanent` are gone for good; what is in `special/` only with `confirm`. Each is deleted or refused for itself.',
  access: 'account',
  body: input({
    paths: Type.Array(Type.String({ maxLength: 4096 }), { minItems: 1, maxItems: MAX_BATCH }),
    permanent: Type.Optional(Type.Boolean({ default: false })),
    confirm: Type.Optional(Type.Boolean({ default: false })),
    drive: DriveName,
  }),
  replies: { 200: { description: 'What became of each', schema: Type.Object({ results: Type.Array(Deletion) }) } },
  async handle({ body: { paths, permanent = false, confirm = false, drive }, ...call }) {
    const place = await driveOf(call, drive);
    const deletion = { place, services: call.services, isPermanent: permanent, isConfirmed: confirm };
    const results: object[] = [];
    for (const path of paths) results.push({ path, ...(await deleteOne(path, deletion)) });
    return ok({ results });
  },
});

async function deleteOne(text: string, { place, services, isPermanent, isConfirmed }: DeletionCall) {
  try {
    const asked = { ...place, path: parsePath(text) };
    if (!isPermanent) return { status: 204, trash_id: (await services.trash.put(asked)).id };
    await services.tree.delete(asked, { isConfirmed });
    return { status: 204 };
  } catch (error) {
    const { status, code, detail, message } = toProblem(error);
    // What nobody foresaw is for the log: the rest of the batch is not answered as if all were well.
    if (status >= 500 && code === 'internal-error') throw error;
    return { status, code, detail: detail ?? message };
  }
}

const archive = endpoint({
  name: 'downloadFolder',
  method: 'GET',
  path: '/drive/archive',
  tag,
  summary: 'Download a folder as a zip',
  description:
    'Made while it is sent, so that its length is not known before. What you may not read is not in it. It breaks off, and is no valid zip, where a file cannot be read.',
  access: 'account',
  query: input({
    path: Type.Optional(Type.String({ maxLength: 1024, description: 'Of the folder; left out: the whole drive.' })),
    drive: DriveName,
  }),
  replies: { 200: { description: 'The zip', bytes: 'application/zip' } },
  async handle({ query, isHead, ...call }) {
    const place = await driveOf(call, query.drive);
    const path = query.path === undefined || query.path === '' ? '' : parseFolderPath(query.path);
    const zip = await call.services.tree.archive({ ...place, path });
    const name = `${path === '' ? place.bucket.name : nameOf(path)}.zip`;
    const headers = {
      'Content-Type': 'application/zip',
      'Content-Disposition': `attachment; ${fileNameOf(name)}`,
      'Cache-Control': 'private, no-store',
    };
    if (!isHead) return { status: 200, headers, body: zip };
    zip.destroy();
    return { status: 200, headers, content: null };
  },
});

const restore = endpoint({
  name: 'restoreVersion',
  method: 'POST',
  path: '/drive/restore',
  tag,
  summary: 'Make an older version of a file the current one',
  description: 'As a new version with the contents of that one, which stays. No bytes move.',
  access: 'account',
  body: input({ path: Path, version_id: Type.String({ minLength: 1, maxLength: 64 }), drive: DriveName }),
  replies: { 200: { description: 'The file as it is now', schema: FileSchema } },
  async handle({ body: { path, version_id: versionId, drive }, ...call }) {
    const place = { ...(await driveOf(call, drive)), path: pathIn(path, '/path') };
    return ok(renderFile(await call.services.tree.restoreVersion(place, versionId)));
  },
});

export const driveTreeEndpoints = [move, copy, rename, createFolder, deleteAll, archive, restore];
