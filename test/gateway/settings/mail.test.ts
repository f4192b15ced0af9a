import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mailSender, mailTransport } from '../../../gateway/settings/mail.ts';

describe('the settings of mail', () => {
  for (const text of [
    'smtp://mail.example.org',
    'smtps://mail.example.org:465',
    'smtp://ann%40example.org:p%25ss@mail.example.org:587',
    'smtp://[::1]:2525',
  ]) {
    test(`${text} is a server`, () => assert.equal(mailTransport.parse(text)?.href, text));
  }

  for (const text of ['mail.example.org', 'https://mail.example.org', 'smtp://', 'smtp://ann:100%@mail.example.org']) {
    test(`${text} is none`, () => assert.equal(mailTransport.parse(text), undefined));
  }

  test('a password with bytes that are no text is refused', () => {
    assert.equal(mailTransport.parse('smtp://ann:%ff@mail.example.org'), undefined);
  });

  for (const text of ['gate@example.org', 'Gatehouse <gate@example.org>', 'Gate House <gate@localhost>']) {
    test(`${text} is a sender`, () => assert.equal(mailSender.parse(text), text));
  }

  for (const text of [
    '',
    'gate',
    'Gatehouse',
    'a <b@c> d',
    'gate@example.org\r\nBcc: x@y.z',
    'A\n<gate@example.org>',
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(mailSender.parse(text), undefined));
  }
});
