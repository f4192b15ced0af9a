import { ClientGone } from '../http/pump.ts';
import type { Principal } from '../services/access/index.ts';
import type { Services } from '../services/index.ts';
import { authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import { conceal } from './conceal.ts';
import { decideCors, isCrossOrigin } from './cors.ts';
import { type Exchange, readRequest } from './exchange.ts';
import type { Call } from './operation.ts';
import { renderFailure, renderResult, type Sent } from './render.ts';
import type { RequestReport } from './report.ts';
import { resolveOperation } from './resolve.ts';

/** What the S3 protocol needs of the gateway. */
export interface S3Gateway {
  readonly services: Services;
  readonly region: string;
  /** Told once of every request, however it ended: the log, the metrics. */
  readonly report: (report: RequestReport) => void;
}

/**
 * The whole way of an S3 request. Each step returns what the next one needs; whatever any of them throws is rendered
 * here, and whatever happened is reported here.
 */
export async function serve(exchange: Exchange, { services, region, report }: S3Gateway): Promise<void> {
  let operationName = 'Unknown';
  let principal: Principal | undefined;
  let call: Call | undefined;
  let { reply } = exchange;
  try {
    const request = readRequest(exchange);
    if (isCrossOrigin(request)) reply = { ...reply, headers: await decideCors(request, services) };
    const operation = resolveOperation(request);
    operationName = operation.name;
    const authenticated = await (operation.authenticate ?? authenticate)(request, services, region);
    principal = authenticated.principal;
    call = await authorize(operation, { request, authenticated, services, region });
    const result = await operation.run(call);
    const sent = await renderResult(result, reply);
    report({ exchange, operation: operationName, principal, sent, error: result.error });
  } catch (thrown) {
    const error = call === undefined ? thrown : await conceal(thrown, call);
    const sent = await fail(error, { ...exchange, reply });
    report({ exchange, operation: operationName, principal, sent, error });
  }
}

/** A reply that has begun can only be cut off: that is how HTTP says that it is not whole. */
async function fail(error: unknown, { reply, resource }: Exchange): Promise<Sent | undefined> {
  if (error instanceof ClientGone || reply.response.destroyed || reply.response.headersSent) {
    reply.response.destroy();
    return undefined;
  }
  return renderFailure(error, { target: reply, resource: resource() });
}
