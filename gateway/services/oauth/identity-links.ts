import type { IdentityRow, Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { Freshness, FreshProof } from '../second-factors/freshness.ts';
import { type Caller, hashToken } from '../sessions/sessions.ts';
import { type Authorizations, unknownState } from './authorizations.ts';
import type { AuthorizationResponse, ExternalIdentity } from './provider.ts';
import { requireRedirectTarget, returnTarget } from './return-target.ts';

/** Who links, and in which session. */
export interface Linker {
  readonly accountId: string;
  readonly sessionId: string;
}

export interface LinkStart {
  readonly caller: Caller;
  readonly proof: FreshProof;
  /** Our own callback. */
  readonly callback: string;
  /** What the browser comes back to it with. */
  readonly binding: string;
  readonly returnTo: string | undefined;
  /** Of an application that takes the answer itself and hands it on with the session. */
  readonly redirectUri: string | undefined;
}

/** Who accounts are elsewhere: linked by whoever is logged in to them. */
export class IdentityLinks {
  readonly #metadata: Metadata;
  readonly #authorizations: Authorizations;
  readonly #freshness: Freshness;
  readonly #origins: readonly string[];

  constructor(options: {
    readonly metadata: Metadata;
    readonly authorizations: Authorizations;
    readonly freshness: Freshness;
    readonly redirectOrigins: readonly string[];
  }) {
    this.#metadata = options.metadata;
    this.#authorizations = options.authorizations;
    this.#freshness = options.freshness;
    this.#origins = options.redirectOrigins;
  }

  async list(accountId: string): Promise<IdentityRow[]> {
    return this.#metadata.queries.listIdentities(accountId);
  }

  /**
   * Begins to link: where the browser goes. Its answer counts with the binding at our callback, or with the session when
   * an application takes it: nobody may have others link themselves to an account that is not theirs.
   * @throws Failure `NoSuchProvider`, `InvalidArgument`, `ProviderRefused`, and as `Freshness.require` does
   */
  async start(provider: string, { caller, proof, ...input }: LinkStart): Promise<URL> {
    const target = this.#targetOf(input);
    await this.#freshness.require(caller, proof);
    const link = { accountId: caller.account.id, sessionId: caller.sessionId ?? '' };
    return this.#authorizations.begin(provider, { ...target, link });
  }

  #targetOf({ callback, binding, returnTo, redirectUri }: Omit<LinkStart, 'caller' | 'proof'>) {
    if (redirectUri !== undefined) {
      requireRedirectTarget(redirectUri, { origins: this.#origins });
      return { redirectUri };
    }
    const target = returnTo === undefined ? undefined : returnTarget(returnTo, this.#origins);
    return { redirectUri: callback, bindingHash: hashToken(binding), returnTo: target };
  }

  /** Ends what an application has taken the answer of. @throws Failure `InvalidRequest`, and as `link` does */
  async finish({
    provider,
    state,
    linker,
    actor,
    ...response
  }: AuthorizationResponse & { provider: string; state: string; linker: Linker; actor: Actor }): Promise<IdentityRow> {
    const errand = await this.#authorizations.resume(provider, state);
    const { redirectUri, link, bindingHash } = errand;
    if (bindingHash !== undefined || link?.sessionId !== linker.sessionId) throw unknownState();
    const external = await this.#authorizations.identify(provider, response, { redirectUri, proof: errand });
    return this.link({ ...linker, provider, external, actor });
  }

  /**
   * Makes somebody elsewhere a way into the account, if the session that asked for it goes on.
   * @throws Failure `InvalidToken` when that has ended; `IdentityTaken`
   */
  async link({
    accountId,
    sessionId,
    provider,
    external,
    actor,
  }: Linker & { provider: string; external: ExternalIdentity; actor: Actor }): Promise<IdentityRow> {
    const { issuer, subject, email } = external;
    const at = new Date().toISOString();
    await this.#metadata.mutations.linkIdentity({
      accountId,
      sessionId,
      issuer,
      subject,
      provider,
      ...(email === undefined ? {} : { email }),
      at,
      audit: auditEntry({ ...actor, accountId }, 'identity.linked', { accountId, detail: { provider, subject } }),
    });
    const linked = await this.#metadata.queries.findIdentity({ accountId, provider });
    if (linked === undefined) throw new Failure('NoSuchIdentity');
    return linked;
  }

  /** @throws Failure `NoSuchIdentity`; `LastWayIn` where nothing else would be left to log in with */
  async unlink({ accountId, provider, actor }: { accountId: string; provider: string; actor: Actor }): Promise<void> {
    const audit = auditEntry(actor, 'identity.unlinked', { accountId, detail: { provider } });
    const providers = this.#authorizations.names;
    await this.#metadata.mutations.unlinkIdentity({ accountId, provider, providers, audit });
  }
}
