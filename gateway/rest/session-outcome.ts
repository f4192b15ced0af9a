import { Type } from 'typebox';
import type { Admission } from '../services/sessions/log-in.ts';
import type { SessionTokens } from '../services/sessions/sessions.ts';
import type { Vault } from '../services/vault.ts';
import { ACCESS_COOKIE, csrfToken, REFRESH_COOKIE, refuseForeignPage } from './credentials.ts';
import type { ApiFacts, Call, Cookie, Outcome } from './endpoint.ts';
import { accepted, created } from './outcomes.ts';
import { Time } from './schemas.ts';

/** How a client keeps its tokens: itself, or the browser for it, where no script can read them. */
export const Transport = Type.Union([Type.Literal('token'), Type.Literal('cookie')], { default: 'token' });
export type Transport = 'token' | 'cookie';

/** Sent to the endpoints that need it and to no other. */
const REFRESH_PATH = '/api/v1/sessions';

export const SessionReply = Type.Object({
  session_id: Type.String(),
  account: Type.Object({ id: Type.String(), name: Type.String(), role: Type.String() }),
  token_type: Type.Optional(Type.Literal('Bearer')),
  access_token: Type.Optional(Type.String({ description: 'Absent where cookies were set.' })),
  expires_at: Time,
  expires_in: Type.Integer({ description: 'Seconds that the access token counts.' }),
  refresh_token: Type.Optional(Type.String({ description: 'Good once. Absent where cookies were set.' })),
  refresh_expires_at: Time,
  csrf_token: Type.Optional(Type.String({ description: 'Where cookies were set: to be sent as X-CSRF-Token.' })),
});

const PendingReply = Type.Object({
  status: Type.Union([Type.Literal('second-factor-required'), Type.Literal('enrolment-required')]),
  challenge_token: Type.Optional(Type.String({ description: 'With a code it makes a session.' })),
  enrolment_token: Type.Optional(Type.String({ description: 'Sets up a second factor, and nothing else.' })),
  expires_at: Time,
  methods: Type.Optional(Type.Array(Type.String(), { description: 'By any of these.' })),
});

/** What every way in may answer. */
export const admissionReplies = {
  201: { description: 'Logged in: a session', schema: SessionReply },
  202: { description: 'A second factor is needed, or has to be set up first', schema: PendingReply },
} as const;

export interface RenderSession {
  readonly transport: Transport | undefined;
  readonly facts: ApiFacts;
  readonly vault: Vault;
}

/** A foreign page must not log its reader in to an account of its own choice. @throws Problem `cross-site-request` */
export function requirePlaceForCookies(
  transport: Transport | undefined,
  { page, facts }: Pick<Call, 'page' | 'facts'>,
): void {
  if (transport === 'cookie') refuseForeignPage(page, facts.origin);
}

/** What a log-in has led to. */
export function admissionOutcome(admission: Admission, options: RenderSession): Outcome {
  switch (admission.kind) {
    case 'session':
      return sessionOutcome(admission.tokens, options);
    case 'second-factor':
      return accepted({
        status: 'second-factor-required',
        challenge_token: admission.challenge.token,
        expires_at: admission.challenge.expiresAt,
        methods: admission.methods,
      });
    case 'enrolment':
      return accepted({
        status: 'enrolment-required',
        enrolment_token: admission.token.token,
        expires_at: admission.token.expiresAt,
      });
  }
}

/** A session's tokens, shown this once, or set as cookies and not shown at all. */
export function sessionOutcome(tokens: SessionTokens, { transport, facts, vault }: RenderSession): Outcome {
  const { account, sessionId, accessToken, accessExpiresAt, refreshToken, refreshExpiresAt } = tokens;
  const about = {
    session_id: sessionId,
    account: { id: account.id, name: account.name, role: account.role },
    expires_at: accessExpiresAt,
    expires_in: secondsUntil(accessExpiresAt),
    refresh_expires_at: refreshExpiresAt,
  };
  if (transport === 'cookie') {
    const body = { ...about, csrf_token: csrfToken(vault, sessionId) };
    return { ...created(body), cookies: sessionCookies(tokens, facts) };
  }
  return created({ ...about, token_type: 'Bearer', access_token: accessToken, refresh_token: refreshToken });
}

/** Makes a browser forget its session. */
export function forgottenCookies({ isSecure }: ApiFacts): Cookie[] {
  return [
    { name: ACCESS_COOKIE, value: undefined, options: accessCookie(isSecure) },
    { name: REFRESH_COOKIE, value: undefined, options: refreshCookie(isSecure) },
  ];
}

function sessionCookies(tokens: SessionTokens, { isSecure }: ApiFacts): Cookie[] {
  return [
    {
      name: ACCESS_COOKIE,
      value: tokens.accessToken,
      options: { ...accessCookie(isSecure), maxAge: secondsUntil(tokens.accessExpiresAt) },
    },
    {
      name: REFRESH_COOKIE,
      value: tokens.refreshToken,
      options: { ...refreshCookie(isSecure), maxAge: secondsUntil(tokens.refreshExpiresAt) },
    },
  ];
}

/** Lax: it comes along when somebody follows a link to us, and with nothing else that another site makes. */
function accessCookie(secure: boolean) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;
}

function refreshCookie(secure: boolean) {
  return { path: REFRESH_PATH, httpOnly: true, sameSite: 'strict', secure } as const;
}

function secondsUntil(time: string): number {
  return Math.max(0, Math.ceil((Date.parse(time) - Date.now()) / 1000));
}
