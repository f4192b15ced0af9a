import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../services/access/index.ts';
import type { Actor } from '../services/audit.ts';
import type { Asker } from '../services/drive/asker.ts';
import type { Services } from '../services/index.ts';
import type { ConditionContext } from '../services/policy/index.ts';
import type { Caller } from '../services/sessions/sessions.ts';
import type { ApiFacts } from './endpoint.ts';
import { linkBaseOf } from './link-base.ts';

export interface ApiContext {
  readonly services: Services;
  /** The origin that clients know, where it is set. */
  readonly publicUrl: URL | undefined;
  readonly s3: S3Facts;
}

/** How the S3 listener is reached. */
export interface S3Facts {
  /** The origin that clients know, where it is set. */
  readonly publicUrl: URL | undefined;
  /** Where it listens; undefined until it does. */
  readonly port: () => number | undefined;
  readonly region: string;
}

/** Of what a client says of itself; a header may have thousands. */
const MAX_USER_AGENT = 256;

export function actorOf(request: FastifyRequest, caller: Caller | undefined): Actor {
  return {
    accountId: caller?.account.id ?? null,
    address: addressOf(request),
    userAgent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null,
  };
}

/** Who a proxy forwards for is what that says, and it may say anything. An IPv4 address is written the one way. */
function addressOf({ ip, socket }: FastifyRequest): string {
  const address = isIP(ip) === 0 ? (socket.remoteAddress ?? '') : ip;
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

export function factsOf(request: FastifyRequest, { publicUrl, s3 }: ApiContext): ApiFacts {
  const origin = publicUrl?.origin ?? `${request.protocol}://${request.host}`;
  return {
    origin,
    isSecure: origin.startsWith('https:'),
    linkBase: linkBaseOf(request, { publicUrl, origin }),
    s3: { origin: () => s3.publicUrl?.origin ?? neighbourOf(origin, s3.port()), region: s3.region },
  };
}

/** Another listener of the host that an origin names: ours speak no TLS themselves. */
function neighbourOf(origin: string, port: number | undefined): string | undefined {
  if (port === undefined || !URL.canParse(origin)) return undefined;
  return `http://${new URL(origin).hostname}:${port}`;
}

/** Who asks for files, and what policies may want to know of the request. */
export function askerOf(request: FastifyRequest, context: ApiContext): Asker {
  const { caller } = request;
  const actor = actorOf(request, caller);
  return { principal: principalOf(caller), actor, context: contextOf(request, { context, address: actor.address }) };
}

/** The condition keys that a request to the API has, as "AWS global condition context keys" names them. */
function contextOf(
  request: FastifyRequest,
  { context, address }: { readonly context: ApiContext; readonly address: string | null },
): ConditionContext {
  const { headers } = request;
  return {
    get(key) {
      if (key === 'aws:sourceip') return address ?? undefined;
      if (key === 'aws:securetransport') return String(factsOf(request, context).isSecure);
      if (key === 'aws:useragent') return headers['user-agent'];
      if (key === 'aws:referer') return headers.referer;
      if (key === 'aws:currenttime') return new Date().toISOString();
      if (key === 'aws:epochtime') return String(Math.floor(Date.now() / 1000));
      return undefined;
    },
  };
}
