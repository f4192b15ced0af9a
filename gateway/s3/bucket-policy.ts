import type { StoredPolicy } from '../services/bucket-policies.ts';
import { S3Error } from './errors.ts';
import type { BucketCall } from './operation.ts';

/**
 * "If you have the correct permissions, but you're not using an identity that belongs to the bucket owner's account, Amazon
 * S3 returns a 405 Method Not Allowed error": every account of the gateway belongs to it, whoever comes does not, also where
 * a policy allows everything to everybody. @throws S3Error `MethodNotAllowed`
 */
export function requireAccount({ authenticated, request }: BucketCall): void {
  if (authenticated.principal.kind !== 'anonymous') return;
  throw new S3Error('MethodNotAllowed', {
    detail: { Method: request.method, ResourceType: 'BUCKETPOLICY' },
    headers: { allow: '' },
  });
}

/** @throws S3Error `NoSuchBucketPolicy` */
export async function requirePolicy({ services, bucket }: BucketCall): Promise<StoredPolicy> {
  const { policy } = await services.configs.of(bucket);
  if (policy !== undefined) return policy;
  throw new S3Error('NoSuchBucketPolicy', { detail: { BucketName: bucket.name } });
}
