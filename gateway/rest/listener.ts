import { type FastifyInstance, fastify } from 'fastify';
import type { Metrics } from '../metrics.ts';
import { version } from '../version.ts';

export interface ApiListenerOptions {
  readonly metrics: Metrics;
  /** Rejects, with a reason for operators, when the gateway cannot do its work. */
  readonly checkReady: () => Promise<void>;
}

const PROBLEM = 'application/problem+json';

/** The API listener: for operators, and where the JSON API is mounted. Errors are problems (RFC 9457). */
export function createApiListener({ metrics, checkReady }: ApiListenerOptions): FastifyInstance {
  const listener = fastify({ logger: false, forceCloseConnections: 'idle' });

  listener.get('/healthz', async () => ({ status: 'ok', version }));
  listener.get('/readyz', async (_request, reply) => {
    try {
      await checkReady();
      return { status: 'ready' };
    } catch (error) {
      const detail = error instanceof Error ? error.message : 'unknown';
      return reply.code(503).type(PROBLEM).send({ title: 'Not ready', status: 503, code: 'not-ready', detail });
    }
  });
  listener.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  listener.setNotFoundHandler((_request, reply) =>
    reply.code(404).type(PROBLEM).send({ title: 'Not found', status: 404, code: 'not-found' }),
  );
  return listener;
}
