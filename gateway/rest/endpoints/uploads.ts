import type { AccountRow } from '../../../metadata/index.ts';
import { attributesOf } from '../../services/drive/describe-file.ts';
import { parseFilePath } from '../../services/drive/paths.ts';
import type { DriveUpload } from '../../services/drive/uploads.ts';
import { type Call, endpoint } from '../endpoint.ts';
import { driveOf } from '../file-call.ts';
import { FileSchema, renderFile } from '../file-schemas.ts';
import { created, noContent, ok } from '../outcomes.ts';
import { PageQuery, pageOf, readPage, toPage } from '../paging.ts';
import { presignParts } from '../part-urls.ts';
import {
  COMPLETION_BYTES,
  Completion,
  isThere,
  NewUpload,
  type PartState,
  partStates,
  renderUpload,
  UploadId,
  UploadSchema,
  UploadWithPartsSchema,
} from '../upload-schemas.ts';

const tag = 'uploads';

const begin = endpoint({
  name: 'beginUpload',
  method: 'POST',
  path: '/uploads',
  tag,
  summary: 'Begin to upload a large file in parts',
  description:
    'The reply has an address for each part: PUT its bytes there, in any order and several at a time, without credentials. ' +
    'Whoever has an address may use it until it expires. Then complete the upload. Parts count for the quota as they come; ' +
    'what is not completed within seven days is removed, unless the drive was told otherwise.',
  access: 'account',
  body: NewUpload,
  replies: { 201: { description: 'The upload, and where its parts go', schema: UploadWithPartsSchema } },
  async handle({ caller, body, ...call }) {
    const { asker, bucket } = await driveOf({ caller, ...call }, body.drive);
    const path = parseFilePath(body.path);
    const { metadata = {}, content_type: contentType } = body;
    const { account } = caller;
    const upload = await call.services.driveUploads.begin(asker, {
      place: { bucket, path },
      owner: body.drive ?? account.name,
      sizeBytes: body.size_bytes,
      partSizeBytes: body.part_size_bytes,
      attributes: attributesOf(path, { contentType, metadata }),
      overwrites: body.overwrite ?? true,
    });
    const shown = await withUrls(upload, { parts: partStates(upload, []), account, call });
    return created(shown, `/api/v1/uploads/${upload.id}`);
  },
});

const list = endpoint({
  name: 'listUploads',
  method: 'GET',
  path: '/uploads',
  tag,
  summary: 'List the uploads that are under way',
  description:
    'Those that you have begun, and those of others to your drive, by when they were begun; over S3 as well.',
  access: 'account',
  query: PageQuery,
  replies: { 200: { description: 'A page of them', schema: pageOf(UploadSchema) } },
  async handle({ caller, query, services }) {
    const { limit, position } = readPage(query);
    const uploads = await services.driveUploads.page(caller.account.id, { after: position, limit: limit + 1 });
    return ok(toPage(uploads, { limit, positionOf: ({ id }) => id, render: renderUpload }));
  },
});

const get = endpoint({
  name: 'getUpload',
  method: 'GET',
  path: '/uploads/:id',
  tag,
  summary: 'See which parts of an upload have come',
  description: 'Those that have not, or with another size than announced, have a fresh address.',
  access: 'account',
  params: UploadId,
  replies: { 200: { description: 'The upload and its parts', schema: UploadWithPartsSchema } },
  async handle({ caller, params, ...call }) {
    const { services, asker } = call;
    const upload = await services.driveUploads.get(asker, params.id);
    const parts = partStates(upload, await services.driveUploads.partsOf(upload));
    return ok(await withUrls(upload, { parts, account: caller.account, call }));
  },
});

const complete = endpoint({
  name: 'completeUpload',
  method: 'POST',
  path: '/uploads/:id/complete',
  tag,
  summary: 'Make the parts of an upload the file',
  description: 'All that were announced must have come, with their sizes. No bytes are moved.',
  access: 'account',
  params: UploadId,
  body: Completion,
  bodyLimitBytes: COMPLETION_BYTES,
  replies: { 200: { description: 'The file', schema: FileSchema } },
  isIdempotent: true,
  async handle({ params, body, services, asker }) {
    return ok(renderFile(await services.driveUploads.complete(asker, params.id, body)));
  },
});

const abort = endpoint({
  name: 'abortUpload',
  method: 'DELETE',
  path: '/uploads/:id',
  tag,
  summary: 'End an upload',
  description: 'Its parts go, and what they took of the quota is free again.',
  access: 'account',
  params: UploadId,
  replies: { 204: { description: 'There is no such upload any more' } },
  async handle({ params, services, asker }) {
    await services.driveUploads.abort(asker, params.id);
    return noContent;
  },
});

interface Addressing {
  readonly parts: readonly PartState[];
  readonly account: AccountRow;
  readonly call: Pick<Call, 'services' | 'facts'>;
}

/** Addresses for what has not come; that anything is missing is only known of what was announced. */
async function withUrls(upload: DriveUpload, { parts, account, call: { services, facts } }: Addressing) {
  const numbers = parts.filter((part) => !isThere(part)).map(({ number }) => number);
  if (numbers.length === 0) return render(upload, parts);
  const credentials = services.driveUploads.credentialsFor(account, upload);
  const urls = await presignParts({ uploadId: upload.id, place: upload.place, numbers, credentials, s3: facts.s3 });
  return render(upload, parts, { urls, expiresAt: credentials.expiration.toISOString() });
}

interface Addresses {
  readonly urls: ReadonlyMap<number, string>;
  readonly expiresAt: string;
}

function render(upload: DriveUpload, parts: readonly PartState[], addresses?: Addresses) {
  return {
    ...renderUpload(upload),
    parts: parts.map((part) => ({ ...part, url: addresses?.urls.get(part.number) ?? null })),
    expires_at: addresses?.expiresAt ?? null,
  };
}

export const uploadEndpoints = [begin, list, get, complete, abort];
