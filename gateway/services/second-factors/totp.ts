import { Secret, TOTP } from 'otpauth';

/** "The length of the shared secret MUST be at least 128 bits. [We] RECOMMEND [...] 160 bits" (RFC 4226 section 4, R6). */
const SECRET_BYTES = 20;
const PERIOD_SECONDS = 30;
/** What every authenticator app does, and some do no other. */
const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS } as const;
/** "We RECOMMEND that at most one time step is allowed as the network delay" (RFC 6238 section 5.2), and a clock may be ahead. */
const WINDOW_STEPS = 1;

/** A new secret, in base 32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** What authenticator apps read as a QR code. */
export function otpauthUrl(secret: string, accountName: string): string {
  return new TOTP({ ...PARAMETERS, issuer: 'Gatehouse', label: accountName, secret }).toString();
}

/** The step (RFC 6238) of a code that is right at a time, or was or will be a step away from it; undefined for others. */
export function findTotpStep(code: string, { secret, nowMs }: { secret: string; nowMs: number }): number | undefined {
  const totp = new TOTP({ ...PARAMETERS, secret });
  const distance = totp.validate({ token: code, timestamp: nowMs, window: WINDOW_STEPS });
  return distance === null ? undefined : TOTP.counter({ period: PERIOD_SECONDS, timestamp: nowMs }) + distance;
}
