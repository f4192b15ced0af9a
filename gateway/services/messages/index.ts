import type { SmsTransport } from '../../settings/sms.ts';
import type { Messenger } from './messenger.ts';
import { openTwilio } from './twilio.ts';
import { WebhookMessenger } from './webhook.ts';

export type { Message, Messenger } from './messenger.ts';

/** What messages are sent with, as it is set; undefined where nothing is. */
export async function openMessenger(transport: SmsTransport | undefined): Promise<Messenger | undefined> {
  if (transport === undefined) return undefined;
  return transport.kind === 'twilio' ? openTwilio(transport) : new WebhookMessenger(transport);
}
