import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { Tags } from '../services/tags.ts';
import type { RequestedProperties } from '../services/version-properties.ts';
import { requireAllowed } from './authorize.ts';
import type { CopySource } from './copy-source.ts';
import { type KeyTransport, parseBucketKey, parseEncryption } from './encryption-headers.ts';
import { parseLockHeaders } from './object-lock.ts';
import type { ObjectCall } from './operation.ts';
import { parseReplacingTags, parseTaggingHeader } from './tagging.ts';

/**
 * What the headers of PutObject, PostObject and CreateMultipartUpload say of the new version beside its contents.
 * @throws S3Error `InvalidArgument`, and as `parseEncryption`; Failure `BadRequest`, `InvalidTag`
 */
export function parseRequestedProperties(headers: RequestHeaders, transport: KeyTransport): RequestedProperties {
  return parseProperties(headers, transport, parseTaggingHeader(headers));
}

/** As {@link parseRequestedProperties} for CopyObject; without tags the source's are meant. */
export function parseCopyProperties(headers: RequestHeaders, transport: KeyTransport): RequestedProperties {
  return parseProperties(headers, transport, parseReplacingTags(headers));
}

function parseProperties(
  headers: RequestHeaders,
  transport: KeyTransport,
  tags: Tags | undefined,
): RequestedProperties {
  const { retention, legalHold } = parseLockHeaders(headers);
  return {
    tags,
    retention,
    legalHold,
    storageClass: headerOf(headers, 'x-amz-storage-class'),
    encryption: parseEncryption(headers, transport),
    bucketKey: parseBucketKey(headers),
  };
}

/** Tags and locks need a permission of their own beside the one to write. @throws S3Error `AccessDenied` */
export async function requirePropertiesAllowed(
  { tags, retention, legalHold }: RequestedProperties,
  call: ObjectCall,
): Promise<void> {
  const { bucket, key } = call;
  const resource = { kind: 'bucket', bucket, key } as const;
  if (tags !== undefined) await requireAllowed(call, 's3:PutObjectTagging', resource);
  if (retention !== undefined) await requireAllowed(call, 's3:PutObjectRetention', resource);
  if (legalHold !== undefined) await requireAllowed(call, 's3:PutObjectLegalHold', resource);
}

/** Who copies tags reads them here and writes them there. @throws S3Error `AccessDenied` */
export async function requireCopiedTagsAllowed(source: CopySource, target: ObjectCall): Promise<void> {
  const { bucket, key, versionId, info } = source;
  if (info.tags.length === 0) return;
  const action = versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
  await requireAllowed(target, action, { kind: 'bucket', bucket, key, versionId });
  await requirePropertiesAllowed({ tags: info.tags }, { ...target, said: { tags: info.tags } });
}
