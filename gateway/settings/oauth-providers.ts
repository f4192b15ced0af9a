import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';
import type { Kind } from './kinds.ts';

interface Client {
  /** In our URLs. */
  readonly name: string;
  readonly clientId: string;
  /** Absent: a public client. */
  readonly clientSecret: string | undefined;
  /** What is asked for; absent: what a log-in needs. */
  readonly scope: string | undefined;
}

/** OpenID Connect: everything else is discovered from the issuer. */
export interface OidcProvider extends Client {
  readonly kind: 'oidc' | 'google' | 'microsoft';
  readonly issuer: URL;
}

/** GitHub speaks OAuth 2, and no OpenID Connect. */
export interface GithubProvider extends Client {
  readonly kind: 'github';
  /** Of github.com, or of a GitHub Enterprise server. */
  readonly baseUrl: URL;
}

/** A provider of log-ins, as the settings name it. */
export type OauthProvider = OidcProvider | GithubProvider;

const OAUTH_PROVIDERS = 'GATEHOUSE_OAUTH_PROVIDERS';
const NAME = /^[a-z0-9-]{1,32}$/;
/** A directory's id, one of its domains, or one of Microsoft's words for many directories. */
const TENANT = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/;

export const oauthProviders: Kind<readonly OauthProvider[]> = {
  allowed:
    'a JSON object of providers by name, each with a client_id and, but for github, google and microsoft, an issuer; or the path of a file with it',
  parse: (text) => {
    const providers = parseObject(text.trimStart().startsWith('{') ? text : readText(text));
    return providers && Object.entries(providers).map(([name, fields]) => parseProvider(name, fields));
  },
};

/** Nothing for what is no file: the value is not shown, as it may be JSON that went wrong. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseProvider(name: string, fields: unknown): OauthProvider {
  if (!NAME.test(name)) {
    throw new ConfigError(OAUTH_PROVIDERS, 'names a provider with other than 1 to 32 of a-z, 0-9 and -.');
  }
  if (!isObject(fields)) throw refusal(name, 'is no JSON object');
  const own = OWN_FIELD.get(name) ?? ['issuer'];
  const text = readFields(name, { fields, allowed: ['client_id', 'client_secret', 'scope', ...own] });
  const { client_id: clientId, client_secret: clientSecret, scope } = text;
  if (clientId === undefined) throw refusal(name, 'has no client_id');
  if (OWN_FIELD.has(name) && clientSecret === undefined) throw refusal(name, 'has no client_secret');
  const client = { name, clientId, clientSecret, scope };
  if (name === 'github') return { kind: 'github', ...client, baseUrl: baseUrl(name, text.base_url) };
  if (name === 'microsoft') return { kind: 'microsoft', ...client, issuer: microsoft(name, text.tenant) };
  if (name === 'google') return { kind: 'google', ...client, issuer: new URL('https://accounts.google.com') };
  if (text.issuer === undefined) throw refusal(name, 'has no issuer');
  return { kind: 'oidc', ...client, issuer: secureUrl(text.issuer) ?? refuse(name, 'an issuer') };
}

/** What those take whose issuers are known. */
const OWN_FIELD: ReadonlyMap<string, readonly string[]> = new Map([
  ['github', ['base_url']],
  ['google', []],
  ['microsoft', ['tenant']],
]);

function readFields(
  name: string,
  { fields, allowed }: { fields: Fields; allowed: readonly string[] },
): Readonly<Record<string, string | undefined>> {
  for (const [field, value] of Object.entries(fields)) {
    if (!allowed.includes(field)) throw refusal(name, `has a field that is none of ${allowed.join(', ')}`);
    if (typeof value !== 'string' || value === '') throw refusal(name, `has a ${field} that is no text`);
  }
  return fields as Readonly<Record<string, string>>; // each was just looked at
}

function microsoft(name: string, tenant = 'common'): URL {
  if (!TENANT.test(tenant)) throw refusal(name, 'has a tenant that is none');
  return new URL(`https://login.microsoftonline.com/${tenant}/v2.0`);
}

function baseUrl(name: string, text = 'https://github.com'): URL {
  const url = secureUrl(text);
  return url?.pathname === '/' ? url : refuse(name, 'a base_url');
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** A secret goes there: in the clear within this machine alone. */
function secureUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || `${url.username}${url.password}${url.search}${url.hash}` !== '') return undefined;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname)) ? url : undefined;
}

function refuse(name: string, what: string): never {
  throw refusal(name, `has ${what} that is no https:// URL`);
}

function refusal(name: string, problem: string): ConfigError {
  return new ConfigError(OAUTH_PROVIDERS, `has a provider "${name}" that ${problem}.`);
}
