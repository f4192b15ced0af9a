import type { Kind } from './kinds.ts';

/** An SMTP server, with the credentials in its URL. */
export const mailTransport: Kind<URL> = {
  allowed: 'a URL like smtp://user:password@mail.example.org:587 or smtps://mail.example.org',
  parse: (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isServer = url !== undefined && /^smtps?:$/.test(url.protocol) && url.hostname !== '';
    return isServer && isEncoded(url.username) && isEncoded(url.password) ? url : undefined;
  },
};

/** A percent sign of its own is `%25`. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Who mails come from: an address, or a name and an address. */
export const mailSender: Kind<string> = {
  allowed: 'an e-mail address, or a name and an address in angle brackets',
  parse: (text) => (/^([^<>\r\n]+ )?<[^<>@\s]+@[^<>@\s]+>$|^[^<>@\s]+@[^<>@\s]+$/.test(text) ? text : undefined),
};
