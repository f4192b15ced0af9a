import { randomBytes } from 'node:crypto';
import type { OneTimeToken, TokenPurpose } from '../../metadata/index.ts';
import { hashToken } from './sessions/sessions.ts';

/** A token for a mail, and what is kept of it. */
export interface MintedToken {
  readonly token: string;
  readonly row: OneTimeToken;
}

const HOUR_MS = 3_600_000;
export const VERIFICATION_MS = 24 * HOUR_MS;
const RESET_MS = HOUR_MS;

/** 256 random bits, in letters that a URL takes. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** A token that a mailbox proves itself with. Verifications count for 24 hours, resets for one unless told otherwise. */
export function mintToken(
  purpose: TokenPurpose,
  email: string,
  lifetimeMs = purpose === 'verify-email' ? VERIFICATION_MS : RESET_MS,
): MintedToken {
  const token = newToken();
  const expiresAt = new Date(Date.now() + lifetimeMs).toISOString();
  return { token, row: { tokenHash: hashToken(token), purpose, email, expiresAt } };
}
