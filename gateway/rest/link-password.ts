import type { FastifyRequest } from 'fastify';
import { decodeHeaderText } from '../http/header-text.ts';
import type { OpenedLink } from '../services/drive/shared-links.ts';
import { SealError } from '../services/encryption/sealed-key.ts';
import { plainCookies } from './credentials.ts';
import type { Cookie } from './endpoint.ts';
import { Problem } from './problem.ts';
import { type ApiContext, actorOf, factsOf } from './request-facts.ts';

const COOKIE = 'gatehouse_link';
/** For how long a browser need not be told a password again. */
const COOKIE_SECONDS = 3600;
const LABEL = 'link password v1';
/** RFC 7617; browsers ask their users. */
const CHALLENGE = 'Basic realm="link", charset="UTF-8"';
/** Of a page with a form, which asks by itself: browsers do not know the scheme, and show the page. */
const FORM_CHALLENGE = 'Form realm="link"';

/**
 * Whether what a link leads to may be told: the password came with the request, or a cookie that says that it did before,
 * or there is none. @throws Problem `link-password-required` for a wrong one; Failure `TooManyAttempts`, `SlowDown`
 */
export async function isUnlocked(request: FastifyRequest, opened: OpenedLink, context: ApiContext): Promise<boolean> {
  if (opened.link.password_hash === null) return true;
  const password = presentedPassword(request);
  if (password === undefined) return hasCookie(request, opened, context);
  await requirePassword(request, { opened, password, context });
  return true;
}

export interface Attempt {
  readonly opened: OpenedLink;
  readonly password: string;
  readonly context: ApiContext;
}

/** @throws as `isUnlocked` */
export async function requirePassword(
  request: FastifyRequest,
  { opened: { link }, password, context }: Attempt,
): Promise<void> {
  const { address } = actorOf(request, undefined);
  const isRight = await context.services.sharedLinks.isPassword(link, password, address);
  if (!isRight) throw passwordRequired('The password is wrong.');
}

export function passwordRequired(detail: string): Problem {
  return new Problem('link-password-required', { detail, headers: { 'WWW-Authenticate': CHALLENGE } });
}

/** The headers of a problem whose page asks for the password itself. */
export function formHeaders(problem: Problem): Readonly<Record<string, string>> {
  if (problem.code !== 'link-password-required') return problem.headers;
  return { ...problem.headers, 'WWW-Authenticate': FORM_CHALLENGE };
}

/** `X-Link-Password`, or the password of Basic: whose it is does not matter. */
function presentedPassword({ headers }: FastifyRequest): string | undefined {
  const header = headers['x-link-password'];
  if (typeof header === 'string') return decodeHeaderText(header);
  const encoded = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString();
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined;
}

/** What a browser keeps in the place of a password: good for one link, under the path of its URL, and as long as that has the password. */
export function unlockingCookie(
  request: FastifyRequest,
  { opened, context, path }: { readonly opened: OpenedLink; readonly context: ApiContext; readonly path: string },
): Cookie {
  const { isSecure: secure } = factsOf(request, context);
  const expiresAt = String(Date.now() + COOKIE_SECONDS * 1000);
  return {
    name: COOKIE,
    value: context.services.vault.seal(expiresAt, purposeOf(opened)),
    options: { path, httpOnly: true, sameSite: 'strict', secure, maxAge: COOKIE_SECONDS },
  };
}

function hasCookie(request: FastifyRequest, opened: OpenedLink, { services }: ApiContext): boolean {
  const sealed = plainCookies(request)[COOKIE];
  if (sealed === undefined) return false;
  try {
    return Number(services.vault.open(sealed, purposeOf(opened))) > Date.now();
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

function purposeOf({ link }: OpenedLink) {
  return { label: LABEL, context: `${link.id} ${link.password_hash}` };
}
