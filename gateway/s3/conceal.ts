import type { BucketRow } from '../../metadata/index.ts';
import { decide } from './authorize.ts';
import { S3Error } from './errors.ts';
import type { BucketCall, Call, ObjectCall } from './operation.ts';

const MISSING: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed']);

/**
 * What a request failed with, but for what a read would tell of objects to who may not list them: "If you don't have the
 * s3:ListBucket permission, Amazon S3 returns an HTTP status code 403 (Access Denied) error" (GetObject). Never rejects:
 * what keeps it from finding out is an error, too.
 */
export async function conceal(error: unknown, call: Call | BucketCall | ObjectCall): Promise<unknown> {
  const { method } = call.request;
  if ((method !== 'GET' && method !== 'HEAD') || !('bucket' in call)) return error;
  try {
    await requireListing(error, { call, bucket: call.bucket, key: 'key' in call ? call.key : undefined });
    return error;
  } catch (refusal) {
    return refusal;
  }
}

interface Concealing {
  readonly call: Call;
  readonly bucket: BucketRow;
  /** What is missing. */
  readonly key: string | undefined;
}

/**
 * In drives it is enough to be allowed to list what begins like the key, as friends are in a folder that they share: clients
 * that store a new file look first whether it is there, and take a 403 for one to the storing.
 * @throws S3Error `AccessDenied` when the error tells that something is missing, and the caller may not list the bucket
 */
export async function requireListing(error: unknown, { call, bucket, key }: Concealing): Promise<void> {
  if (!(error instanceof S3Error && MISSING.has(error.code))) return;
  const asked = bucket.is_drive === 1 ? { ...call, said: { ...call.said, prefix: key } } : call;
  const decision = await decide(asked, 's3:ListBucket', { kind: 'bucket', bucket });
  if (!decision.allowed) throw new S3Error('AccessDenied', { cause: new Error(decision.statement, { cause: error }) });
}
