import type { BucketRow } from '../../metadata/index.ts';
import { evaluate, type Principal, type Resource } from '../services/access.ts';
import type { Services } from '../services/index.ts';
import { S3Error } from './errors.ts';
import { parseBucketName, parseObjectKey } from './names.ts';
import type { BucketCall, Call, ObjectCall, Operation } from './operation.ts';
import { headerOf } from './request-headers.ts';

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
    requireAllowed({ principal, action: operation.action, resource: { kind: 'service', bucketName } });
    return call;
  }
  const bucket = await findBucket(services, bucketName);
  requireExpectedOwner(bucket, headerOf(request.headers, 'x-amz-expected-bucket-owner'));
  const { versionAction } = operation;
  const action =
    versionAction !== undefined && request.address.query.has('versionId') ? versionAction : operation.action;
  requireAllowed({
    principal,
    action,
    resource: operation.namesObjects ? { kind: 'objects', bucket } : { kind: 'bucket', bucket, key },
  });
  const accountId = principal.kind === 'account' ? principal.account.id : 'anonymous';
  // Spelled out: spreading would cost more than the decision itself.
  if (key === undefined) return { request, authenticated, services, region, bucket, accountId };
  return { request, authenticated, services, region, bucket, accountId, key: parseObjectKey(key) };
}

/** @throws S3Error `NoSuchBucket`, `InvalidBucketName` */
export async function findBucket(services: Services, name: string): Promise<BucketRow> {
  const bucket = await services.buckets.find(name);
  if (bucket !== undefined) return bucket;
  parseBucketName(name);
  throw new S3Error('NoSuchBucket', { detail: { BucketName: name } });
}

/**
 * "If the account ID that you provide does not match the actual owner of the bucket, the request fails with the HTTP
 * status code 403 Forbidden" (x-amz-expected-bucket-owner). @throws S3Error `AccessDenied`
 */
export function requireExpectedOwner(bucket: BucketRow, expectedOwner: string | undefined): void {
  if (expectedOwner !== undefined && expectedOwner !== bucket.account_id) throw new S3Error('AccessDenied');
}

/**
 * Whether governance retention is to be bypassed: "you must [...] explicitly include
 * x-amz-bypass-governance-retention:true", and have s3:BypassGovernanceRetention. @throws S3Error `AccessDenied`
 */
export function mayBypassGovernance({ request, authenticated, bucket }: BucketCall, key: string): boolean {
  if (headerOf(request.headers, 'x-amz-bypass-governance-retention')?.toLowerCase() !== 'true') return false;
  const { principal } = authenticated;
  const action = 's3:BypassGovernanceRetention';
  requireAllowed({ principal, action, resource: { kind: 'bucket', bucket, key } });
  return true;
}

/** @throws S3Error `AccessDenied`, whose cause (for the log) is the statement that decided */
export function requireAllowed(question: { principal: Principal; action: string; resource: Resource }): void {
  const decision = evaluate(question.principal, question.action, question.resource);
  if (!decision.allowed) throw new S3Error('AccessDenied', { cause: new Error(decision.statement) });
}
