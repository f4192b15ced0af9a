/** What a bucket does with what is overwritten or deleted; null: it keeps nothing, and never did. */
export type Versioning = 'Enabled' | 'Suspended' | null;

/** The top folder of a drive whose files have versions, whatever its bucket was told. */
export const VERSIONED_FOLDER = 'special/';

/** The top folder of a drive whose files expire. */
const EXPIRING_FOLDER = 'temporary/';

/** What holds for a key of a bucket. */
export function versioningOf(
  { versioning, is_drive }: { readonly versioning: Versioning; readonly is_drive: number },
  key: string,
): Versioning {
  return is_drive === 1 && key.startsWith(VERSIONED_FOLDER) ? 'Enabled' : versioning;
}

/**
 * Whether what is moved to a key is as old as it was. Lifecycle rules count from that time: what expires there would be gone
 * at once, and what is kept below it would be too early.
 * @param versioning what holds for the key
 */
export function keepsTime(
  { versioning, is_drive }: { readonly versioning: Versioning; readonly is_drive: number },
  key: string,
): boolean {
  return versioning === null && !(is_drive === 1 && key.startsWith(EXPIRING_FOLDER));
}
