const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;

/** The parameters of hashes made now: the first choice of OWASP's Password Storage Cheat Sheet for argon2id. */
export const ARGON2ID = {
  /** The library's number for argon2id. */
  algorithm: 2,
  memoryCost: MEMORY_KIB,
  timeCost: PASSES,
  parallelism: LANES,
} as const;

/** What every hash of these parameters begins with, in the PHC string format; a salt and the hash follow. */
const PREFIX = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$`;

/** Of no password: comparing with it takes as long as with any other hash. */
export const NOBODYS_HASH = `${PREFIX}${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Whether a hash in the PHC string format was made with the parameters of now. */
export function isCurrent(passwordHash: string): boolean {
  return passwordHash.startsWith(PREFIX);
}
