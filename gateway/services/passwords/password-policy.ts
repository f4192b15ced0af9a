import { Failure } from '../../../metadata/index.ts';
import { commonPasswords } from './common-passwords.ts';

export type PasswordPolicy = 'strict' | 'off';

/** In code points, as all lengths of passwords are counted. */
export const MAX_PASSWORD = 1024;
const MIN_PASSWORD = 12;
/** Said again and again, less than this is no password. */
const MIN_REPEATED = 4;
/** A shorter name is in many a good password. */
const MIN_NAME = 3;
/** Of the service: the first guess of who knows where it is tried. */
const SERVICE = 'gatehouse';

/**
 * The rules of `strict` follow NIST SP 800-63B section 5.1.1.2: a length, no password that is guessed first, none made of
 * the names around it; not which characters there must be.
 * @param names the account's name and e-mail
 * @throws Failure `WeakPassword` that says the rule
 */
export function requireAllowed(
  password: string,
  { policy, names }: { readonly policy: PasswordPolicy; readonly names: readonly (string | null | undefined)[] },
): void {
  requireLength(password, { min: policy === 'strict' ? MIN_PASSWORD : 1 });
  if (policy === 'off') return;
  const plain = password.normalize('NFKC').toLowerCase();
  if (isSequence(plain)) throw weak('The password must not be a plain sequence.');
  if (isRepeated(plain)) throw weak('The password must not be the same few characters again and again.');
  if (isCommon(plain)) {
    throw weak('The password must not be one of the common ones, nor one of them with digits or signs around it.');
  }
  if ([SERVICE, ...names].some((name) => isMadeOf(plain, name ?? ''))) {
    throw weak('The password must not be made of the name or e-mail of the account, or of the name of the service.');
  }
}

function requireLength(password: string, { min }: { readonly min: number }): void {
  // Composed: a letter counts once, however its accents are encoded.
  const length = [...password.normalize('NFC')].length;
  if (length < min) throw weak(`The password must have ${min === 1 ? 'a character' : `${min} characters`} or more.`);
  if (length > MAX_PASSWORD) throw weak(`The password must have ${MAX_PASSWORD} characters or fewer.`);
}

/** 'abcdefghijkl', '210987654321': each character follows the one before. */
function isSequence(text: string): boolean {
  const steps = new Set<number>();
  for (let at = 1; at < text.length; at++) {
    const step = text.charCodeAt(at) - text.charCodeAt(at - 1);
    // A 0 goes on after the 9.
    steps.add(Math.abs(step) === 9 ? -step / 9 : step);
  }
  return steps.size === 1 && (steps.has(1) || steps.has(-1));
}

/** 'aaaaaaaaaaaa', '123123123123'. */
function isRepeated(text: string): boolean {
  return unitOf(text).length < MIN_REPEATED;
}

/** 'password', 'passwordpassword', 'password1234', '!Password!'. */
function isCommon(text: string): boolean {
  // From the first letter to the last, found without going back: texts of strangers come here.
  const [core = ''] = /\p{L}(?:.*\p{L})?/su.exec(text) ?? [];
  return [text, unitOf(text), core, unitOf(core)].some((candidate) => commonPasswords().has(candidate));
}

/** Whether nothing is left to guess but digits and signs, once a name is known. */
function isMadeOf(text: string, name: string): boolean {
  const whole = name.normalize('NFKC').toLowerCase();
  const [local = ''] = whole.split('@');
  return [whole, local].some(
    (part) => part.length >= MIN_NAME && text.includes(part) && !/\p{L}/u.test(text.replaceAll(part, '')),
  );
}

/** The shortest text that gives the whole one when repeated; the last time may be cut short. */
function unitOf(text: string): string {
  let length = 1;
  while (length < text.length && text.slice(length) !== text.slice(0, text.length - length)) length++;
  return text.slice(0, length);
}

function weak(message: string): Failure {
  return new Failure('WeakPassword', message, { Field: '/password' });
}
