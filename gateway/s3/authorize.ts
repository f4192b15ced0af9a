import type { BucketRow } from '../../metadata/index.ts';
import { headerOf } from '../http/request-headers.ts';
import type { Decision, Resource } from '../services/access/index.ts';
import type { Services } from '../services/index.ts';
import { RequestContext } from './condition-context.ts';
import { S3Error } from './errors.ts';
import { parseBucketName, parseObjectKey } from './names.ts';
import type { BucketCall, Call, ObjectCall, Operation } from './operation.ts';
import { fieldsAsHeaders } from './post-form.ts';

/**
 * Finds the bucket, asks the evaluator, and resolves to a call that may be run.
 * @throws S3Error `NoSuchBucket`, `AccessDenied`, `InvalidBucketName`, `KeyTooLongError`
 */
export async function authorize(operation: Operation, call: Call): Promise<Call | BucketCall | ObjectCall> {
  const { request, authenticated, services, region } = call;
  const { principal, form } = authenticated;
  const { bucket: bucketName, key = form?.key } = request.address;
  if (operation.action === undefined) return call;
  if (bucketName === undefined || !operation.needsBucket) {
    await requireAllowed(call, operation.action, { kind: 'service', bucketName });
    return call;
  }
  const found = services.buckets.find(bucketName);
  const bucket = requireFound(found instanceof Promise ? await found : found, bucketName);
  requireExpectedOwner(bucket, headerOf(request.headers, 'x-amz-expected-bucket-owner'));
  const { versionAction } = operation;
  const versionId = request.address.query.get('versionId');
  const action = versionAction !== undefined && versionId !== undefined ? versionAction : operation.action;
  const decision = decide(
    call,
    action,
    operation.asksByBody ? { kind: 'objects', bucket } : { kind: 'bucket', bucket, key, versionId },
  );
  // Nearly always known at once: to wait for it would cost more than to decide.
  requireAllow(decision instanceof Promise ? await decision : decision);
  if (comparesETag(operation.action, call)) await requireAllowed(call, 's3:GetObject', { kind: 'bucket', bucket, key });
  const accountId = principal.kind === 'account' ? principal.account.id : 'anonymous';
  // Spelled out: spreading would cost more than the decision itself.
  if (key === undefined) return { request, authenticated, services, region, bucket, accountId };
  return { request, authenticated, services, region, bucket, accountId, key: parseObjectKey(key) };
}

/** The actions whose requests may have a condition that tells what is there. */
const CONDITIONAL: ReadonlySet<string> = new Set(['s3:PutObject', 's3:DeleteObject']);

/**
 * "conditional deletes with a specific ETag value require both s3:DeleteObject and s3:GetObject permissions", and so do
 * writes: whether an object has an ETag is a reader's business.
 */
function comparesETag(action: string, { request, authenticated: { form } }: Call): boolean {
  if (!CONDITIONAL.has(action)) return false;
  const etag = headerOf(form === undefined ? request.headers : fieldsAsHeaders(form.fields), 'if-match');
  return etag !== undefined && etag !== '*';
}

/** @throws S3Error `NoSuchBucket`, `InvalidBucketName` */
export async function findBucket(services: Services, name: string): Promise<BucketRow> {
  return requireFound(await services.buckets.find(name), name);
}

function requireFound(bucket: BucketRow | undefined, name: string): BucketRow {
  if (bucket !== undefined) return bucket;
  parseBucketName(name);
  throw new S3Error('NoSuchBucket', { detail: { BucketName: name } });
}

/**
 * "If the account ID that you provide does not match the actual owner of the bucket, the request fails with the HTTP
 * status code 403 Forbidden" (x-amz-expected-bucket-owner). @throws S3Error `AccessDenied`
 */
export function requireExpectedOwner(bucket: BucketRow, expectedOwner: string | undefined): void {
  if (expectedOwner === undefined || expectedOwner === bucket.account_id) return;
  throw new S3Error('AccessDenied', { cause: new Error('the bucket is not of the account that the request expects') });
}

/**
 * Whether governance retention is to be bypassed: "you must [...] explicitly include
 * x-amz-bypass-governance-retention:true", and have s3:BypassGovernanceRetention. @throws S3Error `AccessDenied`
 */
export async function mayBypassGovernance(
  call: BucketCall,
  { key, versionId }: { readonly key: string; readonly versionId: string | undefined },
): Promise<boolean> {
  if (headerOf(call.request.headers, 'x-amz-bypass-governance-retention')?.toLowerCase() !== 'true') return false;
  await requireAllowed(call, 's3:BypassGovernanceRetention', { kind: 'bucket', bucket: call.bucket, key, versionId });
  return true;
}

/** @throws S3Error `AccessDenied`, whose cause (for the log) is the statement that decided */
export async function requireAllowed(call: Call, action: string, resource: Resource): Promise<void> {
  requireAllow(await decide(call, action, resource));
}

function requireAllow(decision: Decision): void {
  if (!decision.allowed) throw new S3Error('AccessDenied', { cause: new Error(decision.statement) });
}

/** Whether the caller may do that, beside what the operation needs. */
export function decide(call: Call, action: string, resource: Resource): Decision | Promise<Decision> {
  const { principal, form } = call.authenticated;
  const versionId = resource.kind === 'bucket' ? resource.versionId : undefined;
  const said = versionId === undefined ? call.said : { ...call.said, versionId };
  const context = new RequestContext(call.request, form, said);
  return call.services.access.decide({ principal, action, resource, context });
}
