import { createHash } from 'node:crypto';

/** What no name in an archive may have in it: a client's file system might take it for something else. */
const UNSAFE_CHARACTER = /[\p{Cc}\\]/gu;
const DRIVE_LETTER = /^[a-z]:/i;
const HASH_DIGITS = 8;

/**
 * What a key is called in an archive of a folder: relative to it, and such that unpacking never leads out of the place
 * where it is unpacked. Keys that had to be changed get a digest of their own, so that no two become the same.
 */
export function zipName(key: string, folder: string): string {
  const name = key.slice(folder.length);
  const isDirectory = name.endsWith('/');
  const segments = (isDirectory ? name.slice(0, -1) : name).split('/');
  const safe = segments.map(safeSegment).join('/').replace(DRIVE_LETTER, dropColon);
  const unique = safe === segments.join('/') ? safe : `${safe}~${digestOf(key)}`;
  return isDirectory ? `${unique}/` : unique;
}

/**
 * The name that was found, with folders called otherwise that have the name of a file: in the drive there may be both,
 * and where it is unpacked there may not. Takes the files that are in the archive already: keys come in order, and that
 * of a file before those of the folder.
 */
export function besideFiles(name: string, files: ReadonlySet<string>): string {
  let apart = name;
  for (let end = apart.indexOf('/'); end !== -1; end = apart.indexOf('/', end + 1)) {
    const folder = apart.slice(0, end);
    if (!files.has(folder)) continue;
    const other = `${folder}~${digestOf(`${folder}/`)}`;
    apart = other + apart.slice(end);
    end = other.length;
  }
  return apart;
}

function safeSegment(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..') return '_';
  return segment.replace(UNSAFE_CHARACTER, '_');
}

function dropColon(letter: string): string {
  return letter.replace(':', '_');
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, HASH_DIGITS);
}
