import type { Twilio } from 'twilio';
import { Failure } from '../../../metadata/index.ts';
import { type Message, type Messenger, SEND_TIMEOUT_MS } from './messenger.ts';

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** A number or a name that messages come from, or a messaging service (`MG...`) that chooses one. */
  readonly sender: string;
  /** Where the API is, when it is not Twilio's own address. */
  readonly apiUrl: URL | undefined;
}

const TWILIO_API = 'https://api.twilio.com';

/** Sends messages through Twilio. The SDK takes a quarter of a second to load: only who uses it waits for it, at start. */
export async function openTwilio(options: TwilioOptions): Promise<Messenger> {
  const { default: twilio } = await import('twilio');
  const { accountSid, authToken, sender, apiUrl } = options;
  const origin = apiUrl?.origin ?? TWILIO_API;
  /** Twilio's own client, which knows no other address than theirs. */
  class Client extends twilio.RequestClient {
    override request: InstanceType<typeof twilio.RequestClient>['request'] = (request) =>
      super.request({ ...request, uri: request.uri.replace(TWILIO_API, origin) });
  }
  const httpClient = new Client({ timeout: SEND_TIMEOUT_MS });
  return new TwilioMessenger(twilio(accountSid, authToken, { httpClient }), sender);
}

class TwilioMessenger implements Messenger {
  readonly #client: Twilio;
  readonly #from: { readonly from: string } | { readonly messagingServiceSid: string };

  constructor(client: Twilio, sender: string) {
    this.#client = client;
    this.#from = /^MG[0-9a-f]{32}$/i.test(sender) ? { messagingServiceSid: sender } : { from: sender };
  }

  async send({ to, text }: Message): Promise<void> {
    await this.#client.messages.create({ to, body: text, ...this.#from }).catch((error: unknown) => {
      // Not as the cause: it holds the request, and that the credentials.
      throw new Failure('DeliveryFailed', refusalOf(error));
    });
  }
}

/** Twilio's own number of what is wrong, which its documentation explains to operators. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const code = 'code' in error && typeof error.code === 'number' ? ` with error ${error.code}` : '';
  return `Twilio answered ${error.status}${code}.`;
}
