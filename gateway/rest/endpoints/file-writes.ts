import { Type } from 'typebox';
import { Failure } from '../../../metadata/index.ts';
import { openFileBody } from '../../http/file-body.ts';
import { openUploadForm } from '../../http/upload-form.ts';
import type { StoredFile } from '../../services/drive/files.ts';
import { parseFilePath, parseFolderPath } from '../../services/drive/paths.ts';
import { endpoint, type Outcome } from '../endpoint.ts';
import { driveOf, fileOf, locationOf } from '../file-call.ts';
import { COMPUTED_SHA256, expectedDigests } from '../file-digests.ts';
import { DriveName, FilePathParams, FileSchema, Flag, isOn, renderFile } from '../file-schemas.ts';
import { formFile } from '../form-file.ts';
import { noContent, ok } from '../outcomes.ts';
import { input } from '../schemas.ts';
import { uploadHeaders } from '../upload-headers.ts';
import { writeCondition } from '../write-condition.ts';

const tag = 'files';
const stored = {
  200: { description: 'The file, in the place of another', schema: FileSchema },
  201: { description: 'The file', schema: FileSchema },
};

const put = endpoint({
  name: 'putFile',
  method: 'PUT',
  path: '/files/*',
  tag,
  summary: 'Store a file',
  description:
    'The body is the file, of any length, announced or not. `If-Match` and `If-None-Match` are held to what is there at the end; `Content-MD5`, `Repr-Digest`, `Content-Digest` (`sha-256`) and `X-Content-SHA256` to what came. Headers `X-Meta-<name>` are its metadata. Nothing is stored of a body that breaks off.',
  access: 'account',
  params: FilePathParams,
  query: input({ drive: DriveName }),
  takesFiles: true,
  upload: { type: 'application/octet-stream', schema: Type.String({ format: 'binary' }) },
  replies: stored,
  async handle({ params, query, headers, source, ...call }) {
    const { files } = call.services;
    const place = await fileOf(call, { path: params['*'], drive: query.drive });
    const about = uploadHeaders(headers);
    const condition = writeCondition(headers);
    const expected = expectedDigests(headers);
    await files.requirePlace(place, { overwrites: true });
    const body = await openFileBody(source, { headers, limits: files.limits });
    return toStored(await files.put(place, { body, about, condition, expected }), query.drive);
  },
});

const post = endpoint({
  name: 'postFile',
  method: 'POST',
  path: '/files',
  tag,
  summary: 'Store the file of a form',
  description:
    'The file is in the field `file`, its path in `identifier` or `path`, in front of it or behind it. Every other field is metadata, but for `overwrite`, which says with `true` that what is there gives way, as the query does.',
  access: 'account',
  query: input({ drive: DriveName, overwrite: Flag }),
  takesFiles: true,
  upload: {
    type: 'multipart/form-data',
    schema: Type.Object(
      {
        file: Type.String({ format: 'binary' }),
        identifier: Type.Optional(Type.String({ maxLength: 1024 })),
        path: Type.Optional(Type.String({ maxLength: 1024 })),
        overwrite: Type.Optional(Type.Enum(['', 'true', 'false'])),
      },
      { additionalProperties: { type: 'string' } },
    ),
  },
  replies: stored,
  async handle({ query, headers, source, ...call }) {
    const { files } = call.services;
    const drive = await driveOf(call, query.drive);
    const form = await openUploadForm(source, { headers, limits: files.limits });
    const describe = () => {
      const { overwrite, ...told } = formFile(form, { names: ['identifier', 'path'], options: ['overwrite'] });
      return { ...told, path: parseFilePath(told.name), overwrites: isOn(query.overwrite) || isOn(overwrite) };
    };
    return toStored(await files.putForm(drive, { body: form.file, expected: COMPUTED_SHA256, describe }), query.drive);
  },
});

const change = endpoint({
  name: 'describeFile',
  method: 'PATCH',
  path: '/files/*',
  tag,
  summary: 'Change the type and the metadata of a file',
  description:
    'What is left out stays; null takes a field away, and leaves the type to what the name says. The bytes, the ETag and the versions stay as they are.',
  access: 'account',
  params: FilePathParams,
  query: input({ drive: DriveName }),
  body: input({
    content_type: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()])),
    metadata: Type.Optional(
      Type.Object({}, { additionalProperties: true, description: 'Texts by name; null takes one away.' }),
    ),
  }),
  replies: { 200: { description: 'The file as it is told of now', schema: FileSchema } },
  async handle({ params, query, body, headers, ...call }) {
    const place = await fileOf(call, { path: params['*'], drive: query.drive });
    const condition = writeCondition(headers);
    const metadata = body.metadata === undefined ? undefined : requireTexts(body.metadata);
    const file = await call.services.files.describe(place, { contentType: body.content_type, metadata, condition });
    return { status: 200, body: renderFile(file), headers: { ETag: `"${file.etag}"` } };
  },
});

/** @throws Failure `InvalidArgument` */
function requireTexts(metadata: object): Record<string, string | null> {
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value === 'string' || value === null) continue;
    throw new Failure('InvalidArgument', `The metadata '${name.slice(0, 100)}' is no text.`, { Field: '/metadata' });
  }
  return metadata as Record<string, string | null>; // looked at
}

const Deleted = Type.Object({
  deleted_versions: Type.Integer(),
  deleted_bytes: Type.Integer(),
});

const remove = endpoint({
  name: 'deleteFile',
  method: 'DELETE',
  path: '/files/*',
  tag,
  summary: 'Delete a file or a folder',
  description:
    'It goes to the trash; with `?permanent=true` it is gone for good, with all its versions. Where versions are kept, as in `special/`, that needs `confirm=true`, and so does deleting one version by its `version_id`. The path of a folder ends with `/`.',
  access: 'account',
  params: FilePathParams,
  query: input({
    permanent: Flag,
    confirm: Flag,
    version_id: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    drive: DriveName,
  }),
  replies: {
    200: { description: 'What is gone for good', schema: Deleted },
    204: { description: 'It is in the trash; or a folder is gone for good' },
  },
  async handle({ params, query, headers, ...call }) {
    const { files } = call.services;
    const isConfirmed = isOn(query.confirm);
    if (params['*'].endsWith('/')) {
      const folder = { ...(await driveOf(call, query.drive)), path: parseFolderPath(params['*']) };
      await (isOn(query.permanent)
        ? call.services.tree.delete(folder, { isConfirmed })
        : call.services.trash.put(folder));
      return noContent;
    }
    const place = await fileOf(call, { path: params['*'], drive: query.drive });
    const condition = writeCondition(headers);
    if (query.version_id !== undefined) {
      const gone = await files.removeVersion(place, { versionId: query.version_id, isConfirmed });
      return ok({ deleted_versions: 1, deleted_bytes: gone.sizeBytes });
    }
    if (isOn(query.permanent)) {
      const gone = await files.remove(place, { condition, isConfirmed });
      return ok({ deleted_versions: gone.versionCount, deleted_bytes: gone.sizeBytes });
    }
    await call.services.trash.put(place, { condition });
    return noContent;
  },
});

function toStored(file: StoredFile, drive: string | undefined): Outcome {
  const headers = { ETag: `"${file.etag}"` };
  const body = renderFile(file);
  if (!file.isNew) return { status: 200, body, headers };
  return { status: 201, body, headers: { ...headers, Location: locationOf(file.path, drive) } };
}

export const fileWriteEndpoints = [put, post, change, remove];
