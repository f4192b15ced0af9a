const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;

/** A request-target in its parts, undecoded. */
export interface RequestTarget {
  /** The authority of an absolute-form target, which overrides the Host header (RFC 9112 section 3.2.2). */
  readonly authority?: string;
  readonly path: string;
  /** Without its `?`. */
  readonly query: string;
}

/** Splits a request-target as it is on the wire. */
export function splitTarget(target: string): RequestTarget {
  const absolute = target.startsWith('/') ? null : ABSOLUTE_FORM.exec(target);
  const local = absolute === null ? target : target.slice(absolute[0].length);
  const question = local.indexOf('?');
  const path = question < 0 ? local : local.slice(0, question);
  const query = question < 0 ? '' : local.slice(question + 1);
  const authority = absolute?.[1];
  return authority === undefined ? { path, query } : { authority, path, query };
}
