import { type ApiUser, PASSWORD } from './api.ts';
import type { Browser, Page } from './browser.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { GITHUB_CLIENT, startGithub, type TestGithub } from './github-provider.ts';
import { OIDC_CLIENT, startOidcProvider, type TestOidcProvider } from './oidc-provider.ts';

/** An application that a log-in may return to. */
export const APP = 'https://app.example';

/** A gateway whose accounts log in at an OpenID provider, 'corp', and at GitHub. */
export interface OauthGateway {
  readonly gateway: TestGateway;
  readonly corp: TestOidcProvider;
  readonly github: TestGithub;
  /** Goes through all of a log-in at corp. */
  logIn(browser: Browser, who: string, query?: string): Promise<Page>;
  /** Goes through all of a log-in at GitHub, as whoever is logged in there. */
  logInAtGithub(browser: Browser, query?: string): Promise<Page>;
  /** The callback's URL as a browser is sent to it, which does not go there. */
  answerOf(browser: Browser, who: string, query?: string): Promise<URL>;
  url(path: string): string;
  stop(): Promise<void>;
}

export async function startOauthGateway(settings: Record<string, string> = {}): Promise<OauthGateway> {
  const corp = await startOidcProvider();
  let callback = '';
  const github = await startGithub(() => callback);
  const gateway = await startGateway({
    GATEHOUSE_OAUTH_PROVIDERS: JSON.stringify({
      corp: { issuer: corp.issuer, client_id: OIDC_CLIENT.id, client_secret: OIDC_CLIENT.secret },
      github: { client_id: GITHUB_CLIENT.id, client_secret: GITHUB_CLIENT.secret, base_url: github.baseUrl },
    }),
    GATEHOUSE_OAUTH_REDIRECTS: APP,
    ...settings,
  });
  const url = (path: string) => `${gateway.apiUrl}/api/v1${path}`;
  callback = url('/oauth/github/callback');
  await corp.open([url('/oauth/corp/callback'), `${APP}/callback`]);
  return {
    gateway,
    corp,
    github,
    url,
    logIn: (browser, who, query = '') =>
      corp.logIn(browser, url(`/oauth/corp/start${query}`), { who, until: `${APP}/` }),
    logInAtGithub: (browser, query = '') => browser.visit(url(`/oauth/github/start${query}`), { until: `${APP}/` }),
    async answerOf(browser, who, query = '') {
      const until = url('/oauth/corp/callback');
      return (await corp.logIn(browser, url(`/oauth/corp/start${query}`), { who, until })).url;
    },
    async stop() {
      await gateway.stop();
      await Promise.all([corp.stop(), github.stop()]);
    },
  };
}

/** An account that has shown that the e-mail is its own. */
export async function addVerifiedUser({ services }: TestGateway, name: string, email: string): Promise<ApiUser> {
  const emailVerifiedAt = new Date().toISOString();
  const account = await services.accounts.create({
    name,
    email,
    emailVerifiedAt,
    passwordHash: await services.passwords.hash(PASSWORD),
  });
  const actor = { accountId: account.id, address: '127.0.0.1', userAgent: 'test' };
  const { accessToken: token, ...session } = await services.sessions.open(account, { methods: 'password', actor });
  return { id: account.id, name, password: PASSWORD, token, ...session };
}
