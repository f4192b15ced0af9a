import { Failure, versioningOf } from '../../../metadata/index.ts';
import { headerOf, type RequestHeaders } from '../../http/request-headers.ts';
import type { RequestedAcl } from '../../services/acl/index.ts';
import type { ChecksumAlgorithm } from '../../services/checksums.ts';
import type { ObjectAttributes } from '../../services/object-info.ts';
import type { PutResult } from '../../services/objects.ts';
import type { RequestedProperties } from '../../services/version-properties.ts';
import { parseAclHeaders } from '../acl-headers.ts';
import { parseChecksumAlgorithm } from '../checksum-headers.ts';
import { checksumXml } from '../checksum-xml.ts';
import { parseWriteCondition, type WriteCondition } from '../conditions.ts';
import { type CopySource, findCopySource, sourceVersionHeader } from '../copy-source.ts';
import { newEncryptionHeaders } from '../encryption-headers.ts';
import { S3Error } from '../errors.ts';
import { expirationHeaders, mayHaveRules } from '../lifecycle/due-headers.ts';
import { COPY_HEADERS, withAcl } from '../new-version-acl.ts';
import { parseObjectAttributes } from '../object-headers.ts';
import { type ObjectCall, objectOperation } from '../operation.ts';
import { parseCopyProperties, requireCopiedTagsAllowed, requirePropertiesAllowed } from '../requested-properties.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { writtenVersionHeader } from '../versions.ts';
import { element, xmlDocument } from '../xml.ts';

interface CopyInput {
  /** Replace the source's. */
  readonly attributes: ObjectAttributes | undefined;
  readonly condition: WriteCondition | undefined;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly properties: RequestedProperties;
  /** Of the copy, which never has that of its source. */
  readonly acl: RequestedAcl | undefined;
}

/** "You create a copy of your object up to 5 GB in size in a single atomic action using this API." */
const MAX_SOURCE_BYTES = 5 * 1024 ** 3;
/** A source that keeps being replaced while it is copied: more than this is not bad luck. */
const ATTEMPTS = 5;

/** "CopyObject": a copy that shares the bytes of its source. */
export const copyObject = objectOperation({
  name: 'CopyObject',
  method: 'PUT',
  scope: 'object',
  header: 'x-amz-copy-source',
  action: 's3:PutObject',
  input({ headers, keyTransport }): CopyInput {
    refuseUnsupportedHeaders(headers, COPY_HEADERS);
    return {
      attributes: replacesAttributes(headers) ? parseObjectAttributes(headers) : undefined,
      condition: parseWriteCondition(headers),
      checksumAlgorithm: parseChecksumAlgorithm(headers),
      properties: parseCopyProperties(headers, keyTransport),
      acl: parseAclHeaders(headers, 'object'),
    };
  },
  async handle(asked, call) {
    await requirePropertiesAllowed(asked.properties, call);
    const input = { ...asked, properties: await withAcl(asked.properties, asked.acl, call) };
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const copy = { source: await findCopySource(call), input, call };
      await requireCopyable(copy);
      if (input.properties.tags === undefined) await requireCopiedTagsAllowed(copy.source, call);
      const copied = await copyUnlessChanged(copy);
      if (copied === undefined) continue;
      const versions = { ...writtenVersionHeader(copied.versionId), ...sourceVersionHeader(copy.source) };
      const headers = { ...versions, ...newEncryptionHeaders(copied.encryption, call.region) };
      return { headers: await addExpiration(headers, copy, copied), body: renderCopy(copied) };
    }
    throw new S3Error('OperationAborted');
  },
});

interface Copy {
  readonly source: CopySource;
  readonly input: CopyInput;
  readonly call: ObjectCall;
}

async function addExpiration(
  headers: Record<string, string>,
  { source, input, call }: Copy,
  copied: PutResult,
): Promise<Record<string, string>> {
  if (!mayHaveRules(call.bucket)) return headers;
  const tags = input.properties.tags ?? source.info.tags;
  return { ...headers, ...(await expirationHeaders(call, { ...copied, tags })) };
}

/** "Specifies whether the metadata is copied from the source object or replaced with metadata that's provided". */
function replacesAttributes(headers: RequestHeaders): boolean {
  const name = 'x-amz-metadata-directive';
  const directive = headerOf(headers, name) ?? 'COPY';
  if (directive === 'COPY' || directive === 'REPLACE') return directive === 'REPLACE';
  throw new S3Error('InvalidArgument', {
    message: 'Unknown metadata directive.',
    detail: { ArgumentName: name, ArgumentValue: directive },
  });
}

/** @throws S3Error `InvalidRequest` for a source that is too large, or the target itself where nothing would change */
async function requireCopyable(copy: Copy): Promise<void> {
  const { source, input, call } = copy;
  const { sizeBytes, checksum } = source.info;
  if (sizeBytes > MAX_SOURCE_BYTES) {
    throw new S3Error('InvalidRequest', {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_SOURCE_BYTES}`,
    });
  }
  if (source.bucket.id !== call.bucket.id || source.key !== call.key || input.attributes !== undefined) return;
  // "Copy a previous version of the object into the same bucket" ("Restoring previous versions").
  if (source.versionId !== undefined && versioningOf(call.bucket, call.key) !== null) return;
  if (input.checksumAlgorithm !== undefined && input.checksumAlgorithm !== checksum?.algorithm) return;
  // To name a storage class, be it the same, is to change it: that is how objects are touched.
  if (headerOf(call.request.headers, 'x-amz-storage-class') !== undefined) return;
  if (await changesEncryption(copy)) return;
  throw new S3Error('InvalidRequest', {
    message:
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  });
}

/** The copy is encrypted as asked for or as its bucket has it, never as its source: nothing changes where none of them is. */
async function changesEncryption({ source, input, call }: Copy): Promise<boolean> {
  if (input.properties.encryption !== undefined || source.info.encryption !== undefined) return true;
  const { encryption } = await call.services.configs.of(call.bucket);
  return encryption?.default !== undefined;
}

/** Undefined when the source was replaced since it was found. */
async function copyUnlessChanged({ source, input, call }: Copy): Promise<PutResult | undefined> {
  const { services, bucket, key, accountId } = call;
  try {
    return await services.objects.copy({ source, bucket, key, accountId, ...input });
  } catch (error) {
    if (error instanceof Failure && error.code === 'NoSuchKey' && error.detail.changed === 'true') return undefined;
    throw error;
  }
}

function renderCopy({ lastModified, etag, checksum }: PutResult): string {
  return xmlDocument(
    'CopyObjectResult',
    element('LastModified', lastModified) + element('ETag', `"${etag}"`) + checksumXml(checksum),
  );
}
