import type { ProfileRow } from '../../../metadata/index.ts';

/** Who must have a second factor beside those whose account says so. */
export type FactorPolicy = 'optional' | 'admins' | 'required';

/** Whether an account must have a second factor. */
export function mustHaveFactor({ second_factor, role }: ProfileRow, policy: FactorPolicy): boolean {
  if (second_factor === 'required' || policy === 'required') return true;
  return policy === 'admins' && role !== 'member';
}
