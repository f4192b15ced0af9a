import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request that a server of a test has seen. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What it answers: a status with JSON, or nothing at all. */
export type LoopbackAnswer =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | 'hang up';

/** A server on loopback that stands for somebody else's. */
export interface Loopback {
  /** Ends with a slash. */
  readonly url: string;
  /** Since it was last reset. */
  readonly requests: SeenRequest[];
  answer: (request: SeenRequest) => LoopbackAnswer;
  /** Forgets what it has seen, and answers 200 again. */
  reset(): void;
  close(): Promise<void>;
}

export async function startLoopback(): Promise<Loopback> {
  const server = createServer(async (message, reply) => {
    const request = await read(message);
    loopback.requests.push(request);
    const answer = loopback.answer(request);
    if (answer === 'hang up') return void message.socket.destroy();
    reply.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers });
    reply.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const loopback: Loopback = {
    url: `http://127.0.0.1:${port}/`,
    requests: [],
    answer: () => ({ status: 200 }),
    reset() {
      loopback.requests.length = 0;
      loopback.answer = () => ({ status: 200 });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return loopback;
}

async function read(message: IncomingMessage): Promise<SeenRequest> {
  const { method = '', url = '', headers } = message;
  return { method, url, headers, body: await text(message) };
}
