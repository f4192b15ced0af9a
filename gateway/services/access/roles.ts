import type { AccountRow } from '../../../metadata/index.ts';
import {
  ALLOW_ADMIN,
  ALLOW_AUDITOR,
  ALLOW_OWN_BUCKETS,
  ALLOW_OWNER,
  ALLOW_ROOT,
  DENY_AUDITOR,
  type Decision,
} from './decision.ts';
import type { Resource } from './question.ts';

/** What the role of an account says; undefined: nothing. */
export function judgeRole({ role }: AccountRow, action: string): Decision | undefined {
  if (role === 'root') return ALLOW_ROOT;
  if (role === 'admin') return ALLOW_ADMIN;
  if (role === 'auditor') return isReading(action) ? ALLOW_AUDITOR : DENY_AUDITOR;
  return undefined;
}

/** What an account may do to what is its own; undefined: it is that of another. */
export function judgeOwnership({ id }: AccountRow, resource: Resource): Decision | undefined {
  if (resource.kind === 'service') return ALLOW_OWN_BUCKETS;
  return resource.bucket.account_id === id ? ALLOW_OWNER : undefined;
}

/** Who may do whatever root may, but change root. */
export function isAdmin({ role }: Pick<AccountRow, 'role'>): boolean {
  return role === 'root' || role === 'admin';
}

/** S3 tells by the name: what reads is s3:Get... or s3:List..., and HEAD asks for one of those. */
function isReading(action: string): boolean {
  return action.startsWith('s3:Get') || action.startsWith('s3:List');
}
