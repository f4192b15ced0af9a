import { formatHttpDate } from '../../http/http-date.ts';
import type { Due } from '../../services/lifecycle/index.ts';

/** The last midnight that an HTTP date can tell; millions of years are days, too. */
const LAST_MS = Date.UTC(9999, 11, 31);
/** What no header carries, or would end the quoted string that a rule's id stands in. */
const UNSAFE = /[^\u0020-\u007E]|["%\\]/gu;

/**
 * "x-amz-expiration": "It includes the expiry-date and rule-id key-value pairs providing object expiration information. The
 * value of the rule-id is URL-encoded." S3 leaves spaces and the like as they are, and so does this.
 */
export function renderExpiration(due: Due | undefined): Record<string, string> {
  if (due === undefined) return {};
  return { 'x-amz-expiration': `expiry-date="${dateOf(due)}", rule-id="${encodeRuleId(due.ruleId)}"` };
}

/** "x-amz-abort-date" and "x-amz-abort-rule-id" of an upload in parts that a rule will abort. */
export function renderAbortion(due: Due | undefined): Record<string, string> {
  if (due === undefined) return {};
  return { 'x-amz-abort-date': dateOf(due), 'x-amz-abort-rule-id': encodeRuleId(due.ruleId) };
}

function dateOf({ dueMs }: Due): string {
  return formatHttpDate(Math.min(dueMs, LAST_MS));
}

function encodeRuleId(id: string): string {
  return id.replace(UNSAFE, percentEncode);
}

function percentEncode(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
