import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IncomingRequest } from '../../signer/index.ts';

/** A request as a real client put it on the wire, with its undecoded body. */
export interface RecordedRequest extends IncomingRequest {
  readonly body: Buffer;
}

/** A server on loopback that answers 200 to everything and keeps what came. */
export interface WireRecorder {
  readonly port: number;
  readonly endpoint: string;
  /** The last request that came. */
  last(): RecordedRequest;
  close(): Promise<void>;
}

async function record(message: IncomingMessage): Promise<RecordedRequest> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  const { method = '', url = '', headers } = message;
  return { method, target: url, headers, body: Buffer.concat(pieces) };
}

/** Starts a recorder on a free port of 127.0.0.1. */
export async function startRecorder(): Promise<WireRecorder> {
  let last: RecordedRequest | undefined;
  const server = createServer(async (message, response) => {
    last = await record(message);
    response.writeHead(200, { etag: '"0"', connection: 'keep-alive' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // An address of a server that listens on TCP is never a string or null.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    last: () => {
      if (last === undefined) throw new Error('no request has come');
      return last;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
