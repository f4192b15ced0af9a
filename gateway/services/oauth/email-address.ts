import { requireEmail } from '../email-address.ts';

/**
 * An e-mail in the form that accounts have it in; undefined for what is none. In ASCII alone: other letters may become
 * those of somebody else's address when they are made lower case.
 */
export function toEmail(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) return undefined;
  try {
    return requireEmail(value);
  } catch {
    return undefined;
  }
}
