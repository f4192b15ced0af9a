import { randomBytes } from 'node:crypto';
import type { Metadata } from '../../../metadata/index.ts';
import { Failure } from '../../../metadata/index.ts';
import { newId } from '../../ids.ts';
import { type Actor, auditEntry } from '../audit.ts';
import type { Limits } from '../limits.ts';
import type { Admission, LogIn } from '../sessions/log-in.ts';
import { hashToken } from '../sessions/sessions.ts';
import { accountNames, spareName } from './account-names.ts';
import type { ExternalIdentity } from './provider.ts';

export interface AdmissionParts {
  readonly metadata: Metadata;
  readonly limits: Limits;
  readonly logIn: LogIn;
  readonly registration: 'open' | 'invite' | 'closed';
}

export interface Newcomer {
  /** Its name in the settings. */
  readonly provider: string;
  readonly external: ExternalIdentity;
  readonly invite: string | undefined;
  readonly actor: Actor;
}

/** Lets in who has logged in elsewhere: whose account it is decides the database, and what is still to be proven the log-in. */
export class Admissions {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** @throws Failure `AccessDenied`, `EmailTaken`, `RegistrationClosed`, `InvalidInvite`, `TooManyAttempts` */
  async admit(newcomer: Newcomer): Promise<Admission> {
    const { metadata, logIn } = this.#parts;
    const accountId = await this.#findAccount(newcomer);
    const profile = await metadata.queries.findProfile(accountId);
    if (profile === undefined) throw new Failure('InvalidCredentials'); // deleted meanwhile
    return logIn.admit(profile, { methods: `oauth:${newcomer.provider}`, actor: newcomer.actor });
  }

  /** Who has an account logs in, however many were made from that address. */
  async #findAccount(newcomer: Newcomer): Promise<string> {
    const { metadata, limits } = this.#parts;
    const address = newcomer.actor.address ?? '';
    const refusal = await limits.require('registrations of an address', address).catch((error: unknown) => error);
    const input = this.#rowOf(newcomer, { mayRegister: refusal === undefined });
    const { accountId, kind } = await metadata.mutations.admitIdentity(input).catch(async (error: unknown) => {
      const isForLimit = error instanceof Failure && error.code === 'RegistrationClosed' && refusal !== undefined;
      await this.#tellRefusal(newcomer, isForLimit ? refusal : error);
      throw isForLimit ? refusal : error;
    });
    // It is made by now: one that was the last takes nothing from it.
    if (kind === 'registered') await limits.take('registrations of an address', address).catch(() => undefined);
    return accountId;
  }

  async #tellRefusal({ provider, external, actor }: Newcomer, refusal: unknown): Promise<void> {
    if (!(refusal instanceof Failure)) return;
    const detail = { provider, subject: external.subject, reason: refusal.code };
    await this.#parts.metadata.mutations.recordAudit(auditEntry(actor, 'session.refused', { accountId: null, detail }));
  }

  #rowOf({ provider, external, invite, actor }: Newcomer, { mayRegister }: { mayRegister: boolean }) {
    const { names, ...identity } = external;
    return {
      ...identity,
      provider,
      registration: mayRegister ? this.#parts.registration : ('closed' as const),
      ...(invite === undefined ? {} : { inviteHash: hashToken(invite) }),
      candidate: {
        id: newId(),
        canonicalId: randomBytes(32).toString('hex'),
        names: accountNames(names),
        spareName: spareName(),
      },
      at: new Date().toISOString(),
      address: actor.address,
      userAgent: actor.userAgent,
    };
  }
}
