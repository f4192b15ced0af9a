import type { Logger } from 'pino';
import type { Metadata } from '../metadata/index.ts';
import type { Config } from './config.ts';
import type { Claims } from './services/claims.ts';
import { Emails } from './services/emails.ts';
import type { Identity } from './services/index.ts';
import { Invites } from './services/invites.ts';
import type { Limits } from './services/limits.ts';
import { AccountMails } from './services/mail/account-mails.ts';
import { MailQueue } from './services/mail/mail-queue.ts';
import { Outbox } from './services/mail/outbox.ts';
import { SmtpTransport } from './services/mail/smtp-transport.ts';
import { PasswordResets } from './services/password-resets.ts';
import type { Passwords } from './services/passwords/passwords.ts';
import type { Presence } from './services/presence.ts';
import { Profiles } from './services/profiles.ts';
import { Registration } from './services/registration.ts';
import type { SecondFactors } from './services/second-factors/second-factors.ts';
import type { Sessions } from './services/sessions/sessions.ts';

export interface RegistrationParts {
  readonly config: Config;
  readonly metadata: Metadata;
  readonly log: Logger;
  readonly claims: Claims;
  readonly passwords: Passwords;
  readonly limits: Limits;
  readonly secondFactors: SecondFactors;
  readonly presence: Presence;
  readonly sessions: Sessions;
}

type Opened = Pick<Identity, 'registration' | 'profiles' | 'emails' | 'passwordResets' | 'invites' | 'mails'>;

/** Puts together how accounts come to be, and what they do with themselves. */
export function openRegistration(parts: RegistrationParts): Opened {
  const { config, metadata, log, claims, passwords, limits, presence, secondFactors, sessions } = parts;
  const mails = new AccountMails({ mailer: openMailer(config, log), limits, log });
  return {
    mails,
    registration: new Registration({ mode: config.identity.registration, metadata, passwords, limits, mails, claims }),
    profiles: new Profiles({ metadata, passwords, presence, secondFactors, sessions, mails }),
    emails: new Emails({ metadata, mails, presence }),
    passwordResets: new PasswordResets({ metadata, passwords, mails, log }),
    invites: new Invites({ metadata, mails }),
  };
}

function openMailer({ identity }: Config, log: Logger): MailQueue {
  const { smtpUrl: url, from, outboxFolder: folder } = identity.mail;
  const transport = url === undefined ? new Outbox({ folder, from }) : new SmtpTransport({ url, from });
  return new MailQueue({ transport, log });
}
