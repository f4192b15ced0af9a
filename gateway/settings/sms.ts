import type { Kind } from './kinds.ts';

/** How a text message is sent: by Twilio, or by whatever answers at a URL. */
export type SmsTransport =
  | { readonly kind: 'twilio'; readonly accountSid: string; readonly authToken: string; readonly sender: string }
  | { readonly kind: 'webhook'; readonly url: URL };

export const smsTransport: Kind<SmsTransport> = {
  allowed: 'a URL, twilio://<account sid>:<auth token>@<sender> or that of an http(s) webhook',
  parse: (text) => {
    const twilio = /^twilio:\/\/(AC[0-9a-zA-Z]+):([^@/]+)@(\+?[0-9A-Za-z]+)$/.exec(text);
    if (twilio !== null) {
      const [, accountSid = '', authToken = '', sender = ''] = twilio;
      return { kind: 'twilio', accountSid, authToken: decodeURIComponent(authToken), sender };
    }
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && /^https?:$/.test(url.protocol) ? { kind: 'webhook', url } : undefined;
  },
};
