import { type Static, Type } from 'typebox';
import type { FileVersion } from '../../services/drive/file-listing.ts';
import type { FilePlace } from '../../services/drive/files.ts';
import { nameOf, parsePrefix } from '../../services/drive/paths.ts';
import type { Services } from '../../services/index.ts';
import { type ApiFacts, endpoint, type Outcome } from '../endpoint.ts';
import { driveOf, fileOf, folderOf } from '../file-call.ts';
import { MAX_FILE_CURSOR, readFilePage, renderPosition } from '../file-cursor.ts';
import { fileReply } from '../file-reply.ts';
import { DriveName, FilePathParams, FileSchema, Flag, fileFields, isOn, renderFile } from '../file-schemas.ts';
import { LinkSchema, renderLink } from '../link-schema.ts';
import { ok } from '../outcomes.ts';
import { pageOf, pageQuery, readNumberedPage, toPage } from '../paging.ts';
import { input, OptionalTime } from '../schemas.ts';
import { renderShare, ShareSchema } from '../share-schemas.ts';

const tag = 'files';

const FileDetails = Type.Object(
  {
    ...fileFields,
    expires_at: { ...OptionalTime, description: 'When a rule of the drive deletes it.' },
    shares: Type.Optional(Type.Array(ShareSchema, { description: 'For the owner: whom it is shared with.' })),
    links: Type.Optional(Type.Array(LinkSchema, { description: 'For the owner: its public links.' })),
  },
  { description: 'All that is known of a file or folder.' },
);

const FileVersionSchema = Type.Object({
  ...fileFields,
  version_id: Type.String(),
  is_current: Type.Boolean(),
  is_delete_marker: Type.Boolean({ description: 'The file was deleted here: there is nothing to be read.' }),
});

const list = endpoint({
  name: 'listFiles',
  method: 'GET',
  path: '/files',
  tag,
  summary: 'List files and folders',
  description:
    "In the order of their paths' bytes. With `delimiter=/` what is in folders is left out, and the root shows the top folders `mere/`, `special/` and `temporary/` also while they are empty.",
  access: 'account',
  query: input({
    prefix: Type.Optional(
      Type.String({ maxLength: 1024, description: "What paths begin with; a folder's path: what is in it." }),
    ),
    delimiter: Type.Optional(Type.Enum(['', '/'])),
    ...pageQuery,
    cursor: Type.Optional(Type.String({ maxLength: MAX_FILE_CURSOR, description: 'The `next` of the page before.' })),
    drive: DriveName,
  }),
  replies: { 200: { description: 'A page of them', schema: pageOf(FileSchema) } },
  async handle({ query: { prefix = '', delimiter = '', drive, ...page }, ...call }) {
    const range = { prefix: parsePrefix(prefix), delimiter: delimiter as '' | '/', ...readFilePage(page) };
    const { files, next } = await call.services.files.list(await driveOf(call, drive), range);
    return ok({ items: files.map(renderFile), next: renderPosition(next) });
  },
});

const get = endpoint({
  name: 'getFile',
  method: 'GET',
  path: '/files/*',
  tag,
  summary: 'Download a file, or ask what is known of it',
  description:
    'Answers conditions, `Range` and HEAD. With `?info` the reply is what is known of the file, or of the folder where the path ends with `/`; with `?versions` a page of what its path named and names, the newest first. What is no image, sound, film or plain text is sent as an attachment, and nothing in it can run as a page of this gateway.',
  access: 'account',
  params: FilePathParams,
  query: input({
    info: Flag,
    versions: Flag,
    download: Flag,
    version_id: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    drive: DriveName,
    ...pageQuery,
  }),
  replies: {
    200: {
      description: 'Its bytes; or what is known of it; or its versions',
      schema: Type.Union([FileDetails, pageOf(FileVersionSchema)]),
      bytes: '*/*',
    },
    206: { description: 'The bytes of the range', bytes: '*/*' },
    304: { description: 'It is what the client has' },
  },
  async handle({ params, query, headers, isHead, ...call }) {
    const named = { path: params['*'], drive: query.drive };
    if (isOn(query.info) && named.path.endsWith('/')) return folderDetailsOf(await folderOf(call, named), call);
    const place = await fileOf(call, named);
    const { files } = call.services;
    if (isOn(query.versions)) return versionsOf(place, { ...call, page: query });
    if (isOn(query.info)) return detailsOf(place, { ...call, versionId: query.version_id });
    const { found } = await files.find(place, query.version_id);
    const reply = await fileReply(found, {
      headers,
      isHead,
      name: nameOf(place.path),
      asAttachment: isOn(query.download),
    });
    return { ...reply, content: reply.content ?? null };
  },
});

interface AnyCall {
  readonly services: Services;
  readonly facts: ApiFacts;
}

interface DetailsCall extends AnyCall {
  readonly versionId: string | undefined;
}

async function detailsOf(place: FilePlace, { services, facts, versionId }: DetailsCall): Promise<Outcome> {
  const { file, info } = await services.files.stat(place, versionId);
  const expiresAt = versionId === undefined ? await services.files.expiryOf(place, info) : undefined;
  const who = await whoElse(place, { services, facts });
  return ok({ ...renderFile(file), expires_at: expiresAt ?? null, ...who });
}

async function folderDetailsOf(place: FilePlace, call: AnyCall): Promise<Outcome> {
  const folder = renderFile(await call.services.files.folder(place));
  return ok({ ...folder, expires_at: null, ...(await whoElse(place, call)) });
}

/** Whom it is given to, for its owner alone. */
async function whoElse({ asker, bucket, path }: FilePlace, { services, facts }: AnyCall): Promise<object> {
  const { principal } = asker;
  if (principal.kind !== 'account' || principal.account.id !== bucket.account_id) return {};
  const shares = await services.shares.ofPath(bucket.id, path);
  const links = await services.links.ofPath({ bucketId: bucket.id, path });
  const place = { origin: facts.origin, accountName: principal.account.name };
  return { shares: shares.map(renderShare), links: links.map((row) => renderLink(row, place)) };
}

async function versionsOf(
  place: FilePlace,
  { services, page }: { services: Services; page: { limit?: number; cursor?: string } },
): Promise<Outcome> {
  const { limit, before = Number.MAX_SAFE_INTEGER } = readNumberedPage(page);
  const versions = await services.files.versions(place, { before, limit: limit + 1 });
  return ok(toPage(versions, { limit, positionOf: ({ seq }) => String(seq), render: renderVersion }));
}

function renderVersion(version: FileVersion): Static<typeof FileVersionSchema> {
  const { file, versionId, isCurrent, isDeleteMarker } = version;
  const about = renderFile(isDeleteMarker ? { ...file, contentType: null, etag: null, sizeBytes: null } : file);
  return { ...about, version_id: versionId, is_current: isCurrent, is_delete_marker: isDeleteMarker };
}

export const fileEndpoints = [list, get];
