/** What a bucket does with what is overwritten or deleted; null: it keeps nothing, and never did. */
export type Versioning = 'Enabled' | 'Suspended' | null;

/** The top folder of a drive whose files have versions, whatever its bucket was told. */
export const VERSIONED_FOLDER = 'special/';

/** What holds for a key of a bucket. */
export function versioningOf(
  { versioning, is_drive }: { readonly versioning: Versioning; readonly is_drive: number },
  key: string,
): Versioning {
  return is_drive === 1 && key.startsWith(VERSIONED_FOLDER) ? 'Enabled' : versioning;
}
