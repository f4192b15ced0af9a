import assert from 'node:assert/strict';
import type { AccountRole } from '../../metadata/index.ts';
import type { TestGateway } from './gateway.ts';

/** An account that is logged in to the JSON API. */
export interface ApiUser {
  readonly id: string;
  readonly name: string;
  readonly password: string;
  /** An access token. */
  readonly token: string;
  readonly refreshToken: string;
  readonly sessionId: string;
}

export interface ApiInit {
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A reply whose body has been read. */
export interface ApiReply {
  readonly status: number;
  readonly headers: Headers;
  /** Of JSON and problems; undefined where there is no body, or another. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it
  readonly body: any;
  readonly text: string;
}

export const PASSWORD = 'correct horse battery staple';
/** Made of PASSWORD once, with argon2id's parameters of the gateway. */
let passwordHash: Promise<string> | undefined;

/** Makes an account of the given role, with PASSWORD as its password, and a session of it. */
export async function addApiUser(
  { services }: Pick<TestGateway, 'services'>,
  name: string,
  { role = 'member', email }: { readonly role?: AccountRole; readonly email?: string } = {},
): Promise<ApiUser> {
  passwordHash ??= services.passwords.hash(PASSWORD);
  const account = await services.accounts.create({
    name,
    role,
    passwordHash: await passwordHash,
    ...(email === undefined ? {} : { email }),
  });
  const actor = { accountId: account.id, address: '127.0.0.1', userAgent: 'test' };
  const { accessToken, refreshToken, sessionId } = await services.sessions.open(account, {
    methods: 'password',
    actor,
  });
  return { id: account.id, name, password: PASSWORD, token: accessToken, refreshToken, sessionId };
}

/** Asks the JSON API: `path` is below /api/v1, or a whole path of another surface of the API listener. */
export async function askApi({ apiUrl }: TestGateway, path: string, init: ApiInit = {}): Promise<ApiReply> {
  const { method = 'GET', body, token, headers = {} } = init;
  const url = apiUrl + (path.startsWith('/api/') || path.startsWith('//') ? path.replace('//', '/') : `/api/v1${path}`);
  const reply = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  const isJson = text !== '' && /json/.test(reply.headers.get('content-type') ?? '');
  return { status: reply.status, headers: reply.headers, body: isJson ? JSON.parse(text) : undefined, text };
}

/** Asserts that a reply is a problem of that status and code, whole and without a stack. */
export function assertProblem(reply: ApiReply, status: number, code: string): void {
  assert.equal(reply.status, status, reply.text);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(reply.body.code, code);
  assert.equal(reply.body.status, status);
  assert.equal(typeof reply.body.title, 'string');
  assert.doesNotMatch(reply.text, /\bat .*\.(js|ts):\d+/);
}
