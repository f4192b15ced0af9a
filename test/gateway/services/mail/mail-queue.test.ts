import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { MailQueue, type MailQueueOptions } from '../../../../gateway/services/mail/mail-queue.ts';
import type { Mail, MailTransport } from '../../../../gateway/services/mail/mailer.ts';
import { SmtpTransport } from '../../../../gateway/services/mail/smtp-transport.ts';
import { failure } from '../../../metadata/support/fixture.ts';
import { startMailServer } from '../../../support/mail.ts';

const FROM = 'Gatehouse <gatehouse@example.org>';

function mail(to = 'ann@example.org', kind = 'test'): Mail {
  return { kind, to, subject: 'A test', text: 'Text.\n', html: '<p>Text.</p>\n' };
}

/** What was logged, as JSON. */
function openQueue(options: Omit<MailQueueOptions, 'log'>): { queue: MailQueue; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { queue: new MailQueue({ log, ...options }), lines };
}

async function until(isDone: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500 && !isDone(); attempt += 1) await delay(10);
  assert.ok(isDone(), 'it was waited for in vain');
}

describe('mails that wait for their turn', () => {
  test('a mail arrives at a server, from and to whom it should be, as text and as HTML', async () => {
    const server = await startMailServer();
    const { queue } = openQueue({ transport: new SmtpTransport({ url: new URL(server.url), from: FROM }) });
    await queue.send(mail());
    await until(() => server.received.length === 1);
    const [received] = server.received;
    assert.equal(received?.to, 'ann@example.org');
    assert.equal(received?.subject, 'A test');
    assert.match(received?.raw ?? '', /^From: Gatehouse <gatehouse@example\.org>/m);
    assert.match(received?.raw ?? '', /^Auto-Submitted: auto-generated/m);
    assert.match(received?.raw ?? '', /^Content-Type: text\/plain/m);
    assert.match(received?.raw ?? '', /^Content-Type: text\/html/m);
    await queue.close();
    await server.close();
  });

  test('a mail that is refused for now is tried again', async () => {
    let refusals = 2;
    const server = await startMailServer({
      onRcptTo(_address, _session, done) {
        if (refusals === 0) return done();
        refusals -= 1;
        done(Object.assign(new Error('Try again later'), { responseCode: 451 }));
      },
    });
    const transport = new SmtpTransport({ url: new URL(server.url), from: FROM });
    const { queue, lines } = openQueue({ transport, retryDelaysMs: [5, 5, 5] });
    await queue.send(mail());
    await until(() => server.received.length === 1);
    assert.deepEqual(
      lines.map(({ mail: kind, attempt }) => [kind, attempt]),
      [
        ['test', 1],
        ['test', 2],
      ],
    );
    await queue.close();
    await server.close();
  });

  test('a mail that is refused for good is not tried again, and the log says so without the address', async () => {
    let attempts = 0;
    const server = await startMailServer({
      onMailFrom(_address, _session, done) {
        attempts += 1;
        done(Object.assign(new Error('No such sender'), { responseCode: 550 }));
      },
    });
    const transport = new SmtpTransport({ url: new URL(server.url), from: FROM });
    const { queue, lines } = openQueue({ transport, retryDelaysMs: [1, 1] });
    await queue.send(mail());
    await until(() => lines.some(({ msg }) => msg === 'a mail was not sent'));
    await queue.close();
    await server.close();
    assert.equal(attempts, 1);
    assert.equal(lines.length, 1);
  });

  test('where nobody listens it is given up after a few attempts', async () => {
    const server = await startMailServer();
    await server.close();
    const transport = new SmtpTransport({ url: new URL(server.url), from: FROM });
    const { queue, lines } = openQueue({ transport, retryDelaysMs: [1, 1] });
    await queue.send(mail());
    await until(() => lines.length === 3);
    await queue.close();
    assert.deepEqual(
      lines.map(({ attempt, level }) => [attempt, level]),
      [
        [1, 40],
        [2, 40],
        [3, 50],
      ],
    );
  });

  test('no more mails are held than there is room for, and those that fail are held', async () => {
    const { queue } = openQueue({ transport: stuckTransport(), capacity: 3, closeWaitMs: 1 });
    for (const to of ['a@example.org', 'b@example.org', 'c@example.org']) await queue.send(mail(to));
    await assert.rejects(queue.send(mail()), failure('SlowDown'));
    await queue.close();
  });

  test('one mail that takes its time does not keep others waiting', async () => {
    const sent: string[] = [];
    const transport: MailTransport = {
      deliver: async ({ to }) => (to === 'slow@example.org' ? new Promise(() => undefined) : void sent.push(to)),
      close: async () => undefined,
    };
    const { queue } = openQueue({ transport, closeWaitMs: 1 });
    await queue.send(mail('slow@example.org'));
    await queue.send(mail('quick@example.org'));
    await until(() => sent.includes('quick@example.org'));
    await queue.close();
  });

  test('closing waits for what is under way, and takes no more', async () => {
    const sent: string[] = [];
    const transport: MailTransport = {
      async deliver({ to }) {
        await delay(5);
        sent.push(to);
      },
      close: async () => undefined,
    };
    const { queue, lines } = openQueue({ transport });
    for (let count = 0; count < 10; count += 1) await queue.send(mail());
    await queue.close();
    assert.equal(sent.length, 10);
    assert.deepEqual(lines, []);
    await assert.rejects(queue.send(mail()), failure('SlowDown'));
  });

  test('closing does not wait for ever, and tells how many were lost', async () => {
    const { queue, lines } = openQueue({ transport: stuckTransport(), closeWaitMs: 5 });
    for (let count = 0; count < 6; count += 1) await queue.send(mail());
    await queue.close();
    assert.deepEqual(
      lines.map(({ mails }) => mails),
      [6],
    );
  });

  test('a password is not sent over a connection without TLS to another machine', async () => {
    const server = await startMailServer({
      authOptional: false,
      onAuth: (_auth, _session, done) => done(null, { user: 'x' }),
    });
    const port = new URL(server.url).port;
    // Loopback by a name that does not look like it.
    const transport = new SmtpTransport({ url: new URL(`smtp://ann:secret@[::ffff:127.0.0.1]:${port}`), from: FROM });
    await assert.rejects(transport.deliver(mail()), /TLS/i);
    assert.equal(server.received.length, 0);
    await transport.close();
    await server.close();
  });

  test('a login of the URL is used, with what was percent-encoded in it', async () => {
    const logins: unknown[] = [];
    const server = await startMailServer({
      authOptional: false,
      hideSTARTTLS: true,
      allowInsecureAuth: true,
      onAuth({ username, password }, _session, done) {
        logins.push([username, password]);
        done(null, { user: 'ann' });
      },
    });
    const url = new URL(server.url.replace('//', '//ann%40example.org:p%40ss%3Aw@'));
    const transport = new SmtpTransport({ url, from: FROM });
    await transport.deliver(mail());
    await transport.close();
    await server.close();
    assert.deepEqual(logins, [['ann@example.org', 'p@ss:w']]);
    assert.equal(server.received.length, 1);
  });
});

function stuckTransport(): MailTransport {
  return { deliver: () => new Promise(() => undefined), close: async () => undefined };
}
