import { signRequest } from '../../signer/index.ts';
import type { Endpoint } from './endpoint.ts';
import type { Body } from './payload.ts';

/** A signed request as bytes, ready to be written. */
export interface PreparedRequest {
  readonly pieces: readonly Buffer[];
  readonly bodyBytes: number;
  /** A reply to HEAD declares a length and has no body. */
  readonly isHead: boolean;
}

/** What to ask of an endpoint; `target` is the path and query. */
export interface RequestDraft {
  readonly method: string;
  readonly target: string;
  readonly body?: Body;
}

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
// Small bodies travel with their head: one write costs less than two.
const JOINED_BODY_BYTES = 4096;

/** Signs a request with its payload's digest, as clients over plain HTTP do. */
export function prepareRequest(
  endpoint: Endpoint,
  region: string,
  { method, target, body }: RequestDraft,
): PreparedRequest {
  const { url, accessKey, secretKey } = endpoint;
  const added = signRequest({
    method,
    url: new URL(target, url),
    headers: {},
    credentials: { accessKey, secretKey },
    region,
    payload: body?.sha256 ?? EMPTY_SHA256,
    now: Date.now(),
  });
  const headers = { host: url.host, ...added, ...(body && { 'content-length': String(body.sizeBytes) }) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const pieces = [head, ...(body?.pieces ?? [])];
  const bodyBytes = body?.sizeBytes ?? 0;
  const joined = bodyBytes <= JOINED_BODY_BYTES ? [Buffer.concat(pieces)] : pieces;
  return { pieces: joined, bodyBytes, isHead: method === 'HEAD' };
}
