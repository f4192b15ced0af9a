import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addApiUser, askApi } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { tokenIn, waitForMail } from '../../support/mail.ts';

describe('the pages that links in mails lead to', () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway();
  });
  after(() => gateway.stop());

  for (const path of ['/email-verifications', '/password-resets']) {
    test(`${path} is a page that runs its own script and nothing else`, async () => {
      const { status, headers, text } = await askApi(gateway, path);
      assert.equal(status, 200);
      assert.match(headers.get('content-type') ?? '', /^text\/html/);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe/);
      for (const kind of ['script', 'style']) {
        const source = new RegExp(`<${kind}>([^]*)</${kind}>`).exec(text)?.[1] ?? '';
        const digest = createHash('sha256').update(source).digest('base64');
        assert.ok(policy.includes(`${kind}-src 'sha256-${digest}'`), kind);
      }
      // Neither handlers nor styles in attributes, which the policy would not let run.
      assert.doesNotMatch(text, / (on\w+|style)=/);
    });

    test(`${path} shows nothing of what a request holds`, async () => {
      const plain = await askApi(gateway, path);
      const { text } = await askApi(gateway, `${path}?token=<script>alert(1)</script>`);
      assert.equal(text, plain.text);
    });
  }

  test('opening a link changes nothing, however often a mail scanner does', async () => {
    const { token } = await addApiUser(gateway, 'ann', { email: 'ann@example.org' });
    await askApi(gateway, '/accounts/me/email/verification', { method: 'POST', token });
    const mail = await waitForMail(gateway, 'ann@example.org');
    const link = /http\S+/.exec(mail.text)?.[0] ?? '';
    for (const url of [link, link, link.replace('#', '?token=')]) assert.equal((await fetch(url)).status, 200);
    assert.equal((await askApi(gateway, '/accounts/me', { token })).body.email_verified, false);
    // What the page's button does.
    const body = { token: tokenIn(mail) };
    const pressed = await askApi(gateway, '/email-verifications', { method: 'POST', body, token });
    assert.equal(pressed.status, 204);
  });
});
