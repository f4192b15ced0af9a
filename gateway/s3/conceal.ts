import type { BucketRow } from '../../metadata/index.ts';
import { decide } from './authorize.ts';
import { S3Error } from './errors.ts';
import type { BucketCall, Call } from './operation.ts';

const MISSING: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed']);

/**
 * Throws what a read failed with, but for what would tell of objects to who may not list them: "If you don't have the
 * s3:ListBucket permission, Amazon S3 returns an HTTP status code 403 (Access Denied) error" (GetObject).
 * @throws S3Error `AccessDenied`; the error itself
 */
export async function conceal(error: unknown, call: Call | BucketCall): Promise<never> {
  const { method } = call.request;
  if ((method === 'GET' || method === 'HEAD') && 'bucket' in call)
    await requireListing(error, { call, bucket: call.bucket });
  throw error;
}

/** @throws S3Error `AccessDenied` when the error tells that something is missing, and the caller may not list the bucket */
export async function requireListing(error: unknown, place: { call: Call; bucket: BucketRow }): Promise<void> {
  if (!(error instanceof S3Error && MISSING.has(error.code))) return;
  const { call, bucket } = place;
  const decision = await decide(call, 's3:ListBucket', { kind: 'bucket', bucket });
  if (!decision.allowed) throw new S3Error('AccessDenied', { cause: new Error(decision.statement, { cause: error }) });
}
