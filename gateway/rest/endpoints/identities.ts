import { Type } from 'typebox';
import type { IdentityRow } from '../../../metadata/index.ts';
import { callbackUrl } from '../../services/oauth/return-target.ts';
import { endpoint } from '../endpoint.ts';
import { bindingCookie, readBinding } from '../oauth-binding.ts';
import { noContent, ok } from '../outcomes.ts';
import { pageOf } from '../paging.ts';
import { input, optionalInput, Time } from '../schemas.ts';
import { freshProof } from './factor-schemas.ts';

const tag = 'log-ins elsewhere';
const MAX_URL = 2048;

export const Provider = Type.Object({ provider: Type.String({ pattern: '^[a-z0-9-]{1,32}$' }) });

export const ReturnTo = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: MAX_URL,
    description: 'A path of this API, or a URL with an origin of GATEHOUSE_OAUTH_REDIRECTS.',
  }),
);

/** What a provider sends a browser back with. */
export const Answer = {
  state: Type.String({ minLength: 1, maxLength: 512 }),
  code: Type.Optional(Type.String({ minLength: 1, maxLength: 8192 })),
  error: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  iss: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_URL })),
};

export const Identity = Type.Object({
  provider: Type.String(),
  issuer: Type.String(),
  subject: Type.String({ description: 'Who it is, in the words of the issuer.' }),
  email: Type.Union([Type.String(), Type.Null()], { description: 'At the provider.' }),
  linked_at: Time,
  last_used_at: Time,
});

export function renderIdentity({ provider, issuer, subject, email, linked_at, last_used_at }: IdentityRow) {
  return { provider, issuer, subject, email, linked_at, last_used_at };
}

const list = endpoint({
  name: 'listIdentities',
  method: 'GET',
  path: '/accounts/me/identities',
  tag,
  summary: 'Where you can log in elsewhere',
  access: 'account',
  replies: { 200: { description: 'One a provider', schema: pageOf(Identity) } },
  async handle({ caller, services }) {
    const rows = await services.identityLinks.list(caller.account.id);
    return ok({ items: rows.map(renderIdentity), next: null });
  },
});

const start = endpoint({
  name: 'startOauthLink',
  method: 'POST',
  path: '/oauth/:provider/link',
  tag,
  summary: 'Link another way to log in',
  description:
    'By the password again, where there is one. A browser goes on to `authorization_url`, and has to keep the cookie that comes with it. An application elsewhere gives a `redirect_uri` of its own, and hands on what comes back to that with PUT.',
  access: 'account',
  params: Provider,
  body: optionalInput({
    ...freshProof,
    return_to: ReturnTo,
    redirect_uri: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_URL })),
  }),
  replies: { 201: { description: 'Where to go', schema: Type.Object({ authorization_url: Type.String() }) } },
  async handle({ caller, params, body, cookies, services, facts, actor }) {
    const binding = readBinding(cookies);
    const url = await services.identityLinks.start(params.provider, {
      caller,
      proof: { password: body?.password, code: body?.code, actor },
      callback: callbackUrl(facts.origin, params.provider),
      binding,
      returnTo: body?.return_to,
      redirectUri: body?.redirect_uri,
    });
    return { status: 201, body: { authorization_url: url.href }, cookies: [bindingCookie(binding, facts)] };
  },
});

const finish = endpoint({
  name: 'finishOauthLink',
  method: 'PUT',
  path: '/oauth/:provider/link',
  tag,
  summary: 'Link with what came back to an application',
  description: 'By the session that began.',
  access: 'account',
  params: Provider,
  body: input(Answer),
  replies: { 200: { description: 'Linked', schema: Identity } },
  async handle({ caller, params, body, services, actor }) {
    const linker = { accountId: caller.account.id, sessionId: caller.sessionId ?? '' };
    const { state, code, error, iss } = body;
    const answer = { provider: params.provider, state, code, error, iss };
    return ok(renderIdentity(await services.identityLinks.finish({ ...answer, linker, actor })));
  },
});

const unlink = endpoint({
  name: 'deleteOauthLink',
  method: 'DELETE',
  path: '/oauth/:provider/link',
  tag,
  summary: 'Log in there no more',
  description: 'The last way into an account stays: set a password or link another provider first.',
  access: 'account',
  params: Provider,
  replies: { 204: { description: 'Unlinked' } },
  async handle({ caller, params, services, actor }) {
    await services.identityLinks.unlink({ accountId: caller.account.id, provider: params.provider, actor });
    return noContent;
  },
});

export const identityEndpoints = [list, start, finish, unlink];
