import type { AccountRow, BucketRow } from '../../metadata/index.ts';

/** Who a request acts as. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'account'; readonly account: AccountRow; readonly accessKey: string };

/** What is acted on: the service itself (listing or creating buckets), or a bucket and what is in it. */
export type Resource =
  | { readonly kind: 'service' }
  | { readonly kind: 'bucket'; readonly bucket: BucketRow; readonly key?: string | undefined };

/** A verdict and the statement that decided. */
export interface Decision {
  readonly allowed: boolean;
  readonly statement: string;
}

const ALLOW_ROOT: Decision = { allowed: true, statement: 'root may do everything' };
const ALLOW_OWNER: Decision = { allowed: true, statement: 'the owner of a bucket may do everything in it' };
const ALLOW_OWN_BUCKETS: Decision = { allowed: true, statement: 'an account may list and create its own buckets' };
const DENY_ANONYMOUS: Decision = { allowed: false, statement: 'nothing is open to anonymous requests' };
const DENY_OTHERS: Decision = {
  allowed: false,
  statement: 'no statement allows it to an account other than the owner',
};

/**
 * The one place that decides who may do what, for every surface. Nothing matched is a deny.
 * @param action S3's name of it, `s3:GetObject`.
 */
export function evaluate(principal: Principal, _action: string, resource: Resource): Decision {
  if (principal.kind === 'anonymous') return DENY_ANONYMOUS;
  if (principal.account.role === 'root') return ALLOW_ROOT;
  if (resource.kind === 'service') return ALLOW_OWN_BUCKETS;
  return resource.bucket.account_id === principal.account.id ? ALLOW_OWNER : DENY_OTHERS;
}
