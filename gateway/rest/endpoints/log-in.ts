import { Type } from 'typebox';
import { Failure } from '../../../metadata/index.ts';
import { csrfToken, REFRESH_COOKIE, requireOwnPage } from '../credentials.ts';
import { type Call, endpoint } from '../endpoint.ts';
import { input, optionalInput, Password } from '../schemas.ts';
import {
  admissionOutcome,
  admissionReplies,
  requirePlaceForCookies,
  SessionReply,
  sessionOutcome,
  Transport,
} from '../session-outcome.ts';

const tag = 'sessions';

const Code = Type.String({ minLength: 1, maxLength: 64, description: 'Of the second factor.' });
const FactorMethod = Type.Union([Type.Literal('totp'), Type.Literal('sms'), Type.Literal('recovery-code')]);

const logIn = endpoint({
  name: 'createSession',
  method: 'POST',
  path: '/sessions',
  tag,
  summary: 'Log in',
  description: 'With `transport: "cookie"` a browser keeps the tokens in HttpOnly cookies, and the reply has none.',
  access: 'public',
  body: input({
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: "The account's, or its e-mail." })),
    email: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'In the place of a name.' })),
    password: Password,
    code: Type.Optional(Code),
    transport: Type.Optional(Transport),
  }),
  replies: admissionReplies,
  async handle(call) {
    const { name, email, password, code, transport } = call.body;
    if (name !== undefined && email !== undefined) {
      throw new Failure('InvalidArgument', 'A name or an e-mail is needed, not both.', { Field: '/email' });
    }
    const login = name ?? email;
    if (login === undefined) throw new Failure('InvalidArgument', 'A name or an e-mail is needed.', { Field: '/name' });
    requirePlaceForCookies(transport, call);
    const { services, facts, actor } = call;
    const admission = await services.logIn.byPassword({ login, password, code, actor });
    return admissionOutcome(admission, { transport, facts, vault: services.vault });
  },
});

const proveSecondFactor = endpoint({
  name: 'createSessionBySecondFactor',
  method: 'POST',
  path: '/sessions/second-factor',
  tag,
  summary: 'Log in: the second factor',
  access: 'public',
  body: input({
    challenge_token: Type.String({ minLength: 1, maxLength: 4096 }),
    code: Code,
    method: Type.Optional(FactorMethod),
    transport: Type.Optional(Transport),
  }),
  replies: { 201: admissionReplies[201] },
  async handle(call) {
    const { challenge_token: challenge, code, method, transport } = call.body;
    requirePlaceForCookies(transport, call);
    const { services, facts, actor } = call;
    const tokens = await services.logIn.bySecondFactor({ challenge, code, method, actor });
    return sessionOutcome(tokens, { transport, facts, vault: services.vault });
  },
});

const refresh = endpoint({
  name: 'refreshSession',
  method: 'POST',
  path: '/sessions/refresh',
  tag,
  summary: 'Exchange a refresh token for new tokens',
  description: 'Each is good once: one that comes a second time ends its session. Without a body the cookie counts.',
  access: 'public',
  body: optionalInput({ refresh_token: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })) }),
  replies: { 200: { description: 'New tokens of the same session', schema: SessionReply } },
  async handle(call) {
    const { services, facts, actor } = call;
    const given = call.body?.refresh_token;
    const token = given ?? (await cookieToRefresh(call));
    const tokens = await services.sessions.refresh(token, actor);
    const transport = given === undefined ? 'cookie' : 'token';
    return { ...sessionOutcome(tokens, { transport, facts, vault: services.vault }), status: 200 };
  },
});

/** The refresh token of a page of ours. @throws Failure `InvalidToken`; Problem `cross-site-request` */
async function cookieToRefresh(call: Pick<Call, 'cookies' | 'page' | 'facts' | 'services'>): Promise<string> {
  const token = call.cookies[REFRESH_COOKIE];
  if (!token) throw new Failure('InvalidArgument', 'A refresh token is needed.', { Field: '/refresh_token' });
  const { sessions, vault } = call.services;
  const sessionId = await sessions.findByRefreshToken(token);
  const own = sessionId === undefined ? undefined : csrfToken(vault, sessionId);
  // Before it is used up: it would be lost to the page that it belongs to.
  if (own !== undefined) requireOwnPage(call.page, { origin: call.facts.origin, csrfToken: own });
  return token;
}

export const logInEndpoints = [logIn, proveSecondFactor, refresh];
