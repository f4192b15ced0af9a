import type { InviteRow, Metadata } from '../../metadata/index.ts';
import { newId } from '../ids.ts';
import { type Actor, auditEntry } from './audit.ts';
import { requireEmail } from './email-address.ts';
import type { AccountMails } from './mail/account-mails.ts';
import { inviteLetter } from './mail/letters.ts';
import { newToken } from './minted-token.ts';
import { hashToken } from './sessions/sessions.ts';

export interface NewInvite {
  /** Whom it is for: it is mailed there, and registers that e-mail as verified. */
  readonly email?: string | undefined;
  readonly role: InviteRow['role'];
  readonly lifetimeMs: number;
  /** The admin. */
  readonly by: string;
  readonly actor: Actor;
  readonly linkBase?: string | undefined;
}

/** What an admin gets: the token is shown this once. */
export interface CreatedInvite extends InviteRow {
  readonly token: string;
}

/** Leave to register once, given by an admin. */
export class Invites {
  readonly #metadata: Metadata;
  readonly #mails: AccountMails;

  constructor({ metadata, mails }: { readonly metadata: Metadata; readonly mails: AccountMails }) {
    this.#metadata = metadata;
    this.#mails = mails;
  }

  /** @throws Failure `InvalidArgument`, `TooManyAttempts` */
  async create({ role, lifetimeMs, by, actor, linkBase, ...input }: NewInvite): Promise<CreatedInvite> {
    const email = input.email === undefined ? undefined : requireEmail(input.email);
    if (email !== undefined) await this.#mails.countMailbox(email);
    const [id, token, now] = [newId(), newToken(), Date.now()];
    const at = new Date(now).toISOString();
    const expiresAt = new Date(now + lifetimeMs).toISOString();
    await this.#metadata.mutations.createInvite({
      id,
      tokenHash: hashToken(token),
      ...(email === undefined ? {} : { email }),
      role,
      createdBy: by,
      at,
      expiresAt,
      audit: auditEntry(actor, 'invite.created', {
        accountId: by,
        detail: { invite: id, role, ...(email === undefined ? {} : { email }) },
      }),
    });
    if (email !== undefined) await this.#mails.post(email, inviteLetter({ token, linkBase }));
    const row = { id, email: email ?? null, role, created_by: by, created_at: at, expires_at: expiresAt };
    return { ...row, used_by: null, used_at: null, token };
  }

  /** A page of them, the newest first. */
  async list(page: { before: string | undefined; limit: number }): Promise<InviteRow[]> {
    return this.#metadata.queries.listInvites(page);
  }

  /** @throws Failure `NoSuchInvite` */
  async remove(id: string, actor: Actor): Promise<void> {
    const audit = auditEntry(actor, 'invite.revoked', { accountId: actor.accountId, detail: { invite: id } });
    await this.#metadata.mutations.deleteInvite({ id, audit });
  }
}
