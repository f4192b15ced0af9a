import type { BucketEncryption, DefaultEncryption } from '../services/bucket-configs.ts';
import { S3Error } from './errors.ts';
import { required, StrictElement } from './strict-element.ts';
import { element, parseXml, type XmlNode, xmlDocument } from './xml.ts';

/** Far more than the one rule of a document can have to say. */
export const MAX_BUCKET_ENCRYPTION_BYTES = 64 * 1024;

const ROOT = 'ServerSideEncryptionConfiguration';
const DEFAULT = 'ApplyServerSideEncryptionByDefault';
const ALGORITHMS = ['AES256', 'aws:kms', 'aws:kms:dsse'] as const;
const BLOCKABLE = ['NONE', 'SSE-C'] as const;

/**
 * Reads the document of PutBucketEncryption. Which encryptions are blocked stays as it was where nothing is said of it.
 * @throws S3Error `MalformedXML`; `InvalidArgument` for a key that nothing would use; `NotImplemented` for two layers
 */
export function parseBucketEncryption(bytes: Buffer, current: BucketEncryption | undefined): BucketEncryption {
  const [node, ...others] = new StrictElement(parseXml(bytes, ROOT), { many: ['Rule'] }).all('Rule');
  if (others.length > 0) throw new S3Error('MalformedXML');
  const rule = new StrictElement(required(node), { once: [DEFAULT, 'BucketKeyEnabled', 'BlockedEncryptionTypes'] });
  if (rule.size === 0) throw new S3Error('MalformedXML');
  const byDefault = rule.one(DEFAULT);
  return {
    ...(byDefault !== undefined && { default: parseDefault(byDefault) }),
    bucketKey: rule.boolean('BucketKeyEnabled') ?? false,
    blocksCustomerKeys: parseBlocked(rule.one('BlockedEncryptionTypes')) ?? current?.blocksCustomerKeys ?? false,
  };
}

/** "Amazon S3 doesn't validate the KMS key ID provided in PutBucketEncryption requests." */
function parseDefault(node: XmlNode): DefaultEncryption {
  const fields = new StrictElement(node, { once: ['SSEAlgorithm', 'KMSMasterKeyID'] });
  const algorithm = required(fields.word('SSEAlgorithm', ALGORITHMS));
  const keyId = fields.text('KMSMasterKeyID')?.trim();
  if (keyId === '') throw new S3Error('MalformedXML');
  if (algorithm === 'aws:kms:dsse') {
    throw new S3Error('NotImplemented', { message: `Default encryption with ${algorithm} is not implemented.` });
  }
  if (algorithm === 'aws:kms') return { mode: 'SSE-KMS', ...(keyId !== undefined && { keyId }) };
  if (keyId === undefined) return { mode: 'SSE-S3' };
  throw new S3Error('InvalidArgument', {
    message: 'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
    detail: { ArgumentName: DEFAULT },
  });
}

/** "Valid values are SSE-C, which blocks SSE-C encryption for the general purpose bucket, and NONE". */
function parseBlocked(node: XmlNode | undefined): boolean | undefined {
  if (node === undefined) return undefined;
  const types = new StrictElement(node, { many: ['EncryptionType'] }).all('EncryptionType').map(parseType);
  if (new Set(types).size > 1) throw new S3Error('MalformedXML');
  return types[0] === undefined ? undefined : types[0] === 'SSE-C';
}

function parseType({ value, elements }: XmlNode): (typeof BLOCKABLE)[number] {
  const type = BLOCKABLE.find((one) => one === value.trim());
  if (elements.length > 0 || type === undefined) throw new S3Error('MalformedXML');
  return type;
}

/** The document of GetBucketEncryption. */
export function renderBucketEncryption(encryption: BucketEncryption): string {
  const blocked = element('EncryptionType', encryption.blocksCustomerKeys ? 'SSE-C' : 'NONE');
  const rule =
    renderDefault(encryption.default) +
    element('BucketKeyEnabled', encryption.bucketKey) +
    `<BlockedEncryptionTypes>${blocked}</BlockedEncryptionTypes>`;
  return xmlDocument(ROOT, `<Rule>${rule}</Rule>`);
}

function renderDefault(encryption: DefaultEncryption | undefined): string {
  if (encryption === undefined) return '';
  const algorithm = element('SSEAlgorithm', encryption.mode === 'SSE-S3' ? 'AES256' : 'aws:kms');
  return `<${DEFAULT}>${algorithm}${element('KMSMasterKeyID', encryption.keyId)}</${DEFAULT}>`;
}
