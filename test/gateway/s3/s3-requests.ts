import { hash } from 'node:crypto';

/** `bucket/key`, `bucket`, or '' for the service: what an action is done to. */
type Target = 'service' | 'bucket' | 'object';

/** A request that changes nothing which another one depends on, and what S3's documentation says it needs. */
export interface Row {
  /** The operation as the gateway names it. */
  readonly operation: string;
  /** What is special about it. */
  readonly variant?: string;
  /** "Required permissions" of the API reference. */
  readonly needs: readonly string[];
  readonly on: Target;
  readonly method: string;
  /** Behind the bucket, or behind the key. */
  readonly query?: string;
  /** Instead of the key that is there. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The policy of the bucket is gone behind it. */
  readonly removesPolicy?: true;
}

/** The object that is in each bucket. */
export const KEY = 'k';

const NO_UPLOAD = 'uploadId=none';
const NO_BODY = '<Nothing/>';

function read(operation: string, query: string | undefined, needs: string): Row {
  return { operation, needs: [needs], on: 'bucket', method: 'GET', ...(query !== undefined && { query }) };
}

/** Who may do it is told that the body is nothing. */
function configure(operation: string, query: string, needs: string): Row {
  return { operation, needs: [needs], on: 'bucket', method: 'PUT', query, body: NO_BODY };
}

function forget(operation: string, query: string, needs: string): Row {
  return { operation, needs: [needs], on: 'bucket', method: 'DELETE', query };
}

type ObjectRow = Partial<Pick<Row, 'variant' | 'query' | 'headers' | 'body' | 'key'>>;

function object(operation: string, [method, ...needs]: readonly [string, ...string[]], more: ObjectRow = {}): Row {
  return { operation, needs, on: 'object', method, ...more };
}

const copied = (bucket: string): ObjectRow => ({
  key: 'copied',
  headers: { 'x-amz-copy-source': `/${bucket}/${KEY}` },
});
const version = (query = ''): ObjectRow => ({ variant: 'of a version', query: `${query}versionId=null` });
const DELETED = '<Delete><Object><Key>missing</Key></Object></Delete>';

/**
 * Every operation.
 * @param bucket where sources of copies are
 * @param uploadId of an upload of the key `copied`: only then its source is looked at
 */
export function rowsFor(bucket: string, uploadId = 'none'): readonly Row[] {
  return [
    { operation: 'ListBuckets', needs: ['s3:ListAllMyBuckets'], on: 'service', method: 'GET' },
    // It is there: who may make one is told so.
    { operation: 'CreateBucket', needs: ['s3:CreateBucket'], on: 'service', method: 'PUT' },
    { operation: 'HeadBucket', needs: ['s3:ListBucket'], on: 'bucket', method: 'HEAD' },
    // It is not empty.
    { operation: 'DeleteBucket', needs: ['s3:DeleteBucket'], on: 'bucket', method: 'DELETE' },
    read('GetBucketLocation', 'location', 's3:GetBucketLocation'),
    read('ListObjects', undefined, 's3:ListBucket'),
    read('ListObjectsV2', 'list-type=2', 's3:ListBucket'),
    read('ListObjectVersions', 'versions', 's3:ListBucketVersions'),
    read('ListMultipartUploads', 'uploads', 's3:ListBucketMultipartUploads'),
    read('GetBucketVersioning', 'versioning', 's3:GetBucketVersioning'),
    configure('PutBucketVersioning', 'versioning', 's3:PutBucketVersioning'),
    read('GetBucketCors', 'cors', 's3:GetBucketCORS'),
    configure('PutBucketCors', 'cors', 's3:PutBucketCORS'),
    forget('DeleteBucketCors', 'cors', 's3:PutBucketCORS'),
    read('GetBucketLifecycleConfiguration', 'lifecycle', 's3:GetLifecycleConfiguration'),
    configure('PutBucketLifecycleConfiguration', 'lifecycle', 's3:PutLifecycleConfiguration'),
    forget('DeleteBucketLifecycle', 'lifecycle', 's3:PutLifecycleConfiguration'),
    read('GetBucketEncryption', 'encryption', 's3:GetEncryptionConfiguration'),
    configure('PutBucketEncryption', 'encryption', 's3:PutEncryptionConfiguration'),
    forget('DeleteBucketEncryption', 'encryption', 's3:PutEncryptionConfiguration'),
    read('GetObjectLockConfiguration', 'object-lock', 's3:GetBucketObjectLockConfiguration'),
    configure('PutObjectLockConfiguration', 'object-lock', 's3:PutBucketObjectLockConfiguration'),
    read('GetBucketTagging', 'tagging', 's3:GetBucketTagging'),
    configure('PutBucketTagging', 'tagging', 's3:PutBucketTagging'),
    forget('DeleteBucketTagging', 'tagging', 's3:PutBucketTagging'),
    read('GetBucketPolicy', 'policy', 's3:GetBucketPolicy'),
    configure('PutBucketPolicy', 'policy', 's3:PutBucketPolicy'),
    { ...forget('DeleteBucketPolicy', 'policy', 's3:DeleteBucketPolicy'), removesPolicy: true },
    read('GetBucketPolicyStatus', 'policyStatus', 's3:GetBucketPolicyStatus'),
    read('GetPublicAccessBlock', 'publicAccessBlock', 's3:GetBucketPublicAccessBlock'),
    configure('PutPublicAccessBlock', 'publicAccessBlock', 's3:PutBucketPublicAccessBlock'),
    forget('DeletePublicAccessBlock', 'publicAccessBlock', 's3:PutBucketPublicAccessBlock'),
    read('GetBucketOwnershipControls', 'ownershipControls', 's3:GetBucketOwnershipControls'),
    configure('PutBucketOwnershipControls', 'ownershipControls', 's3:PutBucketOwnershipControls'),
    forget('DeleteBucketOwnershipControls', 'ownershipControls', 's3:PutBucketOwnershipControls'),
    read('GetBucketAcl', 'acl', 's3:GetBucketAcl'),
    configure('PutBucketAcl', 'acl', 's3:PutBucketAcl'),

    object('GetObject', ['GET', 's3:GetObject']),
    object('GetObject', ['GET', 's3:GetObjectVersion'], version()),
    object('HeadObject', ['HEAD', 's3:GetObject']),
    object('HeadObject', ['HEAD', 's3:GetObjectVersion'], version()),
    object('PutObject', ['PUT', 's3:PutObject'], { key: 'written', body: 'x' }),
    object('PutObject', ['PUT', 's3:PutObject', 's3:PutObjectTagging'], {
      variant: 'with tags',
      key: 'tagged',
      headers: { 'x-amz-tagging': 'a=b' },
      body: 'x',
    }),
    object('CopyObject', ['PUT', 's3:PutObject', 's3:GetObject'], copied(bucket)),
    // It is not there: who may do it all is told so.
    object('RenameObject', ['PUT', 's3:PutObject', 's3:GetObject', 's3:DeleteObject', 's3:ListBucket'], {
      key: 'renamed',
      query: 'renameObject',
      headers: { 'x-amz-rename-source': `/${bucket}/missing` },
    }),
    object('DeleteObject', ['DELETE', 's3:DeleteObject'], { key: 'missing' }),
    object('DeleteObject', ['DELETE', 's3:DeleteObjectVersion'], { key: 'missing', ...version() }),
    {
      operation: 'DeleteObjects',
      needs: ['s3:DeleteObject'],
      on: 'bucket',
      method: 'POST',
      query: 'delete',
      headers: { 'content-md5': hash('md5', DELETED, 'base64') },
      body: DELETED,
    },
    object('GetObjectAttributes', ['GET', 's3:GetObject', 's3:GetObjectAttributes'], {
      query: 'attributes',
      headers: { 'x-amz-object-attributes': 'ETag' },
    }),
    object('GetObjectTagging', ['GET', 's3:GetObjectTagging'], { query: 'tagging' }),
    object('GetObjectTagging', ['GET', 's3:GetObjectVersionTagging'], version('tagging&')),
    object('PutObjectTagging', ['PUT', 's3:PutObjectTagging'], { query: 'tagging', body: NO_BODY }),
    object('PutObjectTagging', ['PUT', 's3:PutObjectVersionTagging'], { body: NO_BODY, ...version('tagging&') }),
    object('DeleteObjectTagging', ['DELETE', 's3:DeleteObjectTagging'], { query: 'tagging' }),
    object('DeleteObjectTagging', ['DELETE', 's3:DeleteObjectVersionTagging'], version('tagging&')),
    object('GetObjectRetention', ['GET', 's3:GetObjectRetention'], { query: 'retention' }),
    object('PutObjectRetention', ['PUT', 's3:PutObjectRetention'], { query: 'retention', body: NO_BODY }),
    object('GetObjectLegalHold', ['GET', 's3:GetObjectLegalHold'], { query: 'legal-hold' }),
    object('PutObjectLegalHold', ['PUT', 's3:PutObjectLegalHold'], { query: 'legal-hold', body: NO_BODY }),
    object('GetObjectAcl', ['GET', 's3:GetObjectAcl'], { query: 'acl' }),
    object('GetObjectAcl', ['GET', 's3:GetObjectVersionAcl'], version('acl&')),
    object('PutObjectAcl', ['PUT', 's3:PutObjectAcl'], { query: 'acl', body: NO_BODY }),
    object('PutObjectAcl', ['PUT', 's3:PutObjectVersionAcl'], { body: NO_BODY, ...version('acl&') }),

    object('CreateMultipartUpload', ['POST', 's3:PutObject'], { key: 'parts', query: 'uploads' }),
    object('UploadPart', ['PUT', 's3:PutObject'], { query: `partNumber=1&${NO_UPLOAD}`, body: 'x' }),
    object('UploadPartCopy', ['PUT', 's3:PutObject', 's3:GetObject'], {
      ...copied(bucket),
      query: `partNumber=1&uploadId=${uploadId}`,
    }),
    object('CompleteMultipartUpload', ['POST', 's3:PutObject'], { query: NO_UPLOAD, body: NO_BODY }),
    object('AbortMultipartUpload', ['DELETE', 's3:AbortMultipartUpload'], { query: NO_UPLOAD }),
    object('ListParts', ['GET', 's3:ListMultipartUploadParts'], { query: NO_UPLOAD }),
  ];
}
