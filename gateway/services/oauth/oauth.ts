import type { IdentityRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import type { Actor } from '../audit.ts';
import type { Limits } from '../limits.ts';
import type { Admission } from '../sessions/log-in.ts';
import { hashToken } from '../sessions/sessions.ts';
import type { Admissions } from './admissions.ts';
import { type Authorizations, type Errand, unknownState } from './authorizations.ts';
import type { IdentityLinks } from './identity-links.ts';
import type { AuthorizationResponse } from './provider.ts';
import { callbackUrl, requireRedirectTarget, returnTarget } from './return-target.ts';

export interface OauthOptions {
  readonly admissions: Admissions;
  readonly limits: Limits;
  readonly authorizations: Authorizations;
  readonly links: IdentityLinks;
  /** Of the applications that a log-in may return to. */
  readonly redirectOrigins: readonly string[];
  /** Our own, as clients know it, where it is set. */
  readonly publicOrigin: string | undefined;
}

/** What a browser begins with. */
export interface Start extends Omit<Errand, 'link' | 'bindingHash'> {
  /** What it comes back with. */
  readonly binding: string;
  readonly actor: Actor;
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
   * @throws Failure `NoSuchProvider`, `InvalidArgument` for where it is to return, `ProviderRefused`, `TooManyAttempts`
   */
  async start(provider: string, { binding, returnTo, actor, ...errand }: Start): Promise<URL> {
    // Anybody may begin, and each is remembered for some time.
    await this.#options.limits.take('log-ins elsewhere of an address', actor.address ?? '');
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
    const { authorizations, links, admissions } = this.#options;
    const errand = await authorizations.resume(provider, state);
    // Else anybody could have others log in to an account of his own choice (RFC 6749, section 10.12).
    if (errand.bindingHash === undefined || errand.bindingHash !== hashToken(binding ?? '')) throw unknownState();
    const { redirectUri, returnTo, link, transport, invite } = errand;
    const external = await authorizations.identify(provider, response, { redirectUri, proof: errand });
    if (link !== undefined) {
      return { kind: 'linked', identity: await links.link({ ...link, provider, external, actor }), returnTo };
    }
    const admission = await admissions.admit({ provider, external, invite, actor });
    return { kind: 'admitted', admission, transport, returnTo };
  }

  /**
   * Logs in with a code that the client has got of the provider by itself. A state of ours brings its proof along;
   * without one the provider alone says that the code is the client's.
   * @throws Failure `NoSuchProvider`, `InvalidArgument` for a redirect URI of nobody that we know, and as `finish` does
   */
  async loginWithCode({ provider, code, redirectUri, state, actor }: CodeLogIn): Promise<Admission> {
    const { authorizations, admissions, redirectOrigins: origins, publicOrigin } = this.#options;
    const errand = state === undefined ? undefined : await this.#findErrand(provider, state);
    const own = publicOrigin === undefined ? undefined : callbackUrl(publicOrigin, provider);
    requireRedirectTarget(redirectUri, { origins, known: [errand?.redirectUri, own] });
    if (errand?.link !== undefined) throw unknownState();
    const external = await authorizations.identify(
      provider,
      { code },
      { redirectUri, proof: errand, mayOmitIssuer: true },
    );
    return admissions.admit({ provider, external, invite: errand?.invite, actor });
  }

  /** A client may have a state of its own, which is its own to compare. */
  async #findErrand(provider: string, state: string) {
    return this.#options.authorizations.resume(provider, state).catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'InvalidRequest') return undefined;
      throw error;
    });
  }
}
