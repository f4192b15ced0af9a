import type { Metadata } from '../../metadata/index.ts';
import type { SigningKeys } from '../services/sessions/signing-keys.ts';

export interface IdentityKeeperOptions {
  readonly metadata: Metadata;
  readonly signingKeys: SigningKeys;
  /** How long an entry stays in the audit trail. */
  readonly auditRetentionMs: number;
  /** Ends the pass before its time; the next one goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** What one pass did. */
export interface IdentityPass {
  readonly isKeyRotated: boolean;
  /** Rows that went, by what they were. */
  readonly removed: Readonly<Record<string, number>>;
}

/** Each batch is a transaction, and others wait for it. */
const BATCH = 500;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** For how long an invite that was not used is still told of. */
const INVITE_REMAINS_MS = 30 * DAY_MS;
/** The limits on codes count those of a day. */
const SMS_CODE_REMAINS_MS = 2 * DAY_MS;
const IDEMPOTENCY_MS = DAY_MS;

/**
 * Replaces the signing key when its time has come, and removes what of accounts is too old to be of use. Works in batches,
 * so that requests go on in between. Safe to stop anywhere, and to run in several gateways at once.
 */
export async function keepIdentity(options: IdentityKeeperOptions): Promise<IdentityPass> {
  const isKeyRotated = await options.signingKeys.rotateDue();
  const removed: Record<string, number> = {};
  for (const [what, { remove, ageMs }] of Object.entries(leftovers(options))) {
    const before = new Date(Date.now() - ageMs).toISOString();
    removed[what] = await inBatches((limit) => remove({ before, limit }), options.signal);
  }
  return { isKeyRotated, removed };
}

interface Leftover {
  readonly remove: (input: { readonly before: string; readonly limit: number }) => Promise<number>;
  /** Since its end, or since it was made where it has none. */
  readonly ageMs: number;
}

function leftovers({ metadata, auditRetentionMs }: IdentityKeeperOptions): Readonly<Record<string, Leftover>> {
  const { mutations } = metadata;
  return {
    sessions: { remove: mutations.removeExpiredSessions, ageMs: 0 },
    oneTimeTokens: { remove: mutations.removeExpiredOneTimeTokens, ageMs: 0 },
    oauthStates: { remove: mutations.removeExpiredOauthStates, ageMs: 0 },
    invites: { remove: mutations.removeExpiredInvites, ageMs: INVITE_REMAINS_MS },
    transfers: { remove: mutations.removeExpiredTransfers, ageMs: 0 },
    shares: { remove: mutations.removeExpiredShares, ageMs: 0 },
    smsCodes: { remove: mutations.removeOldSmsCodes, ageMs: SMS_CODE_REMAINS_MS },
    idempotencyKeys: { remove: mutations.forgetIdempotencyKeys, ageMs: IDEMPOTENCY_MS },
    auditEntries: { remove: mutations.trimAudit, ageMs: auditRetentionMs },
  };
}

/** Until a batch is not full: then none is left. Resolves to how many went. */
async function inBatches(remove: (limit: number) => Promise<number>, signal: AbortSignal | undefined): Promise<number> {
  let total = 0;
  let last = BATCH;
  while (last >= BATCH && !signal?.aborted) {
    last = await remove(BATCH);
    total += last;
  }
  return total;
}
