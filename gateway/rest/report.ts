import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import type { Problem } from './problem.ts';

export interface Reporting {
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** One line and one observation a request. Neither ever holds a secret: headers, queries and bodies are not written. */
export function report(
  request: FastifyRequest,
  { reply, metrics, log }: Reporting & { readonly reply: FastifyReply },
): void {
  const operation = request.routeOptions.config?.operation ?? 'unknown';
  const status = reply.statusCode;
  const milliseconds = reply.elapsedTime;
  const receivedBytes = Number(request.headers['content-length'] ?? 0) || 0;
  const sentBytes = Number(reply.getHeader('content-length') ?? 0) || 0;
  metrics.record({ surface: 'api', operation, status, receivedBytes, sentBytes, milliseconds });
  const line = {
    id: request.id,
    surface: 'api',
    operation,
    account: request.caller?.account.name ?? null,
    status,
    ms: Math.round(milliseconds * 100) / 100,
  };
  const { problem } = reply;
  if (problem === undefined) log.info(line, 'request');
  else if (problem.status !== 500) log.info({ ...line, code: problem.code, reason: reasonOf(problem) }, 'request');
  else log.error({ ...line, code: problem.code, err: problem.cause ?? problem }, 'request');
}

/** Of what was not allowed, the statement that decided: which the reply does not tell. Other causes may quote a secret. */
function reasonOf({ code, detail, cause }: Problem): string | undefined {
  return code === 'not-allowed' && cause instanceof Error ? cause.message : detail;
}
