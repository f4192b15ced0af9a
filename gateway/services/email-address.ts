import { Failure } from '../../metadata/index.ts';

/** RFC 5321 section 4.5.3.1: what a path holds, without its brackets; and what stands before the @. */
const MAX_EMAIL = 254;
const MAX_LOCAL_PART = 64;

/**
 * The form of HTML's `type=email`: no quoting, no comments, no characters that mean something in a header. Of ASCII alone,
 * before it is made lower case: the Kelvin sign would become a k then, and the address that of somebody else.
 */
const EMAIL =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** An e-mail as it is kept: in lower case. @throws Failure `InvalidArgument` for what is none */
export function requireEmail(text: string, field = '/email'): string {
  const isEmail = text.length <= MAX_EMAIL && text.indexOf('@') <= MAX_LOCAL_PART && EMAIL.test(text);
  if (!isEmail) throw new Failure('InvalidArgument', 'That is no e-mail address.', { Field: field });
  return text.toLowerCase();
}
