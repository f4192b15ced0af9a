import { randomBytes } from 'node:crypto';

const MAX_LENGTH = 48;
const MAX_NUMBERED = 9;

/** Names that an account may have, like what somebody is called at a provider; the last is nobody's. */
export function accountNames(wishes: readonly string[]): string[] {
  const names = wishes.map(toName).filter((name) => name !== '');
  const [first = 'user'] = names;
  const numbered = Array.from({ length: MAX_NUMBERED }, (_, index) => `${first}-${index + 2}`);
  return [...names, ...numbered, spareName(first)];
}

/** A name that nobody has. */
export function spareName(start = 'user'): string {
  return `${start}-${randomBytes(6).toString('hex')}`;
}

/** No more than the local part of an e-mail: a name with an @ would be somebody's e-mail. */
function toName(wish: string): string {
  const [local = ''] = wish.split('@');
  const plain = local.normalize('NFKD').replace(/\p{Mark}/gu, '');
  const joined = plain.replace(/[^A-Za-z0-9._+-]+/g, '-').replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return joined.slice(0, MAX_LENGTH).toLowerCase();
}
