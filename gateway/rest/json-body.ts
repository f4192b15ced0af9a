import { InvalidJson, parseStrictJson } from '../strict-json.ts';
import { Problem } from './problem.ts';

/** Documents have 100 levels at most, and there are a few around them. */
const MAX_DOCUMENTS_DEPTH = 120;

/**
 * Reads a body of JSON strictly; undefined for none.
 * @param takes whether it holds documents, which may be deeper than others
 * @throws Problem `invalid-json`
 */
export function parseJsonBody(bytes: Buffer, takes: { readonly takesDocuments?: boolean } = {}): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return parseStrictJson(bytes, takes.takesDocuments === true ? { maxDepth: MAX_DOCUMENTS_DEPTH } : {});
  } catch (cause) {
    throw cause instanceof InvalidJson ? new Problem('invalid-json', { detail: cause.reason, cause }) : cause;
  }
}
