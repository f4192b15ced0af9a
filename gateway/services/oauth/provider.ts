/** Who somebody is, as a provider says. */
export interface ExternalIdentity {
  readonly issuer: string;
  /** Never given to anybody else by that issuer. */
  readonly subject: string;
  /** In lower case. */
  readonly email?: string;
  /** Whether the provider has seen that the e-mail is theirs. */
  readonly isEmailVerified: boolean;
  /** What they are called there, the best first: for the name of an account. */
  readonly names: readonly string[];
}

/** What the browser does not know of a log-in, and what shows that its answer belongs to it. */
export interface Proof {
  /** RFC 7636. */
  readonly verifier: string;
  /** In the ID token. */
  readonly nonce: string;
}

/** What a provider sends the browser back with (RFC 6749 section 4.1.2, RFC 9207). */
export interface AuthorizationResponse {
  readonly code?: string | undefined;
  readonly error?: string | undefined;
  readonly iss?: string | undefined;
}

/** What a code is exchanged with. */
export interface Exchange {
  readonly redirectUri: string;
  /** Absent for an authorization that did not begin here. */
  readonly proof: Proof | undefined;
  /** The client knows whom it has asked, and hands on no `iss`. */
  readonly mayOmitIssuer?: boolean;
}

/** Where accounts log in elsewhere. */
export interface Provider {
  readonly name: string;
  /** Where the browser is sent. @throws Failure `ProviderRefused` while the provider is down */
  authorizationUrl(request: Proof & { readonly redirectUri: string; readonly state: string }): Promise<URL>;
  /**
   * Who came back, once the code is exchanged and what the provider says of them is verified.
   * @throws Failure `AccessDenied` when they said no, `InvalidRequest` for a code or an issuer that is none of this
   * log-in, `ProviderRefused` when the provider is down or says what cannot be believed
   */
  identify(response: AuthorizationResponse, exchange: Exchange): Promise<ExternalIdentity>;
}
