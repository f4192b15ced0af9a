import { Failure, type LinkFacts } from '../../../metadata/index.ts';
import type { Passwords } from '../passwords/passwords.ts';

/** What an owner says of a link; what is left out stays as it is, and null is none. */
export interface SaidOfLink {
  /** A name of it, which is good in the place of its token. */
  readonly alias?: string | null | undefined;
  readonly password?: string | null | undefined;
  readonly note?: string | null | undefined;
  readonly expiresAt?: Date | null | undefined;
  /** How often it may be downloaded. */
  readonly maxDownloads?: number | null | undefined;
}

const ALIAS = /^[a-z0-9_-]{3,64}$/;
/** 128 bits in base64url. */
const TOKEN_LENGTH = 22;
const MAX_NOTE = 1024;
/** But for ends of lines and tabs; half pairs, too, which no text has. */
const ODD_CHARACTER = /(?![\n\t])\p{Cc}|\p{Surrogate}/u;
/** Of an ISO time before the year 10000: later ones do not order as text. */
const ISO_LENGTH = 24;

/** Checked, and as the database keeps it. @throws Failure `InvalidArgument`, `WeakPassword`, `SlowDown` */
export async function storedFacts(said: SaidOfLink, passwords: Passwords): Promise<Partial<LinkFacts>> {
  const { alias, password, note, expiresAt, maxDownloads } = said;
  if (typeof alias === 'string') requireAlias(alias);
  if (typeof note === 'string') requireNote(note);
  return {
    ...(alias === undefined ? {} : { alias }),
    ...(note === undefined ? {} : { note }),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt === null ? null : futureTime(expiresAt) }),
    ...(maxDownloads === undefined ? {} : { maxDownloads }),
    ...(password === undefined ? {} : { passwordHash: password === null ? null : await passwords.hash(password) }),
  };
}

function requireAlias(alias: string): void {
  if (!ALIAS.test(alias)) {
    throw invalid('alias', 'An alias has 3 to 64 of the characters a-z, 0-9, - and _.');
  }
  if (alias.length === TOKEN_LENGTH) {
    throw invalid('alias', `An alias of ${TOKEN_LENGTH} characters looks like a token: give it more or fewer.`);
  }
}

function requireNote(note: string): void {
  if (note.length <= MAX_NOTE && !ODD_CHARACTER.test(note)) return;
  throw invalid('note', `A note has at most ${MAX_NOTE} characters, none of which is a control character.`);
}

function futureTime(time: Date): string {
  if (!(time.getTime() > Date.now())) throw invalid('expires_at', 'A link expires in the future.');
  const text = time.toISOString();
  if (text.length !== ISO_LENGTH) throw invalid('expires_at', 'A link expires before the year 10000.');
  return text;
}

function invalid(field: string, message: string): Failure {
  return new Failure('InvalidArgument', message, { Field: `/${field}` });
}
