import type { DriveAsked, FilePlace } from '../services/drive/files.ts';
import { parseFilePath, parseFolderPath } from '../services/drive/paths.ts';
import type { Call } from './endpoint.ts';
import { API_PREFIX } from './link-base.ts';

type FileCall = Pick<Call<'account'>, 'asker' | 'caller' | 'actor' | 'services'>;

/** The drive that a request is about: the caller's own, made where there is none yet, or that of another. */
export async function driveOf(call: FileCall, name: string | undefined): Promise<DriveAsked> {
  const { asker, caller, actor, services } = call;
  const isOwn = name === undefined || name === caller.account.name;
  const bucket = isOwn ? await services.drives.open(caller.account, actor) : await services.drives.get(name);
  return { asker, bucket };
}

/** The file that a request is about. @throws Failure `InvalidPath`; `NoSuchKey` for a drive that is not there */
export async function fileOf(
  call: FileCall,
  { path: text, drive }: { readonly path: string; readonly drive: string | undefined },
): Promise<FilePlace> {
  const path = parseFilePath(text);
  return { ...(await driveOf(call, drive)), path };
}

/** The folder that a request is about. @throws Failure `InvalidPath`; `NoSuchKey` for a drive that is not there */
export async function folderOf(
  call: FileCall,
  { path: text, drive }: { readonly path: string; readonly drive: string | undefined },
): Promise<FilePlace> {
  const path = parseFolderPath(text);
  return { ...(await driveOf(call, drive)), path };
}

/** A path as a part of a URL. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Where a client finds a file or folder, in the drive that it named. */
export function locationOf(path: string, drive: string | undefined): string {
  const url = `${API_PREFIX}/files/${encodePath(path)}`;
  return drive === undefined ? url : `${url}?drive=${encodeURIComponent(drive)}`;
}
