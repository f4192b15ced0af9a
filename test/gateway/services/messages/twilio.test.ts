import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Messenger, openMessenger } from '../../../../gateway/services/messages/index.ts';
import { smsTransport } from '../../../../gateway/settings/sms.ts';
import { failure } from '../../../metadata/support/fixture.ts';
import { type Loopback, startLoopback } from '../../../support/loopback.ts';

const SID = `AC${'0a'.repeat(16)}`;
const SERVICE = `MG${'1b'.repeat(16)}`;
const MESSAGE = { to: '+15550100123', text: '123456 is your Gatehouse code to log in.' };

/** What Twilio's own documentation shows of the replies of its Messages resource. */
const CREATED = { status: 201, body: { sid: `SM${'2c'.repeat(16)}`, status: 'queued', error_code: null } };

describe('messages through Twilio', () => {
  let api: Loopback;
  before(async () => {
    api = await startLoopback();
  });
  after(() => api.close());
  beforeEach(() => {
    api.reset();
    api.answer = () => CREATED;
  });

  const open = async (sender: string): Promise<Messenger> => {
    const url = `twilio://${SID}:to%2Fken@${sender}?api=${encodeURIComponent(api.url)}`;
    return (await openMessenger(smsTransport.parse(url))) ?? assert.fail();
  };

  test('are posted to the account with its credentials, from a number', async () => {
    await (await open('+15550100999')).send(MESSAGE);
    const [request] = api.requests;
    assert.equal(request?.method, 'POST');
    assert.equal(request.url, `/2010-04-01/Accounts/${SID}/Messages.json`);
    assert.equal(request.headers.authorization, `Basic ${Buffer.from(`${SID}:to/ken`).toString('base64')}`);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(request.body)), {
      To: MESSAGE.to,
      From: '+15550100999',
      Body: MESSAGE.text,
    });
  });

  test('are posted from a messaging service', async () => {
    await (await open(SERVICE)).send(MESSAGE);
    const form = new URLSearchParams(api.requests[0]?.body);
    assert.equal(form.get('MessagingServiceSid'), SERVICE);
    assert.equal(form.has('From'), false);
  });

  test('fail where Twilio refuses, and the error tells its number and no secret', async () => {
    api.answer = () => ({
      status: 400,
      body: { code: 21_211, message: "The 'To' number is not a valid phone number.", status: 400 },
    });
    const messenger = await open('+15550100999');
    await assert.rejects(messenger.send(MESSAGE), (error: Error) => {
      assert.ok(failure('DeliveryFailed')(error));
      assert.match(error.message, /400.*21211/);
      assert.equal(error.cause, undefined);
      return true;
    });
  });

  test('fail where the connection breaks or what answers is not Twilio', async () => {
    const messenger = await open('+15550100999');
    for (const answer of ['hang up', { status: 502 }, { status: 302, headers: { Location: api.url } }] as const) {
      api.answer = () => answer;
      await assert.rejects(messenger.send(MESSAGE), (error: Error) => {
        assert.ok(failure('DeliveryFailed')(error), String(error));
        assert.doesNotMatch(`${error.stack} ${error.cause}`, /to\/ken|dG8v/);
        return true;
      });
    }
  });
});
