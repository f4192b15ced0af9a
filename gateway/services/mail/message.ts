import type { Mail } from './mailer.ts';

/** A mail as nodemailer takes it. Nothing in it names a file or URL that would be read. */
export function toMessage({ to, subject, text, html }: Mail, from: string) {
  return {
    from,
    // As an object: it is one address, whatever characters it has.
    to: { name: '', address: to },
    subject,
    text,
    html,
    // Nobody's absence is to answer it (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
