import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { smsTransport } from '../../../gateway/settings/sms.ts';

const SID = `AC${'0'.repeat(32)}`;

describe('how SMS are sent', () => {
  test('through Twilio, from a number, a name or a messaging service', () => {
    for (const sender of ['+15550100999', 'Gatehouse', `MG${'1'.repeat(32)}`]) {
      assert.deepEqual(smsTransport.parse(`twilio://${SID}:to%40ken@${sender}`), {
        kind: 'twilio',
        accountSid: SID,
        authToken: 'to@ken',
        sender,
        apiUrl: undefined,
      });
    }
  });

  test('through a webhook, whose key is no part of the URL that is asked', () => {
    assert.deepEqual(smsTransport.parse('https://:a%3Ab@hook.example.org/sms?x=1'), {
      kind: 'webhook',
      url: new URL('https://hook.example.org/sms?x=1'),
      key: 'a:b',
    });
    assert.deepEqual(smsTransport.parse('http://127.0.0.1:8080/'), {
      kind: 'webhook',
      url: new URL('http://127.0.0.1:8080/'),
      key: undefined,
    });
  });

  test('by nothing else', () => {
    const refused = [
      '',
      'hook.example.org',
      'ftp://hook.example.org',
      'https://user:key@hook.example.org/',
      'https://:%zz@hook.example.org/',
      `twilio://${SID}@+15550100999`,
      `twilio://${SID}:%zz@+15550100999`,
      `twilio://${SID}:token@`,
      `twilio://${SID}:token@+15550100999?api=nowhere`,
      'twilio://XX:token@+15550100999',
    ];
    for (const text of refused) assert.equal(smsTransport.parse(text), undefined, text);
  });
});
