import type { AccountRow, BucketRow } from '../../metadata/index.ts';
import type { KeyPolicy } from './key-policy/index.ts';

/** Who a request acts as. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'account';
      readonly account: AccountRow;
      /** Undefined: it has logged in. */
      readonly accessKey: string | undefined;
      /** Narrows what is allowed to the account; undefined: nothing does. */
      readonly policy?: KeyPolicy | undefined;
    };

/**
 * What is acted on: the service itself (listing buckets, or creating the one that is named), a bucket and what is in it,
 * or objects of a bucket of which each is asked for by itself as soon as it is known.
 */
export type Resource =
  | { readonly kind: 'service'; readonly bucketName?: string | undefined }
  | { readonly kind: 'objects'; readonly bucket: BucketRow }
  | { readonly kind: 'bucket'; readonly bucket: BucketRow; readonly key?: string | undefined };

/** A verdict and the statement that decided. */
export interface Decision {
  readonly allowed: boolean;
  readonly statement: string;
}

const ALLOW_ROOT: Decision = { allowed: true, statement: 'root may do everything' };
const ALLOW_ADMIN: Decision = { allowed: true, statement: 'admins may do everything' };
const ALLOW_AUDITOR: Decision = { allowed: true, statement: 'auditors may read everything' };
const DENY_AUDITOR: Decision = { allowed: false, statement: 'auditors write nothing, whosever it is' };
const ALLOW_OWNER: Decision = { allowed: true, statement: 'the owner of a bucket may do everything in it' };
const ALLOW_OWN_BUCKETS: Decision = { allowed: true, statement: 'an account may list and create its own buckets' };
const DENY_ANONYMOUS: Decision = { allowed: false, statement: 'nothing is open to anonymous requests' };
const DENY_OTHERS: Decision = {
  allowed: false,
  statement: 'no statement allows it to an account other than the owner',
};
const DENY_BY_KEY: Decision = { allowed: false, statement: 'a statement of the policy of the access key denies it' };
const DENY_TO_KEY: Decision = { allowed: false, statement: 'no statement of the policy of the access key allows it' };

/**
 * The one place that decides who may do what, for every surface. Nothing matched is a deny.
 * @param action S3's name of it, `s3:GetObject`.
 */
export function evaluate(principal: Principal, action: string, resource: Resource): Decision {
  if (principal.kind === 'anonymous') return DENY_ANONYMOUS;
  const decision = judgeAccount(principal.account, action, resource);
  if (principal.policy === undefined || !decision.allowed) return decision;
  return narrow(decision, principal.policy, { action, resource });
}

function judgeAccount({ role, id }: AccountRow, action: string, resource: Resource): Decision {
  if (role === 'root') return ALLOW_ROOT;
  if (role === 'admin') return ALLOW_ADMIN;
  if (role === 'auditor') return isReading(action) ? ALLOW_AUDITOR : DENY_AUDITOR;
  if (resource.kind === 'service') return ALLOW_OWN_BUCKETS;
  return resource.bucket.account_id === id ? ALLOW_OWNER : DENY_OTHERS;
}

/** Allowed is what the account may do, the policy of its key allows and nothing in that denies. */
function narrow(
  decision: Decision,
  policy: KeyPolicy,
  { action, resource }: { readonly action: string; readonly resource: Resource },
): Decision {
  if (resource.kind === 'objects') return decision;
  const verdict = policy.judge(action, nameOf(resource));
  if (verdict === 'allowed') return decision;
  return verdict === 'denied' ? DENY_BY_KEY : DENY_TO_KEY;
}

/** What policies call a resource, without `arn:aws:s3:::`. */
function nameOf(resource: Exclude<Resource, { readonly kind: 'objects' }>): string {
  if (resource.kind === 'service') return resource.bucketName ?? '*';
  const { bucket, key } = resource;
  return key === undefined ? bucket.name : `${bucket.name}/${key}`;
}

/** Who may do whatever root may, but change root. */
export function isAdmin({ role }: Pick<AccountRow, 'role'>): boolean {
  return role === 'root' || role === 'admin';
}

/** S3 tells by the name: what reads is s3:Get... or s3:List..., and HEAD asks for one of those. */
function isReading(action: string): boolean {
  return action.startsWith('s3:Get') || action.startsWith('s3:List');
}
