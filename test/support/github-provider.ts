import { createHash, randomBytes } from 'node:crypto';
import { type LoopbackAnswer, type SeenRequest, startLoopback } from './loopback.ts';

/** Somebody with an account at GitHub. */
export interface GithubPerson {
  readonly id: number;
  readonly login: string;
  readonly emails: readonly { readonly email: string; readonly primary: boolean; readonly verified: boolean }[];
}

export interface TestGithub {
  /** Of a GitHub Enterprise server. */
  readonly baseUrl: string;
  /** Who is logged in there; undefined: whoever comes says no. */
  person: GithubPerson | undefined;
  /** Answers in the place of the real one. */
  fault: ((request: SeenRequest) => LoopbackAnswer | undefined) | undefined;
  stop(): Promise<void>;
}

export const GITHUB_CLIENT = { id: 'Iv1.gatehouse', secret: 'secret-of-the-github-app' } as const;

interface Grant {
  readonly person: GithubPerson;
  readonly redirectUri: string;
  readonly challenge: string | null;
}

/**
 * A server with GitHub's shape ("Authorizing OAuth apps"), as strict as GitHub: it looks at the secret, the redirect URI
 * and PKCE, takes a code once, and tells of errors with a status of 200.
 * @param callback what may be a redirect URI: those that begin so
 */
export async function startGithub(callback: () => string): Promise<TestGithub> {
  const server = await startLoopback();
  const codes = new Map<string, Grant>();
  const tokens = new Map<string, GithubPerson>();
  const github: TestGithub = {
    baseUrl: server.url.replace(/\/$/, ''),
    person: undefined,
    fault: undefined,
    stop: () => server.close(),
  };
  server.answer = (request) => {
    const url = new URL(request.url, github.baseUrl);
    const fault = github.fault?.(request);
    if (fault !== undefined) return fault;
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /login/oauth/authorize':
        return authorize(url.searchParams, { github, codes, callback: callback() });
      case 'POST /login/oauth/access_token':
        return { status: 200, body: exchange(new URLSearchParams(request.body), { codes, tokens }) };
      case 'GET /api/v3/user':
        return answerTo(request, tokens, ({ id, login }) => ({ id, login, name: null, email: 'public@example.org' }));
      case 'GET /api/v3/user/emails':
        return answerTo(request, tokens, ({ emails }) => emails);
      default:
        return { status: 404, body: { message: 'Not Found' } };
    }
  };
  return github;
}

function authorize(
  query: URLSearchParams,
  { github, codes, callback }: { github: TestGithub; codes: Map<string, Grant>; callback: string },
): LoopbackAnswer {
  const redirectUri = query.get('redirect_uri') ?? '';
  if (query.get('client_id') !== GITHUB_CLIENT.id || !redirectUri.startsWith(callback)) return { status: 404 };
  const location = new URL(redirectUri);
  location.searchParams.set('state', query.get('state') ?? '');
  if (github.person === undefined) {
    location.searchParams.set('error', 'access_denied');
    location.searchParams.set('error_description', 'The user has denied your application access.');
    return { status: 302, headers: { Location: location.href } };
  }
  const code = randomBytes(10).toString('hex');
  codes.set(code, { person: github.person, redirectUri, challenge: query.get('code_challenge') });
  location.searchParams.set('code', code);
  return { status: 302, headers: { Location: location.href } };
}

function exchange(
  form: URLSearchParams,
  { codes, tokens }: { codes: Map<string, Grant>; tokens: Map<string, GithubPerson> },
): object {
  if (form.get('client_id') !== GITHUB_CLIENT.id || form.get('client_secret') !== GITHUB_CLIENT.secret) {
    return { error: 'incorrect_client_credentials' };
  }
  const code = form.get('code') ?? '';
  const grant = codes.get(code);
  codes.delete(code);
  const verifier = form.get('code_verifier');
  const challenge = verifier === null ? null : createHash('sha256').update(verifier).digest('base64url');
  if (grant === undefined || grant.challenge !== challenge) return { error: 'bad_verification_code' };
  if (grant.redirectUri !== form.get('redirect_uri')) return { error: 'redirect_uri_mismatch' };
  const token = `gho_${randomBytes(18).toString('hex')}`;
  tokens.set(token, grant.person);
  return { access_token: token, scope: 'read:user,user:email', token_type: 'bearer' };
}

function answerTo(
  { headers }: SeenRequest,
  tokens: ReadonlyMap<string, GithubPerson>,
  render: (person: GithubPerson) => unknown,
): LoopbackAnswer {
  const person = tokens.get((headers.authorization ?? '').replace(/^Bearer /, ''));
  if (person === undefined || headers['user-agent'] === undefined) return { status: 401 };
  return { status: 200, body: render(person) };
}
