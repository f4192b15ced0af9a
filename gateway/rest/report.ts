import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import type { Problem } from './problem.ts';

export interface Reporting {
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** A request, and what became of it. */
interface Reported extends Reporting {
  readonly reply: FastifyReply;
}

/** What the log calls a reply that the client did not wait for, as nginx does. */
const CLIENT_CLOSED_REQUEST = 499;

/** One line and one observation a request. Neither ever holds a secret: headers, queries and bodies are not written. */
export function report(request: FastifyRequest, { reply, metrics, log }: Reported): void {
  const sentBytes = Number(reply.getHeader('content-length') ?? 0) || 0;
  const line = observe(request, { reply, metrics, status: reply.statusCode, sentBytes });
  const { problem } = reply;
  if (problem === undefined) log.info(line, 'request');
  else if (problem.status !== 500) log.info({ ...line, code: problem.code, reason: reasonOf(problem) }, 'request');
  else log.error({ ...line, code: problem.code, err: problem.cause ?? problem }, 'request');
}

/** As `report`, of a reply that did not reach its client whole: because that went away, or by a fault of ours. */
export function reportCutOff(request: FastifyRequest, { reply, metrics, log }: Reported): void {
  const { failure } = reply;
  const status = failure === undefined ? CLIENT_CLOSED_REQUEST : reply.statusCode;
  const line = observe(request, { reply, metrics, status, sentBytes: 0 });
  if (failure === undefined) log.info({ ...line, code: 'client-closed-request' }, 'request');
  else log.error({ ...line, code: 'internal-error', err: failure }, 'request');
}

interface Observed extends Pick<Reported, 'reply' | 'metrics'> {
  readonly status: number;
  readonly sentBytes: number;
}

function observe(request: FastifyRequest, { reply, metrics, status, sentBytes }: Observed) {
  const operation = request.routeOptions.config?.operation ?? 'unknown';
  const milliseconds = reply.elapsedTime;
  const receivedBytes = Number(request.headers['content-length'] ?? 0) || 0;
  metrics.record({ surface: 'api', operation, status, receivedBytes, sentBytes, milliseconds });
  const account = request.caller?.account.name ?? null;
  return { id: request.id, surface: 'api', operation, account, status, ms: Math.round(milliseconds * 100) / 100 };
}

/** Of what was not allowed, the statement that decided: which the reply does not tell. Other causes may quote a secret. */
function reasonOf({ code, detail, cause }: Problem): string | undefined {
  return code === 'not-allowed' && cause instanceof Error ? cause.message : detail;
}
