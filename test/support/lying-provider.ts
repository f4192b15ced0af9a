import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Loopback, startLoopback } from './loopback.ts';

/** What a provider says, and what it would say if it were honest. */
export interface Lie {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Signs with a key that it does not publish, or not at all. */
  readonly signature?: 'foreign' | 'none';
  /** Of the browser's answer. */
  readonly answer?: Readonly<Record<string, string>>;
  /** Of its discovery document. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface LyingProvider {
  readonly issuer: string;
  readonly server: Loopback;
  lie: Lie;
}

/** An OpenID provider that lets everybody in at once, and says what it is told to. */
export async function startLyingProvider(clientId: string): Promise<LyingProvider> {
  const server = await startLoopback();
  const issuer = server.url.replace(/\/$/, '');
  const [own, foreign] = [newKey(), newKey()];
  const provider: LyingProvider = { issuer, server, lie: {} };
  let nonce: string | null = null;
  server.answer = ({ url: path }) => {
    const url = new URL(path, issuer);
    const { header, claims, signature, answer, metadata } = provider.lie;
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return { status: 200, body: { ...honestMetadata(issuer), ...metadata } };
      case '/jwks':
        return { status: 200, body: { keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig' }] } };
      case '/authorize': {
        nonce = url.searchParams.get('nonce');
        const location = new URL(url.searchParams.get('redirect_uri') ?? '');
        const state = url.searchParams.get('state') ?? '';
        location.search = new URLSearchParams({ code: 'a-code', state, iss: issuer, ...answer }).toString();
        return { status: 302, headers: { Location: location.href } };
      }
      case '/token': {
        const at = Math.floor(Date.now() / 1000);
        const honest = { iss: issuer, sub: 'mallory', aud: clientId, nonce, iat: at, exp: at + 60 };
        const payload = { ...honest, email: 'mallory@example.org', email_verified: false, ...claims };
        const key = signature === 'none' ? undefined : (signature === 'foreign' ? foreign : own).privateKey;
        const id_token = toJwt({ alg: 'RS256', kid: 'k', ...header }, payload, key);
        return { status: 200, body: { access_token: 'a-token', token_type: 'Bearer', expires_in: 60, id_token } };
      }
      default:
        return { status: 404 };
    }
  };
  return provider;
}

function newKey() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function honestMetadata(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    id_token_signing_alg_values_supported: ['RS256'],
    authorization_response_iss_parameter_supported: true,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
  };
}

function toJwt(header: object, payload: object, key: KeyObject | undefined): string {
  const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${key === undefined ? '' : sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
