import type { Confirmation, ConfirmFactor, FactorKind, Metadata, SecondFactorRow } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { Caller, Sessions, SessionTokens } from '../sessions/sessions.ts';
import type { Vault } from '../vault.ts';
import { readCode } from './codes.ts';
import type { Freshness, FreshProof } from './freshness.ts';
import type { Guesses } from './guesses.ts';
import { parsePhone } from './phones.ts';
import type { RecoveryCodes } from './recovery-codes.ts';
import { type SecondFactors, totpSeal } from './second-factors.ts';
import type { SentCode, SmsCodes } from './sms-codes.ts';
import { findTotpStep, newTotpSecret, otpauthUrl } from './totp.ts';

/** What somebody gets to prove that an authenticator app has it: shown this once. */
export interface NewTotp {
  /** In base 32. */
  readonly secret: string;
  /** For a QR code. */
  readonly otpauthUrl: string;
}

/** A factor that counts from now on. */
export interface ConfirmedFactor {
  readonly kind: FactorKind;
  /** ISO time. */
  readonly confirmedAt: string;
  /** Of a first factor: shown this once. Empty with another one, beside which those that there are go on. */
  readonly recoveryCodes: readonly string[];
  /** Of who enrolled: the session that the log-in could not begin before. */
  readonly session: SessionTokens | undefined;
}

export interface FactorSetupParts {
  readonly metadata: Metadata;
  readonly vault: Vault;
  readonly sessions: Sessions;
  readonly secondFactors: SecondFactors;
  readonly guesses: Guesses;
  readonly recoveryCodes: RecoveryCodes;
  readonly smsCodes: SmsCodes;
  readonly freshness: Freshness;
}

/** How long somebody may take to set up an app. */
const PENDING_MS = 15 * 60_000;

/** How accounts come by second factors. */
export class FactorSetup {
  readonly #parts: FactorSetupParts;

  constructor(parts: FactorSetupParts) {
    this.#parts = parts;
  }

  /** Makes a secret that counts once a code of it is shown. @throws Failure `FactorExists`, and as `Freshness.require` */
  async beginTotp(caller: Caller, proof: FreshProof): Promise<NewTotp> {
    const { id: accountId, name } = caller.account;
    await this.#requireNone(accountId, 'totp');
    await this.#parts.freshness.require(caller, proof);
    const secret = newTotpSecret();
    const wrappedSecret = this.#parts.vault.seal(secret, totpSeal(accountId));
    await this.#parts.metadata.mutations.beginTotp({ accountId, wrappedSecret, at: new Date().toISOString() });
    return { secret, otpauthUrl: otpauthUrl(secret, name) };
  }

  /** @throws Failure `NoSuchFactor` when none was begun, `FactorExists`, `InvalidCode`, `TooManyAttempts` */
  async confirmTotp(caller: Caller, { code, actor }: TypedProof): Promise<ConfirmedFactor> {
    const { id: accountId } = caller.account;
    const { vault, metadata } = this.#parts;
    const { wrapped_secret } = await this.#findPending(accountId, 'totp');
    const wrappedSecret = wrapped_secret ?? '';
    const secret = vault.open(wrappedSecret, totpSeal(accountId));
    return this.#confirm(caller, {
      kind: 'totp',
      actor,
      async mutate(confirmation) {
        const step = findTotpStep(readCode(code)?.code ?? '', { secret, nowMs: Date.now() });
        return step === undefined
          ? 'refused'
          : metadata.mutations.confirmTotp({ ...confirmation, wrappedSecret, step });
      },
    });
  }

  /** Sends a code to a number, which counts once that is shown. @throws Failure as `beginTotp`, `SmsCodes.sendToNew` */
  async beginSms(
    caller: Caller,
    { phone: typed, ...proof }: FreshProof & { readonly phone: string },
  ): Promise<SentCode> {
    const { id: accountId } = caller.account;
    this.#parts.smsCodes.requireMessenger();
    const phone = parsePhone(typed);
    await this.#requireNone(accountId, 'sms');
    await this.#parts.freshness.require(caller, proof);
    return this.#parts.smsCodes.sendToNew({ accountId, phone });
  }

  /** As `confirmTotp`. */
  async confirmSms(caller: Caller, { code, actor }: TypedProof): Promise<ConfirmedFactor> {
    const { id: accountId } = caller.account;
    const { metadata, smsCodes } = this.#parts;
    const { phone } = await this.#findPending(accountId, 'sms');
    const use = smsCodes.use(readCode(code)?.code ?? '', { accountId, phone: phone ?? '' });
    return this.#confirm(caller, {
      kind: 'sms',
      actor,
      mutate: (confirmation) => metadata.mutations.confirmSms({ ...confirmation, ...use }),
    });
  }

  async #confirm(caller: Caller, { kind, actor, mutate }: PendingProof): Promise<ConfirmedFactor> {
    const { id: accountId } = caller.account;
    const { codes, hashes } = this.#parts.recoveryCodes.make(accountId);
    const now = Date.now();
    const confirmation: ConfirmFactor = {
      accountId,
      at: new Date(now).toISOString(),
      begunAfter: new Date(now - PENDING_MS).toISOString(),
      ...(caller.sessionId === undefined ? {} : { sessionId: caller.sessionId }),
      epoch: caller.account.epoch,
      recoveryCodeHashes: hashes,
      audit: auditEntry(actor, 'factor.added', { accountId, detail: { kind } }),
    };
    const outcome = await this.#parts.guesses.judge(accountId, {
      actor,
      look: async () => known(await mutate(confirmation)),
    });
    const session = caller.sessionId === undefined ? await this.#openSession(caller, { kind, actor }) : undefined;
    return { kind, confirmedAt: confirmation.at, recoveryCodes: outcome === 'first' ? codes : [], session };
  }

  /** Who has enrolled has proven both factors. */
  async #openSession({ account, methods }: Caller, { kind, actor }: { kind: FactorKind; actor: Actor }) {
    return this.#parts.sessions.open(account, { methods: `${methods} ${kind}`, actor });
  }

  async #requireNone(accountId: string, kind: FactorKind): Promise<void> {
    const confirmed = await this.#parts.secondFactors.listConfirmed(accountId);
    if (confirmed.some((factor) => factor.kind === kind)) throw new Failure('FactorExists');
  }

  async #findPending(accountId: string, kind: FactorKind): Promise<SecondFactorRow> {
    const rows = await this.#parts.metadata.queries.listSecondFactors(accountId);
    const row = rows.find((factor) => factor.kind === kind);
    if (row === undefined) throw new Failure('NoSuchFactor', 'Nothing is waiting to be confirmed: begin first.');
    if (row.confirmed_at !== null) throw new Failure('FactorExists');
    return row;
  }
}

/** A code as it was typed. */
export interface TypedProof {
  readonly code: string;
  readonly actor: Actor;
}

interface PendingProof {
  readonly kind: FactorKind;
  readonly actor: Actor;
  readonly mutate: (confirmation: ConfirmFactor) => Promise<Confirmation>;
}

function known(outcome: Confirmation): 'first' | 'further' | undefined {
  return outcome === 'refused' ? undefined : outcome;
}
