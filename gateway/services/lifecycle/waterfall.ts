/**
 * What S3 lets a transition name ("TransitionStorageClass"), in the order of the "waterfall model" of "Transitioning
 * objects using Amazon S3 Lifecycle": objects only move down. STANDARD and REDUCED_REDUNDANCY are above all of them.
 */
export const TRANSITION_CLASSES: readonly string[] = [
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
];

/**
 * "S3 Lifecycle tries to choose the path that is least expensive for you": from the dearest to the cheapest. "S3
 * Intelligent-Tiering is favored by S3 Lifecycle over any storage class, aside from the S3 Glacier Flexible Retrieval and
 * S3 Glacier Deep Archive storage classes."
 */
const PREFERENCE = ['STANDARD_IA', 'ONEZONE_IA', 'GLACIER_IR', 'INTELLIGENT_TIERING', 'GLACIER', 'DEEP_ARCHIVE'];

/** Those to which objects below 128 KiB move where the minimum varies by storage class. */
const ARCHIVES = ['GLACIER', 'DEEP_ARCHIVE'];

/** Whether an object of one class may move to another. */
export function isColder(storageClass: string, than: string): boolean {
  return TRANSITION_CLASSES.indexOf(storageClass) > TRANSITION_CLASSES.indexOf(than);
}

/** Whether of two moves that are due the first is the one to make. */
export function isPreferred(storageClass: string, over: string): boolean {
  return PREFERENCE.indexOf(storageClass) > PREFERENCE.indexOf(over);
}

export function isArchive(storageClass: string): boolean {
  return ARCHIVES.includes(storageClass);
}
