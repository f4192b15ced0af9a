import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import type { Browser, Page, Visit } from './browser.ts';

/** Claims of people by whom they log in as. */
export type People = Record<string, Readonly<Record<string, unknown>>>;

export interface TestOidcProvider {
  readonly issuer: string;
  readonly people: People;
  /** Takes in the gateway as a client of it: what it is asked before is a 503. */
  open(redirectUris: string[]): Promise<void>;
  /** Answers 503 until it is opened again. */
  close(): Promise<void>;
  /** Goes through its pages as somebody who logs in and consents, from a URL that leads there. */
  logIn(browser: Browser, start: string, as: { readonly who: string } & Visit): Promise<Page>;
  /** Goes there, and says no. */
  deny(browser: Browser, start: string): Promise<Page>;
  /** Nobody answers any more. */
  stop(): Promise<void>;
}

export const OIDC_CLIENT = { id: 'gatehouse', secret: 'secret of the gateway~/+' } as const;

/** A real OpenID provider on loopback, with the pages that it has for development. */
export async function startOidcProvider(people: People = {}): Promise<TestOidcProvider> {
  const refuse: RequestListener = (_request, response) => response.writeHead(503).end();
  let handle = refuse;
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    people,
    async open(redirect_uris) {
      const provider = await openProvider({ issuer, people, redirect_uris });
      const callback = provider.callback();
      handle = (request, response) => void callback(request, response);
    },
    async close() {
      handle = refuse;
    },
    async logIn(browser, start, { who, ...visit }) {
      const page = await browser.visit(start, visit);
      return submit(browser, page, { login: who, ...visit });
    },
    async deny(browser, start) {
      const { url } = await browser.visit(start);
      return browser.visit(`${url.href}/abort`);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Submits the forms of the interactions, one after the other, until the browser is led elsewhere. */
async function submit(browser: Browser, page: Page, { login, ...visit }: { login: string } & Visit): Promise<Page> {
  const prompt = /name="prompt" value="(\w+)"/.exec(page.text)?.[1];
  if (prompt === undefined || !page.url.pathname.startsWith('/interaction/')) return page;
  const form = prompt === 'login' ? { prompt, login, password: 'any' } : { prompt };
  const next = await browser.visit(page.url, { ...visit, method: 'POST', form });
  return submit(browser, next, { login, ...visit });
}

async function openProvider({
  issuer,
  people,
  redirect_uris,
}: {
  issuer: string;
  people: People;
  redirect_uris: string[];
}) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return new Provider(issuer, {
    clients: [{ client_id: OIDC_CLIENT.id, client_secret: OIDC_CLIENT.secret, redirect_uris }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username'] },
    cookies: { keys: ['a key for cookies of tests'] },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'one', use: 'sig', alg: 'RS256' }] },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ ...people[accountId], sub: accountId }) }),
  });
}
