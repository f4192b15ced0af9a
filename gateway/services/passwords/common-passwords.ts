import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** A plain list, in lower case: the package's own entrance would unpack all of its dictionaries for this one. */
const LIST = '@zxcvbn-ts/language-common/src/passwords.json';

let known: ReadonlySet<string> | undefined;

/** The passwords that are guessed first, some 50,000 of them in lower case. Read when they are first asked for. */
export function commonPasswords(): ReadonlySet<string> {
  known ??= new Set(JSON.parse(readFileSync(createRequire(import.meta.url).resolve(LIST), 'utf8')) as string[]);
  return known;
}
