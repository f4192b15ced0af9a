import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PreparedRequest } from './prepared-request.ts';
import { ResponseReader } from './response-reader.ts';

/** How one request went. */
export interface Outcome {
  readonly status: number;
  readonly bodyBytes: number;
  /** The beginning of a failure's body. */
  readonly excerpt: string;
}

/** One kept connection that carries one request at a time, and is opened again when the server closes it. */
export class Connection {
  readonly #url: URL;
  readonly #reader = new ResponseReader();
  #socket: Socket | undefined;
  #settle: { resolve: (outcome: Outcome) => void; reject: (error: Error) => void } | undefined;

  constructor(url: URL) {
    this.#url = url;
  }

  /** Rejects when the connection cannot be opened or breaks before the reply is whole. */
  async send(request: PreparedRequest): Promise<Outcome> {
    const socket = this.#socket ?? (await this.#open());
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#reader.expect(request.isHead);
      socket.cork();
      for (const piece of request.pieces) socket.write(piece);
      socket.uncork();
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #open(): Promise<Socket> {
    const { protocol, port } = this.#url;
    const host = this.#url.hostname.replace(/^\[|\]$/g, '');
    const isTls = protocol === 'https:';
    const options = { host, port: Number(port || (isTls ? 443 : 80)) };
    const socket = isTls ? connectTls({ ...options, servername: host }) : connectPlain(options);
    await once(socket, isTls ? 'secureConnect' : 'connect');
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server closed the connection within a reply.')));
    this.#socket = socket;
    return socket;
  }

  #receive(chunk: Buffer): void {
    if (!this.#reader.read(chunk)) return;
    const { status, bodyBytes, excerpt, closes } = this.#reader;
    const settle = this.#settle;
    this.#settle = undefined;
    if (closes) this.close();
    settle?.resolve({ status, bodyBytes, excerpt });
  }

  #fail(error: Error): void {
    this.#socket = undefined;
    this.#settle?.reject(error);
    this.#settle = undefined;
  }
}
