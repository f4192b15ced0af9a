import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder's entries durable, and its own entry in every folder above it: a synced file is lost all the same when
 * the folder that it is in was made a moment ago and the power fails. Folders that may not be opened are left out: they
 * were there before us.
 */
export function syncFolders(folder: string): void {
  syncFolder(folder);
  const parent = dirname(folder);
  if (parent !== folder) syncFolders(parent);
}

function syncFolder(path: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // Some file systems do not sync folders and need not.
    if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error;
  } finally {
    closeSync(descriptor);
  }
}
