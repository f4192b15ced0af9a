import { createTransport } from 'nodemailer';
import type { Mail, MailTransport } from './mailer.ts';
import { toMessage } from './message.ts';

export interface SmtpOptions {
  /** `smtp://user:password@host:port` or `smtps://`. */
  readonly url: URL;
  readonly from: string;
}

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
const SUBMISSION_PORT = 587;
const SMTPS_PORT = 465;

/** Sends mails through a server, each over a connection of its own. */
export class SmtpTransport implements MailTransport {
  readonly #transporter: ReturnType<typeof createTransporter>;
  readonly #from: string;

  constructor({ url, from }: SmtpOptions) {
    this.#transporter = createTransporter(url);
    this.#from = from;
  }

  async deliver(mail: Mail): Promise<void> {
    await this.#transporter.sendMail(toMessage(mail, this.#from));
  }

  async close(): Promise<void> {
    this.#transporter.close();
  }
}

function createTransporter({ protocol, hostname, port, username, password }: URL) {
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const hasLogin = username !== '';
  return createTransport({
    host,
    port: Number(port) || (secure ? SMTPS_PORT : SUBMISSION_PORT),
    secure,
    // Where a server does not offer TLS somebody may have taken the offer out: a password is not sent then.
    requireTLS: hasLogin && !secure && !isLoopback(host),
    ...(hasLogin ? { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : {}),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
