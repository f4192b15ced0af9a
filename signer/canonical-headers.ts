import type { IncomingHttpHeaders } from 'node:http';

// Only ASCII blanks: a UTF-8 continuation byte that node:http shows as U+00A0 is not white space.
const BLANKS = /[ \t\r\n]+/g;
const IRREGULAR_BLANKS = /^[ \t]|[ \t]$|[ \t]{2}|[\t\r\n]/;

function normaliseValue(value: string): string {
  if (!IRREGULAR_BLANKS.test(value)) return value;
  const collapsed = value.replace(BLANKS, ' ');
  return collapsed.slice(collapsed.startsWith(' ') ? 1 : 0, collapsed.endsWith(' ') ? -1 : undefined);
}

/** The value of a header in one string: several of the same name joined by commas; undefined where there is none. */
export function headerValue(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.join(',') : undefined;
}

function canonicalValue(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  if (typeof value === 'string') return normaliseValue(value);
  return Array.isArray(value) ? value.map(normaliseValue).join(',') : '';
}

/**
 * One `name:value` line for each signed header: trimmed, inner blanks collapsed, duplicates joined by commas. `host`
 * replaces the Host header's own value. A signed header that did not arrive has an empty value.
 */
export function canonicalHeaders(input: {
  readonly headers: IncomingHttpHeaders;
  readonly signedHeaders: readonly string[];
  readonly host: string;
}): string {
  let lines = '';
  for (const name of input.signedHeaders) {
    lines += `${name}:${name === 'host' ? normaliseValue(input.host) : canonicalValue(input.headers, name)}\n`;
  }
  return lines;
}
