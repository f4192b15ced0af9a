import { randomBytes } from 'node:crypto';

/** The id of what was stored while its bucket had no versions, or had them suspended: at most one of a key. */
export const NULL_VERSION = 'null';

const SEQ_DIGITS = 11;
const SHAPE = /^[0-9a-v]{11}[0-9a-f]{20}$/;

/**
 * The id of a version: 11 digits of base 32 with the event that made it, by which it is found without an index, and 80
 * random bits, so that a database that was restored from a copy never gives an id out twice.
 */
export function newVersionId(seq: number): string {
  return seq.toString(32).padStart(SEQ_DIGITS, '0') + randomBytes(10).toString('hex');
}

/** Whether a text can be the id of a version, of whatever key. */
export function isVersionId(text: string): boolean {
  return text === NULL_VERSION || SHAPE.test(text);
}

/** The event that made a version; undefined for `null` and for what cannot be an id. */
export function seqOfVersionId(versionId: string): number | undefined {
  return SHAPE.test(versionId) ? Number.parseInt(versionId.slice(0, SEQ_DIGITS), 32) : undefined;
}
