import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type Reporting, reportCutOff } from './report.ts';

/**
 * Reports requests whose reply did not reach its client whole: Fastify has no hook for them. A stream that is sent may fail
 * when the reply has begun: why, is for the log.
 */
export function watchReplies(listener: FastifyInstance, reporting: Reporting): void {
  listener.addHook('onRequest', async (request, reply) => {
    let isWhole = false;
    reply.raw.once('finish', () => {
      isWhole = true;
    });
    reply.raw.once('close', () => {
      if (!isWhole) reportCutOff(request, { reply, ...reporting });
    });
  });
  listener.addHook('onSend', async (_request, reply, payload) => {
    if (!(payload instanceof Readable)) return;
    payload.once('error', (error) => {
      reply.failure = error;
    });
  });
}
