import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import type { Readable } from 'node:stream';
import type { TestGateway } from './gateway.ts';

export interface RawInit {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: OutgoingHttpHeaders;
  /** A stream goes out chunked, unless the headers say how long it is. */
  readonly body?: Buffer | string | Readable;
}

export interface RawReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** Of JSON and problems; undefined of what is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it
  readonly body: any;
}

/** Asks the API listener: the path goes out as it is, and the body as it comes. */
export function askRaw(
  { apiUrl }: Pick<TestGateway, 'apiUrl'>,
  path: string,
  { method = 'GET', token, headers = {}, body }: RawInit = {},
): Promise<RawReply> {
  const { hostname, port } = new URL(apiUrl);
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers: { ...bearer, ...headers } }, (reply) => {
      const pieces: Buffer[] = [];
      reply.on('data', (piece: Buffer) => pieces.push(piece));
      reply.on('error', reject);
      reply.on('end', () => {
        const bytes = Buffer.concat(pieces);
        const text = bytes.toString();
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, bytes, text, body: parse(text) });
      });
    });
    asked.on('error', reject);
    // Node writes the head in the encoding of the first text: that of headers is latin1.
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) asked.end(body && Buffer.from(body));
    else body.pipe(asked);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
