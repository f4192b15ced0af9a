import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';
import { newId } from '../ids.ts';
import { renderError, S3Error } from './errors.ts';

/** How long a client may take to read why its connection ends. */
const LINGER_MS = 2000;
/** What begins like a request of a method that the parser has not. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [/*h]/;

/** Says no to what is not HTTP, or not HTTP that the parser takes, in S3's XML, and ends the connection. */
export class ConnectionRefuser {
  readonly #hostId: string;
  readonly #refused = new WeakSet<Socket>();

  constructor(hostId: string) {
    this.#hostId = hostId;
  }

  /** For what the parser could not read. Where a reply is under way already, the connection just ends. */
  refuse(error: ConnectionError, { socket, isReplying }: { socket: Socket; isReplying: boolean }): void {
    if (this.#refused.has(socket)) return;
    if (error.code === 'ECONNRESET' || !socket.writable || isReplying) socket.destroy();
    else this.end(socket, explain(error));
  }

  /** Writes the error and closes. What still comes is read and dropped: to reset would be to take the reply back. */
  end(socket: Socket, error: S3Error): void {
    this.#refused.add(socket);
    const requestId = newId().toUpperCase();
    const body = renderError(error, { requestId, hostId: this.#hostId, resource: '' });
    const head = [
      `HTTP/1.1 ${error.status} ${error.code}`,
      `x-amz-request-id: ${requestId}`,
      `x-amz-id-2: ${this.#hostId}`,
      'server: Gatehouse',
      `date: ${new Date().toUTCString()}`,
      'content-type: application/xml',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }
}

function explain(error: ConnectionError): S3Error {
  const { code, rawPacket } = error;
  if (code === 'HPE_HEADER_OVERFLOW') return new S3Error('RequestHeaderSectionTooLarge');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new S3Error('RequestTimeout');
  const isUnknownMethod = code === 'HPE_INVALID_METHOD' && METHOD.test(beginningOf(rawPacket));
  if (isUnknownMethod) return new S3Error('MethodNotAllowed');
  return new S3Error('BadRequest', { message: 'An error occurred when parsing the HTTP request.' });
}

function beginningOf(packet: unknown): string {
  return Buffer.isBuffer(packet) ? packet.toString('latin1', 0, 64) : '';
}
