import { decodeHeaderText } from '../http/header-text.ts';
import { headerOf, type RequestHeaders } from '../http/request-headers.ts';
import type { FileDescription } from '../services/drive/describe-file.ts';

const METADATA_PREFIX = 'x-meta-';

/** What the headers of an upload say of its file: metadata are those that begin with `X-Meta-`. */
export function uploadHeaders(headers: RequestHeaders): FileDescription {
  const fields = Object.keys(headers).filter(
    (name) => name.length > METADATA_PREFIX.length && name.startsWith(METADATA_PREFIX),
  );
  return {
    contentType: headerOf(headers, 'content-type') || undefined,
    contentEncoding: textOf(headers, 'content-encoding'),
    contentLanguage: textOf(headers, 'content-language'),
    metadata: Object.fromEntries(
      fields.map((name) => [name.slice(METADATA_PREFIX.length), textOf(headers, name) ?? '']),
    ),
  };
}

function textOf(headers: RequestHeaders, name: string): string | undefined {
  const value = headerOf(headers, name);
  return value ? decodeHeaderText(value) : undefined;
}
