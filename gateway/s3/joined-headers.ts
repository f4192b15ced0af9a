import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Joins what node has joined, as a signature does: "separate multiple values by commas", and node adds a blank. */
export function joinedHeaders(message: IncomingMessage): IncomingHttpHeaders {
  const { headers, rawHeaders } = message;
  if (rawHeaders.length === 2 * Object.keys(headers).length) return headers;
  const joined = { ...headers };
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    // Where a header may come only once node has kept the first, and signatures are of that.
    if (values.length > 1 && headers[name] === values.join(', ')) joined[name] = values.join(',');
  }
  return joined;
}
