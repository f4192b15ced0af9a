import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { TOTP } from 'otpauth';
import { type ApiUser, askApi, PASSWORD } from './api.ts';
import type { TestGateway } from './gateway.ts';

/** Holds the clock, which `nextCode` moves: a code is good once, and the next one comes half a minute later. */
export function holdClock(): void {
  mock.timers.enable({ apis: ['Date'], now: Date.now() });
}

/** What an authenticator app shows: now, or some steps from now. */
export function codeOf(secret: string, steps = 0): string {
  return new TOTP({ secret }).generate({ timestamp: Date.now() + steps * 30_000 });
}

/** A code that was not used before. */
export function nextCode(secret: string): string {
  mock.timers.tick(30_000);
  return codeOf(secret);
}

/** One of a million that is none of those which are right about now. */
export function wrongCode(secret: string): string {
  const right = [-2, -1, 0, 1, 2].map((steps) => codeOf(secret, steps));
  return ['000001', '000002', '000003', '000004', '000005', '000006'].find((code) => !right.includes(code)) ?? '';
}

export interface TotpUser extends ApiUser {
  /** In base 32. */
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

/** Gives a user an authenticator app, by the API. */
export async function addTotp(gateway: TestGateway, user: ApiUser): Promise<TotpUser> {
  const path = '/accounts/me/factors/totp';
  const { token } = user;
  const begun = await askApi(gateway, path, { method: 'POST', token, body: { password: PASSWORD } });
  assert.equal(begun.status, 201, begun.text);
  const { secret } = begun.body;
  const body = { code: codeOf(secret) };
  const confirmed = await askApi(gateway, `${path}/confirmation`, { method: 'POST', token, body });
  assert.equal(confirmed.status, 201, confirmed.text);
  return { ...user, secret, recoveryCodes: confirmed.body.recovery_codes };
}
