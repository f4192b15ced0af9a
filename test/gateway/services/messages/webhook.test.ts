import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { openMessenger } from '../../../../gateway/services/messages/index.ts';
import { smsTransport } from '../../../../gateway/settings/sms.ts';
import { failure } from '../../../metadata/support/fixture.ts';
import { type Loopback, startLoopback } from '../../../support/loopback.ts';

const MESSAGE = { to: '+15550100123', text: '123456 is your Gatehouse code to log in.' };

describe('messages through a webhook', () => {
  let hook: Loopback;
  before(async () => {
    hook = await startLoopback();
  });
  after(() => hook.close());
  beforeEach(() => hook.reset());

  const send = async (url: string) => (await openMessenger(smsTransport.parse(url)))?.send(MESSAGE);

  test('are posted as JSON, signed with the key of the URL', async () => {
    await send(hook.url.replace('http://', 'http://:k%C3%A9y%2F1@'));
    const [request, ...others] = hook.requests;
    assert.equal(others.length, 0);
    assert.equal(request?.method, 'POST');
    assert.equal(request.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(request.body), MESSAGE);
    const signature = createHmac('sha256', 'kéy/1').update(request.body).digest('hex');
    assert.equal(request.headers['x-gatehouse-signature'], `sha256=${signature}`);
    assert.equal(request.headers.authorization, undefined);
  });

  test('are not signed where the URL has no key', async () => {
    await send(hook.url);
    assert.equal(hook.requests[0]?.headers['x-gatehouse-signature'], undefined);
  });

  test('are sent once more where the webhook is broken, and no more than that', async () => {
    hook.answer = () => ({ status: hook.requests.length === 1 ? 503 : 204 });
    await send(hook.url);
    assert.equal(hook.requests.length, 2);
    hook.reset();
    hook.answer = () => ({ status: 500 });
    await assert.rejects(send(hook.url), failure('DeliveryFailed'));
    assert.equal(hook.requests.length, 2);
  });

  test('are sent once more where the connection breaks', async () => {
    hook.answer = () => (hook.requests.length === 1 ? 'hang up' : { status: 200 });
    await send(hook.url);
    assert.equal(hook.requests.length, 2);
  });

  test('are not sent again where the webhook refuses them', async () => {
    hook.answer = () => ({ status: 400 });
    await assert.rejects(send(hook.url), failure('DeliveryFailed'));
    assert.equal(hook.requests.length, 1);
  });

  test('go to nobody that the webhook points at', async () => {
    hook.answer = () => ({ status: 307, headers: { Location: `${hook.url}elsewhere` } });
    await assert.rejects(send(hook.url), failure('DeliveryFailed'));
    assert.deepEqual(
      hook.requests.map(({ url }) => url),
      ['/'],
    );
  });

  test('fail where nobody listens, and the error has nothing of the URL', async () => {
    await assert.rejects(send('http://:secret-key@127.0.0.1:1/secret-path'), (error: Error) => {
      assert.ok(failure('DeliveryFailed')(error));
      assert.doesNotMatch(`${error.stack} ${error.cause}`, /secret/);
      return true;
    });
  });
});
