import { randomBytes } from 'node:crypto';
import type { IdentityRow, Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import type { Actor } from '../audit.ts';
import type { Admission, LogIn } from '../sessions/log-in.ts';
import { hashToken } from '../sessions/sessions.ts';
import { accountNames, spareName } from './account-names.ts';
import { type Authorizations, type Errand, unknownState } from './authorizations.ts';
import type { IdentityLinks } from './identity-links.ts';
import type { AuthorizationResponse, ExternalIdentity } from './provider.ts';
import { callbackUrl, requireRedirectTarget, returnTarget } from './return-target.ts';

export interface OauthOptions {
  readonly metadata: Metadata;
  readonly logIn: LogIn;
  readonly authorizations: Authorizations;
  readonly links: IdentityLinks;
  readonly registration: 'open' | 'invite' | 'closed';
  /** Of the applications that a log-in may return to. */
  readonly redirectOrigins: readonly string[];
  /** Our own, as clients know it, where it is set. */
  readonly publicOrigin: string | undefined;
}

/** What a browser comes back with, and what shows that it is the one that began. */
export interface Callback extends AuthorizationResponse {
  readonly provider: string;
  readonly state: string;
  /** The text that was given to the browser at the start. */
  readonly binding: string | undefined;
  readonly actor: Actor;
}

/** What a client has got of a provider by itself. */
export interface CodeLogIn {
  readonly provider: string;
  readonly code: string;
  /** What it told the provider: of an application in the settings, or our own callback. */
  readonly redirectUri: string;
  /** Of ours, or the client's own. */
  readonly state?: string | undefined;
  readonly actor: Actor;
}

/** What a callback has led to, and where the browser goes then. */
export type CallbackResult = { readonly returnTo: string | undefined } & (
  | { readonly kind: 'admitted'; readonly admission: Admission; readonly transport: 'token' | 'cookie' | undefined }
  | { readonly kind: 'linked'; readonly identity: IdentityRow }
);

/** Log-ins elsewhere. */
export class Oauth {
  readonly #options: OauthOptions;

  constructor(options: OauthOptions) {
    this.#options = options;
  }

  get providers(): readonly string[] {
    return this.#options.authorizations.names;
  }

  /**
   * Begins a log-in: where the browser goes, which has to come back with the binding.
   * @throws Failure `NoSuchProvider`, `InvalidArgument` for where it is to return, `ProviderRefused`
   */
  async start(
    provider: string,
    { binding, returnTo, ...errand }: Omit<Errand, 'link' | 'bindingHash'> & { readonly binding: string },
  ): Promise<URL> {
    return this.#options.authorizations.begin(provider, {
      ...errand,
      bindingHash: hashToken(binding),
      returnTo: returnTo === undefined ? undefined : returnTarget(returnTo, this.#options.redirectOrigins),
    });
  }

  /**
   * Ends what `start`, or a link, began.
   * @throws Failure `InvalidRequest` for a state that is unknown or of another browser, and whatever `identify`, the
   * admission and the link throw
   */
  async finish({ provider, state, binding, actor, ...response }: Callback): Promise<CallbackResult> {
    const { authorizations, links } = this.#options;
    const errand = await authorizations.resume(provider, state);
    // Else anybody could have others log in to an account of his own choice (RFC 6749, section 10.12).
    if (errand.bindingHash === undefined || errand.bindingHash !== hashToken(binding ?? '')) throw unknownState();
    const { redirectUri, returnTo, link, transport, invite } = errand;
    const external = await authorizations.identify(provider, response, { redirectUri, proof: errand });
    if (link !== undefined) {
      return { kind: 'linked', identity: await links.link({ ...link, provider, external, actor }), returnTo };
    }
    const admission = await this.#admit(external, { provider, invite, actor });
    return { kind: 'admitted', admission, transport, returnTo };
  }

  /**
   * Logs in with a code that the client has got of the provider by itself. A state of ours brings its proof along;
   * without one the provider alone says that the code is the client's.
   * @throws Failure `NoSuchProvider`, `InvalidArgument` for a redirect URI of nobody that we know, and as `finish` does
   */
  async loginWithCode({ provider, code, redirectUri, state, actor }: CodeLogIn): Promise<Admission> {
    const { authorizations, redirectOrigins: origins, publicOrigin } = this.#options;
    const errand = state === undefined ? undefined : await this.#findErrand(provider, state);
    const own = publicOrigin === undefined ? undefined : callbackUrl(publicOrigin, provider);
    requireRedirectTarget(redirectUri, { origins, known: [errand?.redirectUri, own] });
    if (errand?.link !== undefined) throw unknownState();
    const external = await authorizations.identify(provider, { code }, { redirectUri, proof: errand });
    return this.#admit(external, { provider, invite: errand?.invite, actor });
  }

  /** A client may have a state of its own, which is its own to compare. */
  async #findErrand(provider: string, state: string) {
    return this.#options.authorizations.resume(provider, state).catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'InvalidRequest') return undefined;
      throw error;
    });
  }

  /** Whose account it is decides the database; what is still to be proven, the log-in. */
  async #admit(
    external: ExternalIdentity,
    { provider, invite, actor }: { provider: string; invite: string | undefined; actor: Actor },
  ): Promise<Admission> {
    const { metadata, logIn, registration } = this.#options;
    const { names, ...identity } = external;
    const { accountId } = await metadata.mutations.admitIdentity({
      ...identity,
      provider,
      registration,
      ...(invite === undefined ? {} : { inviteHash: hashToken(invite) }),
      candidate: {
        id: newId(),
        canonicalId: randomBytes(32).toString('hex'),
        names: accountNames(names),
        spareName: spareName(),
      },
      at: new Date().toISOString(),
      address: actor.address,
      userAgent: actor.userAgent,
    });
    const profile = await metadata.queries.findProfile(accountId);
    if (profile === undefined) throw new Failure('InvalidCredentials');
    return logIn.admit(profile, { methods: `oauth:${provider}`, actor });
  }
}
