import { InvalidJson, parseStrictJson } from '../strict-json.ts';
import { Problem } from './problem.ts';

/** Reads a body of JSON strictly; undefined for none. @throws Problem `invalid-json` */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return parseStrictJson(bytes);
  } catch (cause) {
    throw cause instanceof InvalidJson ? new Problem('invalid-json', { detail: cause.reason, cause }) : cause;
  }
}
