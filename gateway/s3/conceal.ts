import type { BucketRow } from '../../metadata/index.ts';
import { decide } from './authorize.ts';
import { S3Error } from './errors.ts';
import type { BucketCall, Call } from './operation.ts';

const MISSING: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed']);

/**
 * What a request failed with, but for what a read would tell of objects to who may not list them: "If you don't have the
 * s3:ListBucket permission, Amazon S3 returns an HTTP status code 403 (Access Denied) error" (GetObject). Never rejects:
 * what keeps it from finding out is an error, too.
 */
export async function conceal(error: unknown, call: Call | BucketCall): Promise<unknown> {
  const { method } = call.request;
  if ((method !== 'GET' && method !== 'HEAD') || !('bucket' in call)) return error;
  try {
    await requireListing(error, { call, bucket: call.bucket });
    return error;
  } catch (refusal) {
    return refusal;
  }
}

/** @throws S3Error `AccessDenied` when the error tells that something is missing, and the caller may not list the bucket */
export async function requireListing(error: unknown, place: { call: Call; bucket: BucketRow }): Promise<void> {
  if (!(error instanceof S3Error && MISSING.has(error.code))) return;
  const { call, bucket } = place;
  const decision = await decide(call, 's3:ListBucket', { kind: 'bucket', bucket });
  if (!decision.allowed) throw new S3Error('AccessDenied', { cause: new Error(decision.statement, { cause: error }) });
}
