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
const CSRF_HEADER = 'x-csrf-token';
/** "A server generating a 401 response MUST send a WWW-Authenticate header field" (RFC 9110 section 15.5.2). */
export const BEARER_CHALLENGE = 'Bearer realm="gatehouse"';

/**
 * The token of a request: `Authorization: Bearer`, or the cookie where there is no such header. Browsers send cookies
 * along with anything, so a header is what its client means, and a bad one is not helped out by a cookie.
 * @throws Problem `invalid-token`, `not-authenticated` for another scheme
 */
export function presentedToken(request: FastifyRequest): PresentedToken | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) return { token: bearerToken(authorization), isCookie: false };
  const token = plainCookies(request)[ACCESS_COOKIE];
  return token ? { token, isCookie: true } : undefined;
}

/** RFC 6750 section 2.1. */
function bearerToken(authorization: string): string {
  if (!/^Bearer( |$)/i.test(authorization)) {
    throw new Problem('not-authenticated', {
      detail: 'Only Bearer tokens are understood in Authorization.',
      headers: { 'WWW-Authenticate': BEARER_CHALLENGE },
    });
  }
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw invalidToken('Authorization holds no token.');
  return token;
}

/**
 * The cookies by name, but for those of which several came: a page of a neighbouring host can add one of the same name
 * and have it sent first, and of two nobody can tell which is ours.
 */
export function plainCookies({ headers, cookies }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  const names = (headers.cookie ?? '').split(';').map((pair) => pair.split('=')[0]?.trim());
  const isAlone = (name: string) => names.indexOf(name) === names.lastIndexOf(name);
  return Object.fromEntries(Object.entries(cookies).filter(([name]) => isAlone(name)));
}

function invalidToken(detail: string): Problem {
  const challenge = `${BEARER_CHALLENGE}, error="invalid_token"`;
  return new Problem('invalid-token', { detail, headers: { 'WWW-Authenticate': challenge } });
}

/** What a request says of the page that makes it. No page can forge it, and programs that are no browser need not. */
export interface AskingPage {
  /** Whether it changes nothing by its method. */
  readonly isSafe: boolean;
  /** `Sec-Fetch-Site`: 'same-origin', 'cross-site'. */
  readonly site: string | undefined;
  readonly origin: string | undefined;
  readonly csrfToken: string | undefined;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function askingPage({ method, headers }: FastifyRequest): AskingPage {
  const site = headers['sec-fetch-site'];
  const csrfToken = headers[CSRF_HEADER];
  return {
    isSafe: SAFE_METHODS.has(method),
    site: typeof site === 'string' ? site : undefined,
    origin: headers.origin,
    csrfToken: typeof csrfToken === 'string' ? csrfToken : undefined,
  };
}

/**
 * Browsers send cookies with whatever page asks. Where one says that the page is not ours, a request that changes
 * something is refused ("Fetch Metadata", OWASP's cheat sheet on CSRF): by `Sec-Fetch-Site`, or by `Origin` where that
 * is all it sends. @throws Problem `cross-site-request`
 */
export function refuseForeignPage({ isSafe, site, origin }: AskingPage, ownOrigin: string): void {
  if (isSafe || site === 'same-origin' || site === 'none') return;
  if (site !== undefined || (origin !== undefined && origin !== ownOrigin)) throw new Problem('cross-site-request');
}

/**
 * Asks a request with a cookie to show that it comes from a page of ours: by `Sec-Fetch-Site` or `Origin`, which no page
 * can forge, or by the session's CSRF token, which no other page can read. A token that is wrong counts against it
 * whatever the others say. @throws Problem `cross-site-request`
 */
export function requireOwnPage(
  page: AskingPage,
  own: { readonly origin: string; readonly csrfToken: string | undefined },
): void {
  refuseForeignPage(page, own.origin);
  if (page.isSafe) return;
  if (page.csrfToken !== undefined) {
    if (own.csrfToken !== undefined && isSame(page.csrfToken, own.csrfToken)) return;
    throw new Problem('cross-site-request', { detail: `${CSRF_HEADER} is not the csrf_token of the session.` });
  }
  if (page.site === undefined && page.origin === undefined) {
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
