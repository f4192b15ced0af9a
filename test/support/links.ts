import assert from 'node:assert/strict';
import { type ApiReply, type ApiUser, addApiUser, askApi, assertProblem } from './api.ts';
import type { TestGateway } from './gateway.ts';

/** Somebody with a drive, who makes links. */
export class LinkOwner {
  readonly gateway: TestGateway;
  readonly user: ApiUser;
  /** Of the drive. */
  readonly bucket: string;

  private constructor(gateway: TestGateway, user: ApiUser, bucket: string) {
    this.gateway = gateway;
    this.user = user;
    this.bucket = bucket;
  }

  static async open(gateway: TestGateway, name: string): Promise<LinkOwner> {
    const user = await addApiUser(gateway, name);
    const account = await gateway.services.accounts.get(name);
    const actor = { accountId: account.id, address: null, userAgent: null };
    return new LinkOwner(gateway, user, (await gateway.services.drives.open(account, actor)).name);
  }

  /** Stores a file of the drive over S3, as root. */
  async put(path: string, body: string | Uint8Array = path, type = 'text/plain'): Promise<void> {
    const reply = await this.#s3(path, { method: 'PUT', headers: { 'content-type': type }, body });
    assert.equal(reply.status, 200, await reply.text());
  }

  async remove(path: string): Promise<void> {
    assert.equal((await this.#s3(path, { method: 'DELETE' })).status, 204);
  }

  /** A policy of the drive's bucket that denies an action on what is below it to everybody. */
  async deny(action: string, resource: string): Promise<void> {
    const { configs, buckets } = this.gateway.services;
    const bucket = await buckets.find(this.bucket);
    assert.ok(bucket !== undefined);
    const arn = `arn:aws:s3:::${this.bucket}${resource === '' ? '' : `/${resource}`}`;
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: action, Resource: arn }];
    const document = { text: JSON.stringify({ Version: '2012-10-17', Statement }), principals: {} };
    await configs.put({ bucket, accountId: bucket.account_id, name: 'policy', document });
  }

  /** A policy of the owner as a user. */
  async denyAsUser(document: object): Promise<void> {
    const { iam, accounts } = this.gateway.services;
    const actor = { accountId: (await accounts.findRoot())?.id ?? null, address: null, userAgent: null };
    const name = { holderId: this.user.id, name: 'denied' };
    await iam.policies.put(name, JSON.stringify(document), { actor, isDelegated: false });
  }

  /** Takes the policy away. */
  async allowAll(): Promise<void> {
    const { configs, buckets } = this.gateway.services;
    const bucket = await buckets.find(this.bucket);
    assert.ok(bucket !== undefined);
    await configs.delete({ bucket, accountId: bucket.account_id, name: 'policy' });
  }

  #s3(path: string, init: { method: string; headers?: Record<string, string>; body?: string | Uint8Array }) {
    return this.gateway.fetchSigned(`/${this.bucket}/${path.split('/').map(encodeURIComponent).join('/')}`, init);
  }

  ask(path: string, { method = 'GET', body }: { method?: string; body?: unknown } = {}): Promise<ApiReply> {
    return askApi(this.gateway, path, { method, body, token: this.user.token });
  }

  /** A link to something of the drive, as it was answered. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it
  async link(path: string, facts: object = {}): Promise<any> {
    const reply = await this.ask('/links', { method: 'POST', body: { path, ...facts } });
    assert.equal(reply.status, 201, reply.text);
    return reply.body;
  }

  async change(id: string, body: object): Promise<ApiReply> {
    return this.ask(`/links/${id}`, { method: 'PATCH', body });
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it
  async get(id: string): Promise<any> {
    return (await this.ask(`/links/${id}`)).body;
  }
}

/** Asserts that a reply is a problem of that status and code, whole. */
export async function assertLinkProblem(reply: Response, status: number, code: string): Promise<void> {
  const text = await reply.text();
  const { headers } = reply;
  const body = /json/.test(headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
  assertProblem({ status: reply.status, headers, body, text }, status, code);
}
