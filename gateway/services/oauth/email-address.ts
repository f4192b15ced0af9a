/**
 * An e-mail in the form that accounts have it in; undefined for what is none. In ASCII alone: other letters may become
 * those of somebody else's address when they are made lower case.
 */
export function toEmail(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 254) return undefined;
  return /^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/.test(value) ? value.toLowerCase() : undefined;
}
