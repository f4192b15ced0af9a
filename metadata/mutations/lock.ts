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

/** For how long from its creation a version is retained. A year is a calendar year. */
export interface RetentionPeriod {
  readonly mode: StoredRetention['mode'];
  readonly unit: 'days' | 'years';
  readonly count: number;
}

/** What a period comes to for a version that is created at a time (ISO). */
export function retentionFrom({ mode, unit, count }: RetentionPeriod, at: string): StoredRetention {
  const until = new Date(at);
  if (unit === 'days') until.setUTCDate(until.getUTCDate() + count);
  else until.setUTCFullYear(until.getUTCFullYear() + count);
  return { mode, until: until.toISOString() };
}

/**
 * Nobody lets go of a version on which there is a legal hold, or whose retention has not ended; but governance can be
 * bypassed. Throws `AccessDenied`.
 */
export function requireUnlocked(row: LockRow, { at, bypassGovernance = false }: LockContext): void {
  const isRetained = row.retain_until !== null && row.retain_until > at;
  const isBypassed = bypassGovernance && row.retention_mode === 'GOVERNANCE';
  if (row.legal_hold !== 1 && (!isRetained || isBypassed)) return;
  throw isProtected();
}

/**
 * Retention begins in the future of the gateway's own clock, and may always be extended. It may be shortened, ended or
 * given another mode under governance by who bypasses it, and never under compliance. Throws `InvalidArgument`,
 * `AccessDenied`.
 */
export function requireRetentionChange(
  row: LockRow,
  { at, bypassGovernance = false, to }: LockContext & { readonly to: StoredRetention | undefined },
): void {
  if (to !== undefined && to.until <= at) throw alreadyOver(to);
  if (row.retain_until === null || row.retain_until <= at) return;
  if (to !== undefined && to.mode === row.retention_mode && to.until >= row.retain_until) return;
  if (row.retention_mode === 'GOVERNANCE' && bypassGovernance) return;
  throw isProtected();
}

function isProtected(): Failure {
  return new Failure('AccessDenied', 'Access Denied because object protected by object lock.');
}

function alreadyOver({ until }: StoredRetention): Failure {
  return new Failure('InvalidArgument', 'The retain until date must be in the future!', {
    ArgumentName: 'RetainUntilDate',
    ArgumentValue: until,
  });
}

/** A flag as it is stored, null where it was never set. */
export function toFlag(value: boolean | undefined): number | null {
  return value === undefined ? null : Number(value);
}

export function fromFlag(stored: number | null): boolean | undefined {
  return stored === null ? undefined : stored === 1;
}
