import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { TestGateway } from './gateway.ts';

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly to: string;
  readonly subject: string;
  /** All of it, decoded from quoted-printable. */
  readonly text: string;
  /** As it came. */
  readonly raw: string;
}

export interface MailServer {
  readonly url: string;
  readonly received: ReceivedMail[];
  close(): Promise<void>;
}

/** A real SMTP server on loopback. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push(parseMail(Buffer.concat(chunks).toString()));
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined); // of clients that break off
  const { server: listener } = server;
  server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export function parseMail(raw: string): ReceivedMail {
  const text = raw
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return { to: header(raw, 'To'), subject: header(raw, 'Subject'), text, raw };
}

function header(raw: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(raw)?.[1]?.trim() ?? '';
}

/** All mails of a gateway without a mail server, the oldest first. */
export async function readOutbox({ dataFolder }: TestGateway): Promise<ReceivedMail[]> {
  const folder = join(dataFolder, 'outbox');
  const names = await readdir(folder).catch(() => []);
  const mails = names.filter((name) => name.endsWith('.eml')).sort();
  return Promise.all(mails.map(async (name) => parseMail(await readFile(join(folder, name), 'utf8'))));
}

/** Waits until so many mails to an address have come, and gives the last one. */
export async function waitForMail(gateway: TestGateway, to: string, count = 1): Promise<ReceivedMail> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const mails = (await readOutbox(gateway)).filter((mail) => mail.to === to);
    const mail = mails[count - 1];
    if (mail !== undefined) return mail;
    await delay(10);
  }
  return assert.fail(`no mail ${count} came to ${to}`);
}

/** The token of a mail: 43 letters of base64url. */
export function tokenIn({ text }: ReceivedMail): string {
  const token = /(?:#|^ {2})([\w-]{43})\s*$/m.exec(text)?.[1];
  assert.ok(token !== undefined, text);
  return token;
}
