import { Type } from 'typebox';
import { callbackUrl } from '../../services/oauth/return-target.ts';
import { endpoint, type Outcome } from '../endpoint.ts';
import { bindingCookie, readBinding } from '../oauth-binding.ts';
import { ok } from '../outcomes.ts';
import { pageOf } from '../paging.ts';
import { input } from '../schemas.ts';
import { admissionOutcome, admissionReplies, Transport } from '../session-outcome.ts';
import { Answer, Identity, Provider, ReturnTo, renderIdentity } from './identities.ts';

const tag = 'log-ins elsewhere';

const listProviders = endpoint({
  name: 'listOauthProviders',
  method: 'GET',
  path: '/oauth/providers',
  tag,
  summary: 'Where one can log in',
  access: 'public',
  replies: { 200: { description: 'The providers', schema: pageOf(Type.Object({ name: Type.String() })) } },
  async handle({ services }) {
    return ok({ items: services.oauth.providers.map((name) => ({ name })), next: null });
  },
});

const start = endpoint({
  name: 'startOauth',
  method: 'GET',
  path: '/oauth/:provider/start',
  tag,
  summary: 'Log in elsewhere',
  description:
    'For a browser to go to. With `return_to` it ends there, with the cookies of a session; where a second factor is needed, with the fields of that reply behind the `#`. Without, the callback answers as `POST /sessions` does.',
  access: 'public',
  params: Provider,
  query: input({
    return_to: ReturnTo,
    transport: Type.Optional(Transport),
    invite: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  }),
  replies: { 302: { description: 'To the provider' } },
  async handle({ params, query, cookies, services, facts, actor }) {
    const binding = readBinding(cookies);
    const url = await services.oauth.start(params.provider, {
      redirectUri: callbackUrl(facts.origin, params.provider),
      binding,
      returnTo: query.return_to,
      transport: query.transport,
      invite: query.invite,
      actor,
    });
    return { status: 302, headers: { Location: url.href }, cookies: [bindingCookie(binding, facts)] };
  },
});

const callback = endpoint({
  name: 'finishOauth',
  method: 'GET',
  path: '/oauth/:provider/callback',
  tag,
  summary: 'Come back from a provider',
  access: 'public',
  params: Provider,
  query: Type.Object(Answer, { description: 'Providers add to it what they like.' }),
  replies: {
    200: { description: 'The identity is linked', schema: Identity },
    ...admissionReplies,
    303: { description: 'To `return_to`' },
  },
  async handle({ params, query, cookies, services, facts, actor }) {
    const { state, code, error, iss } = query;
    const answer = { provider: params.provider, state, code, error, iss };
    const result = await services.oauth.finish({ ...answer, binding: readBinding(cookies), actor });
    const { returnTo } = result;
    if (result.kind === 'linked') return seeOther(ok(renderIdentity(result.identity)), returnTo);
    // Where the browser goes on to a page, no script has seen the tokens.
    const transport = returnTo === undefined ? result.transport : 'cookie';
    return seeOther(admissionOutcome(result.admission, { transport, facts, vault: services.vault }), returnTo);
  },
});

/** Takes the browser to where it is to end. What is still to be done goes behind the #, which no server gets to see. */
function seeOther(outcome: Outcome, returnTo: string | undefined): Outcome {
  if (returnTo === undefined) return outcome;
  const { status, body, cookies = [] } = outcome;
  const [page = ''] = returnTo.split('#');
  const Location = status === 202 ? `${page}#${new URLSearchParams(body as Record<string, string>)}` : returnTo;
  return { status: 303, headers: { Location }, cookies };
}

export const oauthEndpoints = [listProviders, start, callback];
