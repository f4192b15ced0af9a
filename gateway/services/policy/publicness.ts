import { IpRange } from './ip-range.ts';
import type { Statement } from './parse.ts';
import type { Condition } from './parse-condition.ts';
import { NO_CONTEXT } from './question.ts';
import type { Template } from './template.ts';

/** Keys whose fixed values are somebody's: "Blocking public access: The meaning of public". */
const TRUSTED: ReadonlySet<string> = new Set([
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principalorgid',
  'aws:sourcearn',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:sourceaccount',
  'aws:userid',
  's3:dataaccesspointarn',
  's3:dataaccesspointaccount',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
]);

/** "Values broader than /8 for IPv4 and /32 for IPv6" are everybody's. */
const LEAST_BITS: Readonly<Record<number, number>> = { 32: 8, 128: 32 };

/**
 * Whether a statement opens something to whoever comes: "Amazon S3 begins by assuming that the policy is public", and it
 * is not where it grants to fixed principals, or on a condition that names somebody.
 */
export function isPublic({ effect, principals, conditions }: Statement): boolean {
  if (effect === 'Deny' || principals === undefined) return false;
  return (principals.everyone || principals.isInverted) && !conditions.some(isTrusted);
}

/** Only what has to be there, and to be one of some fixed values. */
function isTrusted({ operator, quantifier, ifExists, key, values }: Condition): boolean {
  if (operator === undefined || operator.isNegated || quantifier === 'all' || ifExists) return false;
  if (key === 'aws:sourceip') return operator.measures === 'address' && values.every(isNarrow);
  return TRUSTED.has(key) && operator.measures === 'text' && values.every((value) => value.isFixed && !isNobody(value));
}

/** "anonymous" is the aws:userid of who has proven nothing: it names whoever comes. */
function isNobody(value: Template): boolean {
  return value.text(NO_CONTEXT)?.toLowerCase() === 'anonymous';
}

function isNarrow(value: Template): boolean {
  const width = IpRange.parse(value.text(NO_CONTEXT) ?? '')?.width;
  return width !== undefined && width.fixed >= (LEAST_BITS[width.of] ?? width.of);
}
