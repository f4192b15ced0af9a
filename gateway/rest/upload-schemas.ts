import { type Static, Type } from 'typebox';
import type { PartRow } from '../../metadata/index.ts';
import { MIN_PART_BYTES } from '../services/complete-parts.ts';
import { metadataOf } from '../services/drive/file-metadata.ts';
import { countParts, MAX_PART_BYTES, MAX_UPLOAD_BYTES, sizeOfPart } from '../services/drive/upload-plan.ts';
import type { DriveUpload } from '../services/drive/uploads.ts';
import { MAX_PARTS } from '../services/multipart.ts';
import { textsByName } from './file-schemas.ts';
import { input, OptionalText, OptionalTime, Time } from './schemas.ts';

export const UploadId = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

export const NewUpload = input({
  path: Type.String({ maxLength: 1024, description: 'Where the file will be in the drive: its S3 key.' }),
  size_bytes: Type.Integer({ minimum: 0, maximum: MAX_UPLOAD_BYTES, description: 'Of the whole file.' }),
  part_size_bytes: Type.Optional(
    Type.Integer({
      minimum: MIN_PART_BYTES,
      maximum: MAX_PART_BYTES,
      description: 'Of each part but the last. The reply says what it became: larger where there would be over 10,000.',
    }),
  ),
  content_type: Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' })),
  metadata: Type.Optional(textsByName('What is said of it, by name.')),
  overwrite: Type.Optional(
    Type.Boolean({
      default: true,
      description: 'False: only where there is nothing of that path when it is complete.',
    }),
  ),
  drive: Type.Optional(
    Type.String({ minLength: 1, maxLength: 256, description: 'The account whose drive it is; left out: your own.' }),
  ),
});

const RememberedPart = input({
  number: Type.Integer({ minimum: 1, maximum: MAX_PARTS }),
  etag: Type.String({ minLength: 1, maxLength: 130, description: 'As the reply to its PUT had it.' }),
});
export const Completion = input({
  parts: Type.Optional(
    Type.Array(RememberedPart, {
      minItems: 1,
      maxItems: MAX_PARTS,
      description: 'To make sure of them; left out: those that have come.',
    }),
  ),
  sha256: Type.Optional(
    Type.String({
      maxLength: 64,
      pattern: '^[0-9A-Fa-f]{64}$',
      description: 'Of all bytes, hex: they are read and compared before the file is there, which takes its time.',
    }),
  ),
});
/** Ten thousand parts, each with its number and its ETag. */
export const COMPLETION_BYTES = 2 * 1024 * 1024;

const Part = Type.Object({
  number: Type.Integer(),
  size_bytes: Type.Integer({ description: 'What it has to have; of an upload begun over S3, what it has.' }),
  received_bytes: Type.Union([Type.Integer(), Type.Null()], { description: 'Null: it has not come.' }),
  etag: { ...OptionalText, description: 'Of what has come, without quotes.' },
  url: { ...OptionalText, description: 'PUT its bytes there; null of what has come.' },
});

const uploadFields = {
  id: Type.String(),
  path: Type.String(),
  owner: Type.String({ description: 'The account whose drive it is to.' }),
  size_bytes: Type.Union([Type.Integer(), Type.Null()], { description: 'Null of one that was begun over S3.' }),
  part_size_bytes: Type.Union([Type.Integer(), Type.Null()]),
  overwrite: Type.Boolean(),
  content_type: OptionalText,
  metadata: textsByName('What is said of it, by name.'),
  initiated_at: Time,
};
/** An upload, as lists show it. */
export const UploadSchema = Type.Object(uploadFields);
/** An upload with its parts. */
export const UploadWithPartsSchema = Type.Object({
  ...uploadFields,
  parts: Type.Array(Part),
  expires_at: { ...OptionalTime, description: 'When the addresses of the parts do; null where there are none.' },
});

export function renderUpload(upload: DriveUpload): Static<typeof UploadSchema> {
  const { announced, attributes } = upload;
  return {
    id: upload.id,
    path: upload.place.path,
    owner: upload.owner,
    size_bytes: announced?.sizeBytes ?? null,
    part_size_bytes: announced?.partSizeBytes ?? null,
    overwrite: announced?.overwrites ?? true,
    content_type: attributes.contentType ?? null,
    metadata: metadataOf(attributes),
    initiated_at: upload.initiatedAt,
  };
}

/** A part of an upload, before it has an address. */
export type PartState = Omit<Static<typeof Part>, 'url'>;

/** What is to come and what has, by number; of an upload begun over S3 only what has. */
export function partStates({ announced }: DriveUpload, stored: readonly PartRow[]): PartState[] {
  const came = new Map(stored.map((part) => [part.part_number, part]));
  if (announced === undefined) return stored.map((part) => partState(part.part_number, part.size_bytes, part));
  return Array.from({ length: countParts(announced) }, (_, index) =>
    partState(index + 1, sizeOfPart(announced, index + 1), came.get(index + 1)),
  );
}

function partState(number: number, sizeBytes: number, part: PartRow | undefined): PartState {
  return { number, size_bytes: sizeBytes, received_bytes: part?.size_bytes ?? null, etag: part?.etag ?? null };
}

/** Whether a part has come as it was announced. */
export function isThere({ size_bytes: sizeBytes, received_bytes: receivedBytes }: PartState): boolean {
  return receivedBytes === sizeBytes;
}
