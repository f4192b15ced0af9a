import { randomBytes } from 'node:crypto';
import type { ApiFacts, Cookie } from './endpoint.ts';

const COOKIE = 'gatehouse_oauth';
/** As long as one may take at a provider. */
const LIFETIME_SECONDS = 600;

/** What tells the browser that began to log in elsewhere from others: its own of before, so that two tabs may both begin. */
export function readBinding(cookies: Readonly<Record<string, string | undefined>>): string {
  const binding = cookies[COOKIE] ?? '';
  return /^[A-Za-z0-9_-]{43}$/.test(binding) ? binding : randomBytes(32).toString('base64url');
}

/** Lax: the provider's page leads the browser back to us, and the cookie must come along. */
export function bindingCookie(value: string, { isSecure: secure }: ApiFacts): Cookie {
  const options = { path: '/api/v1/oauth', httpOnly: true, sameSite: 'lax', secure, maxAge: LIFETIME_SECONDS } as const;
  return { name: COOKIE, value, options };
}
