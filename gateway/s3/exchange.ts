import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { BlockList } from 'node:net';
import { isIP, isIPv6 } from 'node:net';
import { encodeHeaderText } from '../http/header-text.ts';
import { headerOf } from '../http/request-headers.ts';
import { newId } from '../ids.ts';
import { addressedHostBucket, hostBucket, parseAddress, type Query } from './address.ts';
import type { KeyTransports } from './customer-key-headers.ts';
import { S3Error } from './errors.ts';
import { joinedHeaders } from './joined-headers.ts';
import type { ReplyTarget } from './render.ts';
import type { S3Request } from './request.ts';

/** How the listener is reached, beyond what requests say. */
export interface ListenerFacts {
  readonly hostId: string;
  readonly domain: string | undefined;
  /** What clients know, where a proxy stands in between. */
  readonly publicUrl: URL | undefined;
  /** Undefined: nobody, which is checked with every request. */
  readonly trustedProxies: BlockList | undefined;
  readonly keyTransports: KeyTransports;
}

/** A request and its reply at the edge: the only place that knows node's own objects. */
export interface Exchange {
  readonly message: IncomingMessage;
  readonly reply: ReplyTarget;
  readonly facts: ListenerFacts;
  readonly startedAt: number;
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly awaitsContinue: boolean;
  /** What an error names: the path, as far as it can be read. */
  resource(): string;
}

/** Opens an exchange for a request that has arrived. */
export function openExchange(input: {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly facts: ListenerFacts;
  readonly awaitsContinue: boolean;
}): Exchange {
  const { message, response, facts, awaitsContinue } = input;
  // A client that is answered instead of being told to go on may send the body or not: no telling what comes next.
  if (awaitsContinue) response.setHeader('connection', 'close');
  return {
    message,
    reply: { response, requestId: newId().toUpperCase(), hostId: facts.hostId, isHead: message.method === 'HEAD' },
    facts,
    startedAt: performance.now(),
    awaitsContinue,
    resource: () => (message.url ?? '/').split('?', 1)[0] ?? '/',
  };
}

/** Reads the head of a request. @throws S3Error `InvalidURI`, `InvalidBucketName`, `BadRequest` without a Host header */
export function readRequest({ message, reply, facts, awaitsContinue }: Exchange): S3Request {
  const { method = 'GET', url: target = '/' } = message;
  const headers = joinedHeaders(message);
  requireHost(message);
  const peer = message.socket.remoteAddress ?? '';
  const isProxied = isTrusted(facts.trustedProxies, peer);
  const forwardedHost = isProxied ? firstOf(headerOf(headers, 'x-forwarded-host')) : undefined;
  const host = forwardedHost ?? headers.host ?? '';
  const { domain } = facts;
  const address = parseAddress({ target, host, domain });
  const origin = facts.publicUrl?.origin ?? `${isProxied ? forwardedScheme(headers) : 'http'}://${host}`;
  let isOpen = false;
  return {
    id: reply.requestId,
    method,
    wire: { method, target, headers },
    headers: isPresigned(address.query) ? withHoistedHeaders(headers, address.query) : headers,
    address,
    hostBucket: addressedHostBucket({ target, host, domain }),
    origin,
    clientAddress: () =>
      (isProxied ? forwardedAddress(headers, facts.trustedProxies) : undefined) ?? plainAddress(peer),
    keyTransport: facts.keyTransports[origin.startsWith('https:') ? 'https' : 'http'],
    signedHosts: [facts.publicUrl?.host, forwardedHost].filter((name) => name !== undefined),
    leadsHere: (signedHost) => domain === undefined || hostBucket(signedHost, domain) === hostBucket(host, domain),
    openBody() {
      if (awaitsContinue && !isOpen) {
        reply.response.removeHeader('connection');
        reply.response.writeContinue();
      }
      isOpen = true;
      return message;
    },
  };
}

/** "A server MUST respond with a 400 [...] to any HTTP/1.1 request message that lacks a Host header" (RFC 9112). */
function requireHost({ headers, httpVersion }: IncomingMessage): void {
  if (headers.host !== undefined || httpVersion === '1.0') return;
  throw new S3Error('BadRequest', { message: 'The Host header is missing.' });
}

/**
 * Presigners move `x-amz-*` headers into the query, where they mean the same. Not so what is about the signature, and
 * the checksum, which SDKs compute of the empty body that they have when they presign.
 */
function withHoistedHeaders(headers: IncomingHttpHeaders, query: Query): IncomingHttpHeaders {
  const hoisted: IncomingHttpHeaders = {};
  for (const name of query.names()) {
    const header = name.toLowerCase();
    if (!header.startsWith('x-amz-') || NEVER_HOISTED.test(header)) continue;
    hoisted[header] = encodeHeaderText(query.get(name) ?? '');
  }
  return { ...hoisted, ...headers };
}

/** By Signature V4 or V2. Whoever proves a signature proves the whole query, or at least what is hoisted of it. */
function isPresigned(query: Query): boolean {
  return query.has('X-Amz-Signature') || query.has('AWSAccessKeyId');
}

const NEVER_HOISTED =
  /^x-amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|checksum-.*|sdk-checksum-algorithm)$/;

function forwardedScheme(headers: IncomingHttpHeaders): 'http' | 'https' {
  return firstOf(headerOf(headers, 'x-forwarded-proto')) === 'https' ? 'https' : 'http';
}

/** Each proxy adds whom it heard: the last that is no proxy of ours is as far as anybody can be trusted. */
function forwardedAddress(headers: IncomingHttpHeaders, proxies: BlockList | undefined): string | undefined {
  const hops = headerOf(headers, 'x-forwarded-for')?.split(',') ?? [];
  const addresses = hops.map((hop) => plainAddress(hop.trim()));
  const last = addresses.findLast((address) => !isTrusted(proxies, address)) ?? addresses[0];
  return last !== undefined && isIP(last) !== 0 ? last : undefined;
}

/** An IPv4 address is written the one way. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function isTrusted(proxies: BlockList | undefined, address: string): boolean {
  if (proxies === undefined || address === '') return false;
  return proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function firstOf(list: string | undefined): string | undefined {
  const first = list?.split(',', 1)[0]?.trim();
  return first === '' ? undefined : first;
}
