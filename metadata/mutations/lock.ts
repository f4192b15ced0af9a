import { Failure } from '../failure.ts';
import type { StoredRetention } from './versions.ts';

/** What protects a version. */
export interface LockRow {
  readonly retention_mode: StoredRetention['mode'] | null;
  readonly retain_until: string | null;
  readonly legal_hold: number | null;
}

/** Who asks, when (ISO time, of the gateway's own clock). */
export interface LockContext {
  readonly at: string;
  /** Granted to the caller, and asked for. */
  readonly bypassGovernance?: boolean | undefined;
}

/**
 * Nobody lets go of a version on which there is a legal hold, or whose retention has not ended; but governance can be
 * bypassed. Throws `AccessDenied`.
 */
export function requireUnlocked(row: LockRow, { at, bypassGovernance = false }: LockContext): void {
  const isRetained = row.retain_until !== null && row.retain_until > at;
  const isBypassed = bypassGovernance && row.retention_mode === 'GOVERNANCE';
  if (row.legal_hold !== 1 && (!isRetained || isBypassed)) return;
  throw new Failure('AccessDenied', 'Access Denied because object protected by object lock.');
}

/**
 * Retention may always be extended. It may be shortened, ended or given another mode under governance by who bypasses
 * it, and never under compliance. Throws `AccessDenied`.
 */
export function requireRetentionChange(
  row: LockRow,
  { at, bypassGovernance = false, to }: LockContext & { readonly to: StoredRetention | undefined },
): void {
  if (row.retain_until === null || row.retain_until <= at) return;
  if (to !== undefined && to.mode === row.retention_mode && to.until >= row.retain_until) return;
  if (row.retention_mode === 'GOVERNANCE' && bypassGovernance) return;
  throw new Failure('AccessDenied', 'Access Denied because object protected by object lock.');
}
