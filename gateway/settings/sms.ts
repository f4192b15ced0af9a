import type { Kind } from './kinds.ts';

/** How a text message is sent: by Twilio, or by whatever answers at a URL. */
export type SmsTransport =
  | {
      readonly kind: 'twilio';
      readonly accountSid: string;
      readonly authToken: string;
      readonly sender: string;
      /** Where the API is, when it is not Twilio's own address. */
      readonly apiUrl: URL | undefined;
    }
  /** The key is what bodies are signed with. */
  | { readonly kind: 'webhook'; readonly url: URL; readonly key: string | undefined };

export const smsTransport: Kind<SmsTransport> = {
  allowed:
    'a URL: twilio://<account sid>:<auth token>@<sender>, or that of a webhook, https://:<key>@host/path or without a key',
  parse: (text) => (text.startsWith('twilio:') ? parseTwilio(text) : parseWebhook(text)),
};

function parseTwilio(text: string): SmsTransport | undefined {
  // A sender is no host: its case counts, and it may begin with a plus.
  const match = /^twilio:\/\/(AC[0-9a-zA-Z]+):([^@/?]+)@(\+?[0-9A-Za-z]+)(?:\?api=(.+))?$/.exec(text);
  if (match === null) return undefined;
  const [, accountSid = '', token = '', sender = '', api] = match;
  const authToken = decode(token);
  const apiUrl = api === undefined ? undefined : httpUrl(decode(api) ?? '');
  if (authToken === undefined || (api !== undefined && apiUrl === undefined)) return undefined;
  return { kind: 'twilio', accountSid, authToken, sender, apiUrl };
}

/** The key stands where a URL has a password. */
function parseWebhook(text: string): SmsTransport | undefined {
  const url = httpUrl(text);
  if (url === undefined || url.username !== '') return undefined;
  const key = decode(url.password);
  if (key === undefined) return undefined;
  url.password = '';
  return { kind: 'webhook', url, key: key === '' ? undefined : key };
}

function httpUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
