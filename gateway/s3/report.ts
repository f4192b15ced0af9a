import type { Logger } from 'pino';
import { ClientGone } from '../http/pump.ts';
import { headerOf } from '../http/request-headers.ts';
import type { Metrics } from '../metrics.ts';
import type { Principal } from '../services/access/index.ts';
import { toS3Error } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Sent } from './render.ts';

/** All that is known of a request once it is over. */
export interface RequestReport {
  readonly exchange: Exchange;
  readonly operation: string;
  /** Absent when the request failed before it was proven who sent it. */
  readonly principal: Principal | undefined;
  /** Absent when the client never got a whole reply. */
  readonly sent: Sent | undefined;
  readonly error?: unknown;
  /** What the client was told, where that is none of S3's errors. */
  readonly code?: string;
}

/** What the log calls a reply that the client did not wait for, as nginx does. */
const CLIENT_CLOSED_REQUEST = 499;

/** One line and one observation a request. Neither ever holds a secret: headers and queries are not written. */
export function createReporter({ log, metrics }: { log: Logger; metrics: Metrics }): (report: RequestReport) => void {
  return ({ exchange, operation, principal, sent, error, code: told }) => {
    const status = sent?.status ?? CLIENT_CLOSED_REQUEST;
    const receivedBytes = Number(headerOf(exchange.message.headers, 'content-length') ?? 0) || 0;
    const sentBytes = sent?.sentBytes ?? 0;
    const milliseconds = performance.now() - exchange.startedAt;
    metrics.record({ surface: 's3', operation, status, receivedBytes, sentBytes, milliseconds });
    const line = {
      id: exchange.reply.requestId,
      operation,
      account: principal?.kind === 'account' ? principal.account.name : null,
      status,
      receivedBytes,
      sentBytes,
      ms: Math.round(milliseconds * 100) / 100,
    };
    if (error === undefined) return log.info(line, 'request');
    if (error instanceof ClientGone) return log.info({ ...line, code: 'ClientClosedRequest' }, 'request');
    const { code, cause } = told === undefined ? toS3Error(error) : { code: told, cause: error };
    // Our own fault is told with everything that is known; a client's with the reason alone.
    if (code !== 'NotImplemented' && (status >= 500 || code === 'InternalError'))
      return log.error({ ...line, code, err: cause ?? error }, 'request');
    log.info({ ...line, code, reason: cause instanceof Error ? cause.message : undefined }, 'request');
  };
}
