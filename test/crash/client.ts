import { Agent, type IncomingMessage, request as sendRequest } from 'node:http';
import { signRequest } from '../../signer/index.ts';

/** The server went away before its reply was complete: whether it did what was asked is not known. */
export class Lost extends Error {}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Ask {
  readonly method: string;
  /** Of plain ASCII, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

/** An S3 client that tells apart what was answered and what got lost. Nothing is tried again. */
export class Client {
  readonly #server: { readonly s3Url: string; readonly accessKey: string; readonly secretKey: string };
  readonly #agent = new Agent({ keepAlive: true });

  constructor(server: { readonly s3Url: string; readonly accessKey: string; readonly secretKey: string }) {
    this.#server = server;
  }

  /** Rejects with `Lost` unless the whole reply came. */
  send({ method, path, headers = {}, body }: Ask): Promise<Answer> {
    const url = new URL(this.#server.s3Url + path);
    const all = { ...headers, 'content-length': String(body?.byteLength ?? 0) };
    const signed = signRequest({
      ...{ method, url, headers: all, credentials: this.#server, region: 'us-east-1' },
      ...{ payload: 'UNSIGNED-PAYLOAD', now: Date.now() },
    });
    return new Promise((resolve, reject) => {
      const lost = (cause: unknown) => reject(new Lost(`${method} ${path}`, { cause }));
      const outgoing = sendRequest(url, { method, agent: this.#agent, headers: { ...all, ...signed } });
      outgoing.on('error', lost);
      outgoing.on('response', (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on('data', (piece: Buffer) => pieces.push(piece));
        incoming.on('error', lost);
        incoming.on('close', () => {
          if (!incoming.complete) return lost(undefined);
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(pieces) });
        });
      });
      outgoing.end(body);
    });
  }

  /** As `send`; rejects with an ordinary error when the reply is not one of these. */
  async expect(statuses: readonly number[], ask: Ask): Promise<Answer> {
    const answer = await this.send(ask);
    if (statuses.includes(answer.status)) return answer;
    throw new Error(`${ask.method} ${ask.path} was answered ${answer.status}: ${answer.body.toString().slice(0, 500)}`);
  }

  close(): void {
    this.#agent.destroy();
  }
}
