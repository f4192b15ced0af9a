import { randomBytes } from 'node:crypto';
import type { Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import type { OauthProvider } from '../../settings/oauth-providers.ts';
import { hashToken } from '../sessions/sessions.ts';
import type { Vault } from '../vault.ts';
import { Github } from './github.ts';
import { Oidc } from './oidc.ts';
import type { AuthorizationResponse, Exchange, ExternalIdentity, Proof, Provider } from './provider.ts';

/** What a log-in is to lead to, once its browser comes back. */
export interface Errand {
  /** Where the provider sends the browser: it asks for it again with the code. */
  readonly redirectUri: string;
  /** SHA-256 of what the browser that began shows again, hex; absent: the session shows that it is the same client. */
  readonly bindingHash?: string | undefined;
  readonly transport?: 'token' | 'cookie' | undefined;
  /** Where the browser goes in the end. */
  readonly returnTo?: string | undefined;
  readonly invite?: string | undefined;
  /** The account to link, and in which session that was asked for; absent: a log-in. */
  readonly link?: { readonly accountId: string; readonly sessionId: string } | undefined;
}

type SealedErrand = Errand & Proof;

/** How long somebody may take at the provider. */
const AUTHORIZATION_MS = 10 * 60_000;

/** Authorizations at providers: begun, and come back from. */
export class Authorizations {
  readonly #metadata: Metadata;
  readonly #vault: Vault;
  readonly #providers: ReadonlyMap<string, Provider>;

  constructor(options: { metadata: Metadata; vault: Vault; providers: readonly OauthProvider[] }) {
    this.#metadata = options.metadata;
    this.#vault = options.vault;
    this.#providers = new Map(options.providers.map((settings) => [settings.name, openProvider(settings)]));
  }

  get names(): string[] {
    return [...this.#providers.keys()];
  }

  /** Where the browser goes now. @throws Failure `NoSuchProvider`, `ProviderRefused` */
  async begin(name: string, errand: Errand): Promise<URL> {
    const provider = this.#require(name);
    const [state, verifier, nonce] = [randomText(), randomText(), randomText()];
    const { redirectUri, link } = errand;
    const url = await provider.authorizationUrl({ redirectUri, state, verifier, nonce });
    const now = Date.now();
    const stateHash = hashToken(state);
    await this.#metadata.mutations.createOauthState({
      stateHash,
      provider: name,
      sealed: this.#vault.seal(JSON.stringify({ ...errand, verifier, nonce }), sealedFor(stateHash)),
      ...(link === undefined ? {} : { accountId: link.accountId }),
      at: new Date(now).toISOString(),
      expiresAt: new Date(now + AUTHORIZATION_MS).toISOString(),
    });
    return url;
  }

  /** What was begun with a state, which works once. @throws Failure `InvalidRequest`, `NoSuchProvider` */
  async resume(name: string, state: string): Promise<SealedErrand> {
    this.#require(name);
    const stateHash = hashToken(state);
    const taken = await this.#metadata.mutations.takeOauthState({ stateHash, at: new Date().toISOString() });
    // Each provider has a callback of its own, so that the code of one is not shown to another (RFC 9700, section 4.4).
    if (taken === undefined || taken.provider !== name) throw unknownState();
    return JSON.parse(this.#vault.open(taken.sealed, sealedFor(stateHash))) as SealedErrand; // sealed by `begin`
  }

  /** Who came back. @throws Failure as `Provider.identify` does, and `NoSuchProvider` */
  async identify(name: string, response: AuthorizationResponse, exchange: Exchange): Promise<ExternalIdentity> {
    return this.#require(name).identify(response, exchange);
  }

  #require(name: string): Provider {
    const provider = this.#providers.get(name);
    if (provider === undefined) throw new Failure('NoSuchProvider');
    return provider;
  }
}

/** Told alike, whatever is wrong with it. */
export function unknownState(): Failure {
  return new Failure('InvalidRequest', 'The log-in was not begun here, was used, or took too long. Begin anew.', {
    Field: 'state',
  });
}

function openProvider(settings: OauthProvider): Provider {
  return settings.kind === 'github' ? new Github(settings) : new Oidc(settings);
}

/** 256 bits: as long as RFC 7636 recommends for a verifier. */
function randomText(): string {
  return randomBytes(32).toString('base64url');
}

function sealedFor(stateHash: string) {
  return { label: 'oauth state v1', context: stateHash };
}
