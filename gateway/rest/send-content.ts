import type { FastifyReply } from 'fastify';
import { ClientGone, pump } from '../http/pump.ts';
import type { Content } from '../services/object-reader.ts';
import { secure } from './replies.ts';

export interface ContentReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: there are none to be sent, by the status. */
  readonly content: Content | undefined;
}

/**
 * Sends the bytes of a file. Resolves when the last one has been handed to the connection; a client that is gone meanwhile
 * is nobody's error. Throws, before anything is sent, where the bytes cannot be read.
 */
export async function sendContent(reply: FastifyReply, { status, headers, content }: ContentReply): Promise<void> {
  reply.code(status).headers(headers);
  if (reply.request.method === 'HEAD') {
    if (content?.kind === 'stream') await content.reader.close();
    sendHead(reply);
  } else if (content?.kind === 'stream') await stream(reply, content);
  else reply.send(content?.bytes);
}

/** The length is in the headers also where the bytes are not wanted, and Fastify would make it 0. */
function sendHead(reply: FastifyReply): void {
  secure(reply);
  reply.hijack();
  reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>).end();
}

/** Fastify would copy each piece into a queue, where its buffer may be used anew before it is sent. */
async function stream(reply: FastifyReply, { reader }: Extract<Content, { kind: 'stream' }>): Promise<void> {
  try {
    const first = await reader.next();
    secure(reply);
    reply.hijack();
    reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>);
    await pump({ first, reader, response: reply.raw });
  } catch (error) {
    if (!reply.sent) throw error;
    // A reply that has begun can only be cut off: that is how HTTP says that it is not whole.
    reply.raw.destroy();
    if (!(error instanceof ClientGone)) reply.failure = error;
  } finally {
    await reader.close();
  }
}

declare module 'fastify' {
  interface FastifyReply {
    /** Why a reply that had begun was cut off, for the log. */
    failure?: unknown;
  }
}
