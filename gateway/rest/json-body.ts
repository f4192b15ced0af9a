import { InvalidJson, parseStrictJson } from '../strict-json.ts';
import { parseLargeJson } from './large-json.ts';
import { Problem } from './problem.ts';

/** Documents have 100 levels at most, and there are a few around them. */
const MAX_DOCUMENTS_DEPTH = 120;
/** What is longer would keep others waiting. */
const SMALL_BODY_BYTES = 256 * 1024;

/**
 * Reads a body of JSON strictly; undefined for none. Others have their turn while a long one is read.
 * @param takes whether it holds documents, which may be deeper than others
 * @throws Problem `invalid-json`
 */
export async function parseJsonBody(
  bytes: Buffer,
  { takesDocuments = false }: { readonly takesDocuments?: boolean } = {},
): Promise<unknown> {
  if (bytes.length === 0) return undefined;
  try {
    if (!takesDocuments) return parseStrictJson(bytes);
    const limit = { maxDepth: MAX_DOCUMENTS_DEPTH };
    return bytes.length <= SMALL_BODY_BYTES ? parseStrictJson(bytes, limit) : await parseLargeJson(bytes, limit);
  } catch (cause) {
    throw cause instanceof InvalidJson ? new Problem('invalid-json', { detail: cause.reason, cause }) : cause;
  }
}
