import { checkReadConditions, mayTakeRange } from '../http/conditions.ts';
import { encodeHeaderText } from '../http/header-text.ts';
import { formatHttpDate } from '../http/http-date.ts';
import { contentRange, parseRange } from '../http/range.ts';
import type { RequestHeaders } from '../http/request-headers.ts';
import { headerOf } from '../http/request-headers.ts';
import type { ObjectInfo } from '../services/object-info.ts';
import type { FoundObject } from '../services/objects.ts';
import { Problem } from './problem.ts';
import type { ContentReply } from './send-content.ts';

/** How a file is to be given out. */
export interface FileRequest {
  readonly headers: RequestHeaders;
  /** HEAD: nobody reads the bytes. */
  readonly isHead: boolean;
  /** What it is called where it is saved. */
  readonly name: string;
  /** Whether it is to be saved, also where a browser might show it. */
  readonly asAttachment: boolean;
  /** Whether parts of it may be asked for. */
  readonly takesRanges?: boolean;
}

/** What browsers show without running anything of it. Whatever else it is, they are told to save it. */
const SHOWN = /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp|x-icon)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain)(?:;|$)/i;
/** Nothing in a file may run as if it were ours: not by a script of its own, and not by what it loads. */
const FILE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self' data:";

/**
 * Answers GET and HEAD of a file: conditions first, then the range (RFC 9110 section 13.2.2). The reply is such that
 * nothing in the file can run in our origin.
 * @throws Problem `precondition-failed`, `range-not-satisfiable`; what reading throws
 */
export async function fileReply(found: FoundObject, request: FileRequest): Promise<ContentReply> {
  const { info } = found;
  const { headers, isHead, takesRanges = true } = request;
  const about = fileHeaders(info, request);
  const decision = checkReadConditions(headers, info);
  if (decision === 'precondition-failed') throw new Problem('precondition-failed');
  if (decision === 'not-modified') return { status: 304, headers: validatorsOf(about), content: undefined };
  const wanted = takesRanges && mayTakeRange(headers, info) ? headerOf(headers, 'range') : undefined;
  const range = parseRange(wanted, info.sizeBytes);
  if (range === 'unsatisfiable') {
    throw new Problem('range-not-satisfiable', { headers: { 'content-range': `bytes */${info.sizeBytes}` } });
  }
  const sizeBytes = range === undefined ? info.sizeBytes : range.end - range.start + 1;
  const content = isHead ? undefined : await found.read(range === undefined ? {} : { range });
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...about,
      'content-length': String(sizeBytes),
      ...(range === undefined ? {} : { 'content-range': contentRange(range, info.sizeBytes) }),
    },
    content,
  };
}

function validatorsOf({ etag = '', 'last-modified': lastModified = '' }: Readonly<Record<string, string>>) {
  return { etag, 'last-modified': lastModified, 'cache-control': 'private, no-cache' };
}

function fileHeaders(info: ObjectInfo, request: FileRequest): Record<string, string> {
  const { etag, lastModified, attributes, checksum } = info;
  const { contentType = 'application/octet-stream', contentEncoding, contentLanguage } = attributes;
  const isWholeSha256 = checksum?.algorithm === 'SHA256' && checksum.type === 'FULL_OBJECT';
  return {
    'content-type': encodeHeaderText(contentType),
    'content-disposition': disposition(contentType, request),
    'content-security-policy': FILE_POLICY,
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-cache',
    'accept-ranges': request.takesRanges === false ? 'none' : 'bytes',
    etag: `"${etag}"`,
    'last-modified': formatHttpDate(lastModified),
    ...(contentEncoding === undefined ? {} : { 'content-encoding': encodeHeaderText(contentEncoding) }),
    ...(contentLanguage === undefined ? {} : { 'content-language': encodeHeaderText(contentLanguage) }),
    // RFC 9530; of the file as it is stored.
    ...(isWholeSha256 ? { 'repr-digest': `sha-256=:${checksum.value}:` } : {}),
  };
}

function disposition(contentType: string, { asAttachment, name }: FileRequest): string {
  const kind = !asAttachment && SHOWN.test(contentType) ? 'inline' : 'attachment';
  return `${kind}; ${fileNameOf(name)}`;
}

/** RFC 6266: in ASCII for who knows nothing else, and in UTF-8. */
export function fileNameOf(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const utf8 = encodeURIComponent(name).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `filename="${ascii}"; filename*=UTF-8''${utf8}`;
}
