/** A mail of ours to one mailbox. */
export interface Mail {
  /** What it is, for the log: 'verify-email'. */
  readonly kind: string;
  /** One address, checked by `requireEmail`. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Sends mails in its own time. */
export interface Mailer {
  /**
   * Takes a mail. Resolves before it is delivered, and nobody is told whether it was: what could not be is logged.
   * @throws Failure `SlowDown` when too many are waiting
   */
  send(mail: Mail): Promise<void>;
  /** Takes no more, waits a moment for those under way, and gives up the rest. */
  close(): Promise<void>;
}

/** A way that mails go. */
export interface MailTransport {
  /**
   * Resolves when somebody else answers for the mail: a server, or the disk. Rejects when it may not have gone; an error
   * with a `responseCode` of 500 or more says that it never will.
   */
  deliver(mail: Mail): Promise<void>;
  close(): Promise<void>;
}
