import type { ServerResponse } from 'node:http';
import { pump } from '../http/pump.ts';
import type { Content } from '../services/object-reader.ts';
import { renderError, toS3Error } from './errors.ts';
import type { S3Result } from './operation.ts';

/** Where a reply goes, and what it must name. */
export interface ReplyTarget {
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly hostId: string;
  /** HEAD: the head of the reply alone. */
  readonly isHead: boolean;
  /** What it bears whatever it is, a result or an error. */
  readonly headers?: S3Result['headers'];
}

/** What was sent. */
export interface Sent {
  readonly status: number;
  readonly sentBytes: number;
}

/** Writes a result. Resolves when the last byte has been handed to the connection. @throws ClientGone */
export async function renderResult(result: S3Result, target: ReplyTarget): Promise<Sent> {
  const { status = 200, body } = result;
  const headers = commonHeaders(target, result.headers);
  if (body === undefined) return sendBytes(target, { status, headers, bytes: undefined });
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    headers['content-type'] ??= 'application/xml';
    return sendBytes(target, { status, headers, bytes: typeof body === 'string' ? Buffer.from(body) : body });
  }
  return sendContent(body, { target, status, headers });
}

/** Writes whatever was thrown as the error that S3 documents. */
export async function renderFailure(
  thrown: unknown,
  { target, resource }: { readonly target: ReplyTarget; readonly resource: string },
): Promise<Sent> {
  const error = toS3Error(thrown);
  const headers = commonHeaders(target, error.headers);
  if (error.status === 304) return sendBytes(target, { status: 304, headers, bytes: undefined });
  const body = renderError(error, { requestId: target.requestId, hostId: target.hostId, resource });
  headers['content-type'] = 'application/xml';
  return sendBytes(target, { status: error.status, headers, bytes: Buffer.from(body) });
}

type Headers = Record<string, string | number>;

interface Reply {
  readonly status: number;
  readonly headers: Headers;
}

function commonHeaders({ requestId, hostId, headers: common }: ReplyTarget, headers: S3Result['headers']): Headers {
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId, server: 'Gatehouse', ...common, ...headers };
}

function sendBytes(target: ReplyTarget, { status, headers, bytes }: Reply & { bytes: Buffer | undefined }): Sent {
  const { response, isHead } = target;
  if (status !== 204 && status !== 304) headers['content-length'] ??= bytes?.byteLength ?? 0;
  response.writeHead(status, headers);
  if (isHead || bytes === undefined) response.end();
  else response.end(bytes);
  return { status, sentBytes: isHead ? 0 : (bytes?.byteLength ?? 0) };
}

async function sendContent(
  content: Content,
  { target, status, headers }: Reply & { target: ReplyTarget },
): Promise<Sent> {
  if (content.kind === 'bytes') return sendBytes(target, { status, headers, bytes: content.bytes });
  headers['content-length'] = content.sizeBytes;
  try {
    // Before the head goes out, so that a blob that cannot be read is still an error and not a broken reply.
    const first = await content.reader.next();
    target.response.writeHead(status, headers);
    await pump({ first, reader: content.reader, response: target.response });
    return { status, sentBytes: content.sizeBytes };
  } finally {
    await content.reader.close();
  }
}
