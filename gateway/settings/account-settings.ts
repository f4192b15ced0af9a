import { dialectList } from './dialects.ts';
import { hours, integer, oneOf, originList, seconds } from './kinds.ts';
import { mailSender, mailTransport } from './mail.ts';
import { oauthProviders } from './oauth-providers.ts';
import { fixed, optional } from './setting.ts';
import { smsTransport } from './sms.ts';

const DAY_SECONDS = 86_400;
const TEN_YEARS_HOURS = 87_600;

/** The settings of accounts: who may have one, how they log in, and what they are limited to. */
export const accountSettings = {
  registration: fixed({
    name: 'GATEHOUSE_REGISTRATION',
    kind: oneOf('open', 'invite', 'closed'),
    fallback: 'open',
    description: 'Who may make an account: everybody, who was invited by an admin, or nobody but admins.',
  }),
  passwordPolicy: fixed({
    name: 'GATEHOUSE_PASSWORD_POLICY',
    kind: oneOf('strict', 'off'),
    fallback: 'strict',
    description: '`strict` asks for 12 characters that are not a common password; `off` takes any.',
  }),
  secondFactor: fixed({
    name: 'GATEHOUSE_SECOND_FACTOR',
    kind: oneOf('optional', 'admins', 'required'),
    fallback: 'optional',
    description: 'Who must have a second factor: nobody who is not told to, admins and auditors, or everybody.',
  }),
  claims: fixed({
    name: 'GATEHOUSE_CLAIMS',
    kind: oneOf('admin', 'first-come'),
    fallback: 'admin',
    description: 'Who may claim a bucket prefix: admins, or any account for itself where it is free.',
  }),
  accessTokenLifetime: fixed({
    name: 'GATEHOUSE_ACCESS_TOKEN_LIFETIME',
    kind: seconds(1, DAY_SECONDS),
    fallback: '900',
    description: 'Seconds that an access token counts before it has to be refreshed.',
  }),
  sessionLifetime: fixed({
    name: 'GATEHOUSE_SESSION_LIFETIME',
    kind: hours(1, TEN_YEARS_HOURS),
    fallback: '720',
    description: 'Hours after which one has to log in again.',
  }),
  signingKeyLifetime: fixed({
    name: 'GATEHOUSE_SIGNING_KEY_LIFETIME',
    kind: hours(1, TEN_YEARS_HOURS),
    fallback: '720',
    description: 'Hours after which another key signs tokens.',
  }),
  loginFailures: fixed({
    name: 'GATEHOUSE_LOGIN_FAILURES',
    kind: integer(1, 1_000_000),
    fallback: '10',
    description:
      'Wrong passwords or codes for an account from one address in 15 minutes, before log-ins wait; ten times as many from all addresses in an hour, twenty times for all accounts from one address.',
  }),
  registrationsPerHour: fixed({
    name: 'GATEHOUSE_REGISTRATIONS_PER_HOUR',
    kind: integer(1, 1_000_000_000),
    fallback: '500',
    description: 'Accounts that may be registered from one address in an hour.',
  }),
  messagesPerDay: fixed({
    name: 'GATEHOUSE_MESSAGES_PER_DAY',
    kind: integer(1, 1_000_000),
    fallback: '10',
    description: 'SMS a day to one number and for one account; mails an hour to one mailbox.',
  }),
  smtpUrl: optional({
    name: 'GATEHOUSE_SMTP_URL',
    kind: mailTransport,
    secret: true,
    whenAbsent: 'mails are written to `<data>/outbox`',
    description: 'Server that mails are sent through, `smtp://user:password@host:587` or `smtps://`.',
  }),
  mailFrom: fixed({
    name: 'GATEHOUSE_MAIL_FROM',
    kind: mailSender,
    fallback: 'Gatehouse <gatehouse@localhost>',
    description: 'Sender of the mails.',
  }),
  smsUrl: optional({
    name: 'GATEHOUSE_SMS_URL',
    kind: smsTransport,
    secret: true,
    whenAbsent: 'no codes by SMS',
    description:
      'How codes are sent by SMS: `twilio://<account sid>:<auth token>@<sender number or messaging service>`, or the URL of a webhook that takes `{"to","text"}`, `https://:<signing key>@host/path`. See docs/accounts.md.',
  }),
  oauthProviders: optional({
    name: 'GATEHOUSE_OAUTH_PROVIDERS',
    kind: oauthProviders,
    secret: true,
    whenAbsent: 'none',
    description:
      'Log-ins elsewhere: JSON like `{"github":{"client_id":"...","client_secret":"..."}}`, or the path of a file with it. See docs/accounts.md.',
  }),
  oauthRedirects: optional({
    name: 'GATEHOUSE_OAUTH_REDIRECTS',
    kind: originList,
    whenAbsent: 'the API itself',
    description: 'Origins of the applications that a log-in elsewhere may return to.',
  }),
  auditRetention: fixed({
    name: 'GATEHOUSE_AUDIT_RETENTION',
    kind: hours(1, TEN_YEARS_HOURS),
    fallback: '8760',
    description: 'Hours that an entry stays in the audit trail.',
  }),
  dialects: fixed({
    name: 'GATEHOUSE_DIALECTS',
    kind: dialectList,
    fallback: 'general,objectstore,middleware,cloudstore,tinycloud',
    description: 'Which of the other HTTP APIs are served: a comma list of names, or `none`.',
  }),
} as const;
