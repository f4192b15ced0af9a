import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Vault } from '../services/vault.ts';
import { Problem } from './problem.ts';

/** An access token and how it came. */
export interface PresentedToken {
  readonly token: string;
  readonly isCookie: boolean;
}

export const ACCESS_COOKIE = 'gatehouse_access';
export const REFRESH_COOKIE = 'gatehouse_refresh';
export const CSRF_HEADER = 'x-csrf-token';

/** The token of a request: `Authorization: Bearer`, or the cookie. */
export function presentedToken(request: FastifyRequest): PresentedToken | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { token: bearer, isCookie: false };
  const cookie = request.cookies[ACCESS_COOKIE];
  return cookie === undefined || cookie === '' ? undefined : { token: cookie, isCookie: true };
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Browsers send cookies with whatever page asks. Where one says that the page is not ours, a request that changes
 * something is refused ("Fetch Metadata", OWASP's cheat sheet on CSRF): by `Sec-Fetch-Site`, or by `Origin` where that
 * is all it sends. @throws Problem `cross-site-request`
 */
export function refuseForeignPage(request: FastifyRequest, ownOrigin: string): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return;
  if (site !== undefined || (origin !== undefined && origin !== ownOrigin)) throw new Problem('cross-site-request');
}

/**
 * Asks a request with a cookie to show that it comes from a page of ours: by `Sec-Fetch-Site` or `Origin`, which no page
 * can forge, or by the session's CSRF token, which no other page can read. @throws Problem `cross-site-request`
 */
export function requireOwnPage(
  request: FastifyRequest,
  own: { readonly origin: string; readonly csrfToken: string },
): void {
  if (SAFE_METHODS.has(request.method)) return;
  refuseForeignPage(request, own.origin);
  const header = request.headers[CSRF_HEADER];
  if (typeof header === 'string' && isSame(header, own.csrfToken)) return;
  if (request.headers['sec-fetch-site'] === undefined && request.headers.origin === undefined) {
    throw new Problem('cross-site-request', { detail: `Send the session's csrf_token as ${CSRF_HEADER}.` });
  }
}

/** What a page of ours sends with a cookie: bound to the session. */
export function csrfToken(vault: Vault, sessionId: string): string {
  return vault.mac(sessionId, 'csrf token v1');
}

function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
