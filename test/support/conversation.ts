import assert from 'node:assert/strict';
import type { Credentials, TestGateway } from './gateway.ts';
import type { XmlElement } from './strict-xml.ts';
import { assertFailure, type WireReply, xmlOf } from './wire.ts';
import { exchange, keyPath, queryOf, type WireRequest } from './wire-request.ts';

/** One account that talks to a gateway in plain requests. */
export class Conversation {
  readonly #url: string;
  readonly #credentials: Credentials | undefined;

  /** `'anonymous'` signs nothing; root when left out. */
  constructor(gateway: TestGateway, credentials: Credentials | 'anonymous' = gateway) {
    this.#url = gateway.s3Url;
    this.#credentials = credentials === 'anonymous' ? undefined : credentials;
  }

  send(request: WireRequest): Promise<WireReply> {
    return exchange(this.#url, { credentials: this.#credentials, ...request });
  }

  /** As `send`, for what must succeed. */
  async succeed(request: WireRequest): Promise<WireReply> {
    const reply = await this.send(request);
    assert.ok(reply.status < 300, `${request.method} ${request.target}: ${reply.status} ${reply.body}`);
    return reply;
  }

  /** As `send`, for what must fail so. Resolves to the XML of the error. */
  async fail(request: WireRequest, status: number, code: string): Promise<XmlElement> {
    const hint = `${request.method ?? 'GET'} ${request.target}`;
    return assertFailure(await this.send(request), { status, code, hint });
  }

  /** The XML of a GET that must succeed. */
  async get(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<XmlElement> {
    const reply = await this.succeed({ target: path + queryOf(parameters) });
    assert.equal(reply.headers.get('content-type'), 'application/xml');
    return xmlOf(reply);
  }

  createBucket(name: string): Promise<WireReply> {
    return this.succeed({ method: 'PUT', target: `/${name}`, body: '' });
  }

  put(bucket: string, key: string, input: Omit<WireRequest, 'method' | 'target'> = {}): Promise<WireReply> {
    return this.succeed({ body: '', ...input, method: 'PUT', target: keyPath(bucket, key) });
  }

  /** What is stored under a key, or undefined. */
  async read(bucket: string, key: string): Promise<string | undefined> {
    const reply = await this.send({ target: keyPath(bucket, key) });
    if (reply.status === 404) return undefined;
    assert.equal(reply.status, 200, `${key}: ${reply.body}`);
    return reply.body.toString();
  }
}
