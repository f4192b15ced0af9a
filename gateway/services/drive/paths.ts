import { Failure } from '../../../metadata/index.ts';

declare const pathBrand: unique symbol;

/** Where something is in a drive: a file's key, or a folder's prefix, which ends with '/'. The root is ''. */
export type DrivePath = string & { readonly [pathBrand]: true };

/** "The name for a key is a sequence of Unicode characters whose UTF-8 encoding is at most 1,024 bytes long." */
const MAX_PATH_BYTES = 1024;
const CONTROL_CHARACTER = /\p{Cc}/u;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Where what was deleted is kept: nobody goes there but by the trash. */
export const TRASH_FOLDER = '.trash/';
/** The top folders of every drive: for what stays, what is kept in versions, and what expires. */
export const FIELDS = ['mere/', 'special/', 'temporary/'] as const;
/** The one whose files expire. */
export const TEMPORARY_FOLDER = 'temporary/';

/** A path as a client wrote it. @throws Failure `InvalidPath` */
export function parsePath(text: string): DrivePath {
  const reason = whyNot(text);
  if (reason !== undefined) throw new Failure('InvalidPath', `A path ${reason}.`, { Field: 'path' });
  return text as DrivePath; // checked
}

/** The path of a file. @throws Failure `InvalidPath` */
export function parseFilePath(text: string): DrivePath {
  if (text.endsWith('/'))
    throw new Failure('InvalidPath', "The path of a file does not end with '/'.", { Field: 'path' });
  return parsePath(text);
}

/** The path of a folder, whose last '/' may be left out. @throws Failure `InvalidPath` */
export function parseFolderPath(text: string): DrivePath {
  return parsePath(text.endsWith('/') ? text : `${text}/`);
}

/** What lists begin with, which need not be the name of anything. @throws Failure `InvalidPath` */
export function parsePrefix(text: string): DrivePath {
  return text === '' ? ('' as DrivePath) : parsePath(text);
}

/** What keeps a text from being a path. */
function whyNot(text: string): string | undefined {
  if (text === '') return 'is not empty';
  if (Buffer.byteLength(text) > MAX_PATH_BYTES) return `has at most ${MAX_PATH_BYTES} bytes`;
  if (LONE_SURROGATE.test(text)) return 'is Unicode';
  if (CONTROL_CHARACTER.test(text)) return 'has no control characters';
  if (text.startsWith('/')) return "does not begin with '/'";
  if (text.split('/').some((name) => name === '.' || name === '..')) return "has no '.' or '..' in it";
  if (text === '.trash' || text.startsWith(TRASH_FOLDER)) return `does not lead into '${TRASH_FOLDER}'`;
  return undefined;
}

export function isFolder(path: string): boolean {
  return path === '' || path.endsWith('/');
}

/** What a file or folder is called where it is: 'c' of 'a/b/c', 'b' of 'a/b/'. */
export function nameOf(path: string): string {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  return bare.slice(bare.lastIndexOf('/') + 1);
}

/** The folder that something is in: 'a/b/' of 'a/b/c' and of 'a/b/c/'; '' of what is at the top. */
export function parentOf(path: string): string {
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  return bare.slice(0, bare.lastIndexOf('/') + 1);
}
