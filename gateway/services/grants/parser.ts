import {
  type DclStatement,
  type Grantee,
  type GrantTarget,
  PRIVILEGES,
  type Privilege,
  privilegesOn,
} from '../../../metadata/index.ts';
import type { Token } from './lexer.ts';
import { TokenReader } from './token-reader.ts';

export const MAX_NAME = 64;
export const MAX_BUCKET = 255;
export const MAX_PATH_BYTES = 1024;

/** Parses statements that are separated by semicolons. @throws Failure `InvalidRequest`, saying where and what was expected */
export function parseDcl(text: string): DclStatement[] {
  const reader = new TokenReader(text);
  const statements: DclStatement[] = [];
  while (reader.peek().kind !== 'end') {
    if (!reader.isAtSymbol(';')) statements.push(readStatement(reader));
    if (reader.peek().kind === 'end') break;
    if (!reader.isAtSymbol(';')) throw reader.refuse('; or the end');
    reader.take();
  }
  if (statements.length === 0) throw reader.refuse('a statement');
  return statements;
}

function readStatement(reader: TokenReader): DclStatement {
  const verb = reader.expect('GRANT', 'REVOKE', 'CREATE', 'DROP', 'SHOW');
  if (verb === 'GRANT') return readGrant(reader);
  if (verb === 'REVOKE') return readRevoke(reader);
  if (verb === 'SHOW') return readShow(reader);
  reader.expect('ROLE');
  if (verb === 'CREATE') return { kind: 'create-role', role: readRole(reader) };
  const ifExists = reader.skip('IF', 'EXISTS');
  return { kind: 'drop-role', role: readRole(reader), ifExists, cascade: readCascade(reader) };
}

function readGrant(reader: TokenReader): DclStatement {
  const what = readGranted(reader);
  if (what.roles !== undefined) {
    reader.expect('TO');
    const grantees = reader.list(() => readMember(reader));
    return { kind: 'grant-role', roles: what.roles, grantees, withOption: reader.skip('WITH', 'ADMIN', 'OPTION') };
  }
  reader.expect('TO');
  const grantees = reader.list(() => readGrantee(reader));
  const withAt = reader.peek();
  const withOption = reader.skip('WITH', 'GRANT', 'OPTION');
  if (withOption && grantees.some(({ kind }) => kind === 'public')) {
    throw reader.refuse('no grant option for PUBLIC', withAt);
  }
  const { privileges, target } = what;
  return { kind: 'grant', privileges, target, grantees, withOption };
}

function readRevoke(reader: TokenReader): DclStatement {
  const first = reader.peek();
  const option = reader.isAt('GRANT') || reader.isAt('ADMIN') ? readOption(reader) : undefined;
  const optionAt = reader.peek();
  const what = readGranted(reader, option === 'ADMIN-PRIVILEGE' ? first : undefined);
  const optionOnly = option === 'GRANT' || option === 'ADMIN';
  if (option === (what.roles === undefined ? 'ADMIN' : 'GRANT')) {
    throw reader.refuse(what.roles === undefined ? 'a role' : 'a privilege', optionAt);
  }
  reader.expect('FROM');
  if (what.roles !== undefined) {
    const grantees = reader.list(() => readMember(reader));
    return { kind: 'revoke-role', roles: what.roles, grantees, optionOnly, cascade: readCascade(reader) };
  }
  const { privileges, target } = what;
  const grantees = reader.list(() => readGrantee(reader));
  return { kind: 'revoke', privileges, target, grantees, optionOnly, cascade: readCascade(reader) };
}

/** GRANT OPTION FOR, ADMIN OPTION FOR; ADMIN alone is a privilege. */
function readOption(reader: TokenReader): 'GRANT' | 'ADMIN' | 'ADMIN-PRIVILEGE' {
  const option = reader.expect('GRANT', 'ADMIN') as 'GRANT' | 'ADMIN';
  if (option === 'ADMIN' && !reader.isAt('OPTION')) return 'ADMIN-PRIVILEGE';
  reader.expect('OPTION');
  reader.expect('FOR');
  return option;
}

type Granted =
  | { readonly roles: string[] }
  | { readonly roles?: undefined; readonly privileges: Privilege[] | 'ALL'; readonly target: GrantTarget };

/**
 * Privileges and what they are on, or roles: which of both it is, is known by what comes behind.
 * @param first what has been read of it already
 */
function readGranted(reader: TokenReader, first?: Token): Granted {
  if (first === undefined && reader.skip('ROLE')) return { roles: reader.list(() => readRole(reader)) };
  const words = readWords(reader, first);
  const isAll = words[0]?.kind === 'word' && words[0].text.toUpperCase() === 'ALL';
  const hasPrivileges = isAll && words.length === 1 && reader.skip('PRIVILEGES');
  if (!hasPrivileges && !reader.isAt('ON')) {
    if (reader.isAt('TO') || reader.isAt('FROM')) return { roles: words.map(({ text }) => text) };
    throw reader.refuse('ON, TO, FROM or ,');
  }
  reader.expect('ON');
  if (isAll && words.length === 1) return { privileges: 'ALL', target: readTarget(reader) };
  const privileges = words.map((word) => readPrivilege(reader, word));
  const target = readTarget(reader);
  const unknown = words.find((_, index) => !privilegesOn(target).includes(privileges[index] as Privilege));
  if (unknown !== undefined)
    throw reader.refuse(`one of ${privilegesOn(target).join(', ')} for a single object`, unknown);
  return { privileges: [...new Set(privileges)], target };
}

function readWords(reader: TokenReader, word: Token | undefined): Token[] {
  const read = () => {
    const token = reader.peek();
    reader.name('a privilege or a role', MAX_NAME);
    return token;
  };
  if (word === undefined) return reader.list(read);
  if (!reader.isAtSymbol(',')) return [word];
  reader.take();
  return [word, ...reader.list(read)];
}

function readPrivilege(reader: TokenReader, token: Token): Privilege {
  const privilege = PRIVILEGES.find((each) => token.kind === 'word' && each === token.text.toUpperCase());
  if (privilege === undefined) throw reader.refuse(`one of ${PRIVILEGES.join(', ')}, or ALL alone`, token);
  return privilege;
}

function readTarget(reader: TokenReader): GrantTarget {
  const kind = reader.expect('BUCKET', 'OBJECT', 'COLLECTION');
  if (kind === 'COLLECTION') return readCollection(reader);
  if (kind === 'OBJECT') return readObject(reader);
  const bucket = reader.name('the name of a bucket', MAX_BUCKET);
  if (!reader.skip('PREFIX')) return { kind: 'bucket', bucket };
  const prefix = reader.string("a prefix, 'in quotes'");
  if (!isPath(prefix.text)) throw reader.refuse(`a prefix of 1 to ${MAX_PATH_BYTES} bytes`, prefix);
  return { kind: 'prefix', bucket, path: prefix.text };
}

/** One's own by its name, or `'bucket/name'` of any database. */
function readCollection(reader: TokenReader): GrantTarget {
  if (reader.peek().kind !== 'string') {
    return { kind: 'collection', path: reader.name('the name of a collection', MAX_BUCKET) };
  }
  const { bucket, path } = readObject(reader, "a collection, 'bucket/name'");
  return { kind: 'collection', bucket, path };
}

function readObject(reader: TokenReader, what = "an object, 'bucket/key'") {
  const named = reader.string(what);
  const slash = named.text.indexOf('/');
  const path = named.text.slice(slash + 1);
  if (slash < 1 || slash > MAX_BUCKET || !isPath(path)) throw reader.refuse(what, named);
  return { kind: 'object', bucket: named.text.slice(0, slash), path } as const;
}

function isPath(path: string): boolean {
  return path !== '' && Buffer.byteLength(path) <= MAX_PATH_BYTES;
}

function readGrantee(reader: TokenReader): Grantee {
  const kind = reader.expect('USER', 'ROLE', 'PUBLIC');
  if (kind === 'PUBLIC') return { kind: 'public' };
  if (kind === 'ROLE') return { kind: 'role', name: readRole(reader) };
  return { kind: 'user', name: reader.name('the name of an account', MAX_NAME) };
}

/** PUBLIC is in no role. */
function readMember(reader: TokenReader): Grantee {
  if (!reader.isAt('USER') && !reader.isAt('ROLE')) throw reader.refuse('USER or ROLE');
  return readGrantee(reader);
}

function readRole(reader: TokenReader): string {
  return reader.name('the name of a role', MAX_NAME);
}

function readCascade(reader: TokenReader): boolean {
  if (reader.skip('CASCADE')) return true;
  reader.skip('RESTRICT');
  return false;
}

function readShow(reader: TokenReader): DclStatement {
  if (reader.expect('GRANTS', 'ROLES') === 'ROLES') return { kind: 'show-roles' };
  if (reader.skip('ON')) return { kind: 'show-grants', on: readTarget(reader) };
  return reader.skip('FOR') ? { kind: 'show-grants', for: readGrantee(reader) } : { kind: 'show-grants' };
}
