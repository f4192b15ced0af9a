import { Failure } from '../../../metadata/index.ts';
import type { PolicyKind } from './kind.ts';
import { requireQuick } from './limits.ts';
import { Malformed } from './malformed.ts';
import { parsePolicy } from './parse.ts';
import { Policy } from './policy.ts';

const UNSPEAKABLE = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu;
const MAX_SHOWN_CHARACTERS = 200;

/**
 * @throws Failure for what is no policy of that kind: `InvalidArgument` whose `Field` is the place below /policy for that
 * of a key, `MalformedPolicy` for that of a bucket
 */
export function compilePolicy(document: unknown, kind: PolicyKind): Policy {
  try {
    const statements = parsePolicy(document, kind);
    requireQuick(statements);
    return new Policy(statements);
  } catch (error) {
    throw error instanceof Malformed ? toFailure(error, kind) : error;
  }
}

function toFailure(error: Malformed, kind: PolicyKind): Failure {
  const { place, message, s3Message } = error;
  if (kind === 'key') return new Failure('InvalidArgument', message, { Field: `/policy${place}` }, { cause: error });
  const where = place === '' ? '' : ` (${shown(place)})`;
  return new Failure('MalformedPolicy', `${s3Message}${where}: ${message}`, {}, { cause: error });
}

/** Names of elements are the client's: in XML not every character can be said, and nobody reads a long one. */
function shown(place: string): string {
  return place.slice(0, MAX_SHOWN_CHARACTERS).replaceAll(UNSPEAKABLE, '\ufffd');
}
