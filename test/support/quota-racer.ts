import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { ApiUser } from './api.ts';
import type { TestDrive } from './drives.ts';
import type { TestGateway } from './gateway.ts';
import { Wire, type WireReply } from './wire.ts';
import { exchange, prepare, type WireRequest } from './wire-request.ts';

const KEYS = 4;
const LARGEST = 150_000;

export interface QuotaRacerInput {
  readonly gateway: TestGateway;
  readonly user: ApiUser;
  readonly drive: TestDrive;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
}

/** What came of a request: its status, or that its client hung up. */
export type RaceResult = number | 'hung up';

/** Does whatever stores or frees bytes, over every surface, again and again, and leaves in the middle now and then. */
export class QuotaRacer {
  readonly #input: QuotaRacerInput;
  /** The parts that it knows of, of an upload under way. */
  #upload: { readonly id: string; readonly key: string; readonly parts: Map<number, string> } | undefined;

  constructor(input: QuotaRacerInput) {
    this.#input = input;
  }

  /** Resolves to what was done, and what came of it. */
  async act(): Promise<[name: string, result: RaceResult]> {
    const acts = {
      PutObject: () => this.#send({ method: 'PUT', target: this.#place(), body: this.#bytes() }),
      'PutObject, hung up': () => this.#hangUp({ method: 'PUT', target: this.#place(), body: this.#bytes() }),
      UploadPart: () => this.#part({ body: this.#bytes() }),
      'UploadPart, hung up': () => this.#hangUpPart(),
      UploadPartCopy: () => this.#part({ body: '', headers: { 'x-amz-copy-source': this.#place() } }),
      CompleteMultipartUpload: () => this.#complete(),
      AbortMultipartUpload: () => this.#abort(),
      CopyObject: () => this.#copy(),
      DeleteObject: () => this.#send({ method: 'DELETE', target: this.#place() }),
      DeleteObjects: () => this.#deleteSeveral(),
      'REST PUT': () => this.#ask('PUT', `/files/${this.#key()}`, this.#bytes()),
      'REST PUT, hung up': () => this.#hangUpFile(),
      'REST copy': () => this.#askJson('/drive/copy', { from: this.#key(), to: this.#key(), overwrite: true }),
      'REST move': () => this.#askJson('/drive/move', { from: this.#key(), to: this.#key(), overwrite: true }),
      'REST DELETE': () => this.#ask('DELETE', `/files/${this.#key()}`),
      'REST DELETE for good': () => this.#ask('DELETE', `/files/${this.#key()}?permanent=true&confirm=true`),
    };
    const names = Object.keys(acts) as (keyof typeof acts)[];
    const name = names[Math.floor(this.#input.random() * names.length)] ?? assert.fail();
    return [name, await acts[name]()];
  }

  #key(): string {
    const folder = ['mere', 'special', 'temporary'][this.#integer(3)];
    return `${folder}/${this.#integer(KEYS)}`;
  }

  #place(): string {
    return `/${this.#input.drive.bucket.name}/${this.#key()}`;
  }

  /** Now and then what somebody has stored already. */
  #bytes(): Buffer {
    if (this.#integer(4) === 0) return Buffer.alloc(LARGEST, 'the same');
    return Buffer.alloc(this.#integer(LARGEST), `${this.#input.random()} `);
  }

  #integer(below: number): number {
    return Math.floor(this.#input.random() * below);
  }

  async #send(request: WireRequest): Promise<number> {
    return (await this.#exchange(request)).status;
  }

  #exchange(request: WireRequest): Promise<WireReply> {
    const { gateway, drive } = this.#input;
    return exchange(gateway.s3Url, { credentials: drive.key, ...request });
  }

  async #hangUp(request: WireRequest): Promise<RaceResult> {
    const { gateway, drive } = this.#input;
    const { head, body } = prepare(gateway.s3Url, { credentials: drive.key, ...request });
    return this.#leave(gateway.s3Url, { head, body });
  }

  /** Sends some of a request, or all of it, and does not wait for what comes of it. */
  async #leave(url: string, { head, body }: { readonly head: string; readonly body: Buffer }): Promise<RaceResult> {
    const wire = await Wire.open(url);
    wire.send(head, body.subarray(0, this.#integer(body.byteLength + 2)));
    await new Promise((resolve) => setTimeout(resolve, this.#integer(20)));
    wire.drop();
    return 'hung up';
  }

  async #begun() {
    if (this.#upload !== undefined) return this.#upload;
    const target = this.#place();
    const { body } = await this.#exchange({ method: 'POST', target: `${target}?uploads=`, body: '' });
    const id = /<UploadId>(.+?)<\/UploadId>/.exec(body.toString())?.[1] ?? assert.fail(body.toString());
    this.#upload = { id, key: target, parts: new Map() };
    return this.#upload;
  }

  async #part(input: Pick<WireRequest, 'body' | 'headers'>): Promise<number> {
    const { id, key, parts } = await this.#begun();
    const partNumber = 1 + this.#integer(3);
    const target = `${key}?partNumber=${partNumber}&uploadId=${id}`;
    const reply = await this.#exchange({ method: 'PUT', target, ...input });
    const etag = reply.headers.get('etag') ?? /<ETag>(.+?)<\/ETag>/.exec(reply.body.toString())?.[1];
    if (reply.status === 200 && etag !== undefined) parts.set(partNumber, etag.replaceAll('&quot;', '"'));
    return reply.status;
  }

  async #hangUpPart(): Promise<RaceResult> {
    const { id, key } = await this.#begun();
    return this.#hangUp({ method: 'PUT', target: `${key}?partNumber=4&uploadId=${id}`, body: this.#bytes() });
  }

  /** Of the one part that may be as small: the others go. */
  async #complete(): Promise<number> {
    const { id, key, parts } = await this.#begun();
    if (parts.size === 0) await this.#part({ body: Buffer.alloc(this.#integer(100)) });
    const [[partNumber, etag] = [1, 'none']] = parts;
    const part = `<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`;
    const body = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`;
    const status = await this.#send({ method: 'POST', target: `${key}?uploadId=${id}`, body });
    if (status === 200) this.#upload = undefined;
    return status;
  }

  async #abort(): Promise<number> {
    const { id, key } = await this.#begun();
    this.#upload = undefined;
    return this.#send({ method: 'DELETE', target: `${key}?uploadId=${id}` });
  }

  #copy(): Promise<number> {
    const headers = { 'x-amz-copy-source': this.#place(), 'x-amz-metadata-directive': 'REPLACE' };
    return this.#send({ method: 'PUT', target: this.#place(), headers, body: '' });
  }

  #deleteSeveral(): Promise<number> {
    const objects = [this.#key(), this.#key()].map((key) => `<Object><Key>${key}</Key></Object>`);
    const target = `/${this.#input.drive.bucket.name}?delete=`;
    const body = `<Delete>${objects.join('')}</Delete>`;
    const headers = { 'content-md5': hash('md5', body, 'base64') };
    return this.#send({ method: 'POST', target, headers, body });
  }

  async #ask(method: string, path: string, body?: Buffer): Promise<number> {
    const { gateway, user } = this.#input;
    const headers = { Authorization: `Bearer ${user.token}` };
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    const reply = await fetch(`${gateway.apiUrl}/api/v1${path}`, init);
    await reply.arrayBuffer();
    return reply.status;
  }

  async #askJson(path: string, body: unknown): Promise<number> {
    const { gateway, user } = this.#input;
    const headers = { Authorization: `Bearer ${user.token}`, 'Content-Type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const reply = await fetch(`${gateway.apiUrl}/api/v1${path}`, init);
    await reply.arrayBuffer();
    return reply.status;
  }

  #hangUpFile(): Promise<RaceResult> {
    const { gateway, user } = this.#input;
    const body = this.#bytes();
    const head = [
      `PUT /api/v1/files/${this.#key()} HTTP/1.1`,
      `Host: ${new URL(gateway.apiUrl).host}`,
      `Authorization: Bearer ${user.token}`,
      `Content-Length: ${body.byteLength}`,
    ].join('\r\n');
    return this.#leave(gateway.apiUrl, { head: `${head}\r\n\r\n`, body });
  }
}
