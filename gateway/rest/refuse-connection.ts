import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance } from 'fastify';
import { newId } from '../ids.ts';
import { PROBLEM_TYPE, Problem } from './problem.ts';

/** How long a client may take to read why its connection ends. */
const LINGER_MS = 2000;

/** Says no to what the parser of HTTP could not read or did not get in time, with a problem, and ends the connection. */
export class ConnectionRefuser {
  readonly #replies = new WeakMap<Socket, ServerResponse>();

  /** Learns of the replies of a listener. */
  watch(listener: FastifyInstance): void {
    listener.addHook('onRequest', async (request, reply) => {
      this.#replies.set(request.raw.socket, reply.raw);
    });
  }

  refuse(error: ConnectionError, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable || this.#isAwaited(socket)) socket.destroy();
    else end(socket, explain(error));
  }

  /** Whether the client would take what is written for a reply, or a part of one, that it asked for before. */
  #isAwaited(socket: Socket): boolean {
    const reply = this.#replies.get(socket);
    if (reply === undefined || reply.writableFinished) return false;
    return reply.headersSent || reply.req.complete;
  }
}

function end(socket: Socket, problem: Problem): void {
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.code}`,
    `date: ${new Date().toUTCString()}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${newId()}`,
    'x-content-type-options: nosniff',
    'cache-control: no-store',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function explain({ code }: ConnectionError): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem('headers-too-large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request-timeout');
  return new Problem('invalid-request', { detail: 'That is not HTTP.' });
}
