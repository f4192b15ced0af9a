import { isVersionId } from '../../../metadata/index.ts';
import type { RequestHeaders } from '../../http/request-headers.ts';
import { requireAllowed } from '../authorize.ts';
import { parseWriteCondition } from '../conditions.ts';
import { type Deleted, type Deletion, deleteNamed } from '../delete-named.ts';
import { S3Error, toS3Error } from '../errors.ts';
import { hasDigest } from '../integrity.ts';
import { parseObjectKey } from '../names.ts';
import { type BucketCall, bucketOperation } from '../operation.ts';
import { readDocument } from '../request-body.ts';
import { refuseUnsupportedHeaders } from '../unsupported.ts';
import { element, parseXml, type XmlNode, xmlDocument } from '../xml.ts';

const MAX_KEYS = 1000;
/** A thousand of the longest keys, with as much again for their markup. */
const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;
/** An object, its key, version, ETag, size and time. */
const MAX_ELEMENTS = MAX_KEYS * 6 + 2;

/** "DeleteObjects": up to 1,000 keys, each with a verdict of its own. */
export const deleteObjects = bucketOperation({
  name: 'DeleteObjects',
  method: 'POST',
  scope: 'bucket',
  query: ['delete'],
  action: 's3:DeleteObject',
  asksByBody: true,
  input({ headers }) {
    refuseUnsupportedHeaders(headers);
    requireIntegrity(headers);
  },
  async handle(_, call) {
    const { items, isQuiet } = parseRequest(await readDocument(call, MAX_DOCUMENT_BYTES));
    // All at once, so that they share group commits.
    const verdicts = await Promise.all(items.map((item) => verdictOf(item, call)));
    const body = verdicts.map((verdict) => renderVerdict(verdict, isQuiet)).join('');
    const errorOf = (code: string) => verdicts.find(({ error }) => error?.code === code)?.error;
    const error = errorOf('InternalError') ?? errorOf('AccessDenied');
    return { body: xmlDocument('DeleteResult', body), error };
  },
});

/**
 * "The Content-MD5 request header is required for all Multi-Object Delete requests"; a checksum, in a header or in the
 * trailer, does as well ("Checking object integrity in Amazon S3"). @throws S3Error `InvalidRequest`
 */
function requireIntegrity(headers: RequestHeaders): void {
  if (hasDigest(headers)) return;
  throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: Content-MD5' });
}

/** What is to be deleted, as sent: what is wrong with it is a matter of its own verdict. */
interface Item {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly etag: string | undefined;
  /** A condition that only directory buckets have. */
  readonly unsupported: string | undefined;
}

/** @throws S3Error `MalformedXML` */
function parseRequest(bytes: Buffer): { readonly items: readonly Item[]; readonly isQuiet: boolean } {
  const document = parseXml(bytes, 'Delete', MAX_ELEMENTS);
  const items = document.children('Object').map(parseItem);
  if (items.length === 0 || items.length > MAX_KEYS) throw new S3Error('MalformedXML');
  const quiet = document.text('Quiet')?.trim().toLowerCase() ?? 'false';
  if (quiet !== 'true' && quiet !== 'false') throw new S3Error('MalformedXML');
  return { items, isQuiet: quiet === 'true' };
}

function parseItem(node: XmlNode): Item {
  return {
    key: node.required('Key'),
    versionId: node.text('VersionId') || undefined,
    etag: node.text('ETag'),
    unsupported: ['LastModifiedTime', 'Size'].find((name) => node.text(name) !== undefined),
  };
}

interface Verdict {
  readonly item: Item;
  readonly deleted?: Deleted;
  readonly error?: S3Error;
}

async function verdictOf(item: Item, call: BucketCall): Promise<Verdict> {
  try {
    return { item, deleted: await deleteItem(item, call) };
  } catch (error) {
    return { item, error: toS3Error(error) };
  }
}

async function deleteItem({ key, versionId, etag, unsupported }: Item, call: BucketCall): Promise<Deleted> {
  if (unsupported !== undefined) throw new S3Error('NotImplemented');
  const condition = etag === undefined ? undefined : parseWriteCondition({ 'if-match': etag });
  const deletion = { key: parseObjectKey(key), versionId, condition };
  // A condition in the head of the request is none on its objects.
  await requireDeletable(deletion, { ...call, said: { body: { 'if-match': etag } } });
  // As `authorize` asks of a condition in a header.
  if (condition?.kind === 'match')
    await requireAllowed(call, 's3:GetObject', { kind: 'bucket', bucket: call.bucket, key });
  if (versionId !== undefined && !isVersionId(versionId)) throw new S3Error('NoSuchVersion');
  return deleteNamed(deletion, call);
}

/** @throws S3Error `AccessDenied` */
function requireDeletable({ key, versionId }: Deletion, call: BucketCall): Promise<void> {
  const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
  return requireAllowed(call, action, { kind: 'bucket', bucket: call.bucket, key, versionId });
}

/** "In quiet mode the response includes only keys where the delete operation encountered an error." */
function renderVerdict({ item, deleted, error }: Verdict, isQuiet: boolean): string {
  const name = element('Key', item.key) + element('VersionId', item.versionId);
  if (error !== undefined)
    return `<Error>${name}${element('Code', error.code)}${element('Message', error.message)}</Error>`;
  if (isQuiet) return '';
  const marker = deleted?.isDeleteMarker
    ? element('DeleteMarker', true) + element('DeleteMarkerVersionId', deleted.versionId)
    : '';
  return `<Deleted>${name}${marker}</Deleted>`;
}
