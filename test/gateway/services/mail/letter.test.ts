import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { writeMail } from '../../../../gateway/services/mail/letter.ts';
import { inviteLetter, resetPasswordLetter, verifyEmailLetter } from '../../../../gateway/services/mail/letters.ts';

const TOKEN = 'a'.repeat(43);
const LINK_BASE = 'https://gatehouse.example.org/api/v1';

describe('letters', () => {
  test('a link has its token behind the #, and is the same in both forms', () => {
    const { text, html } = writeMail('a@b.c', resetPasswordLetter('ann', { token: TOKEN, linkBase: LINK_BASE }));
    const link = `${LINK_BASE}/password-resets#${TOKEN}`;
    assert.ok(text.includes(link));
    assert.ok(html.includes(`<a href="${link}">${link}</a>`));
  });

  test('where nobody vouches for our name there is a token, and no link', () => {
    const { text, html } = writeMail('a@b.c', verifyEmailLetter('ann', { token: TOKEN, linkBase: undefined }));
    assert.ok(text.includes(`  ${TOKEN}\n`));
    assert.ok(text.includes('/api/v1/email-verifications'));
    assert.ok(html.includes(`<code>${TOKEN}</code>`));
    assert.doesNotMatch(text + html, /https?:|href/);
  });

  test('a user cannot put markup into a mail, nor anything into its subject', () => {
    const name = `<img src=x onerror="alert('1')">&\r\nBcc: eve@example.org`;
    for (const letter of [verifyEmailLetter, resetPasswordLetter]) {
      const { subject, html } = writeMail('a@b.c', letter(name, { token: TOKEN, linkBase: LINK_BASE }));
      assert.doesNotMatch(html, /<img/);
      assert.ok(html.includes('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;'));
      assert.doesNotMatch(subject, /Bcc|img|[\r\n]/);
    }
  });

  test('an invite names the place where it is good', () => {
    const { text } = writeMail('a@b.c', inviteLetter({ token: TOKEN, linkBase: LINK_BASE }));
    assert.match(text, /https:\/\/gatehouse\.example\.org\b/);
    assert.ok(text.includes(TOKEN));
  });
});
