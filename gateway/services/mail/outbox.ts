import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { newId } from '../../ids.ts';
import type { Mail, MailTransport } from './mailer.ts';
import { toMessage } from './message.ts';

export interface OutboxOptions {
  readonly folder: string;
  readonly from: string;
}

/** Keeps mails as files, where there is no server to send them: for whoever may read the folder, and nobody else. */
export class Outbox implements MailTransport {
  readonly #composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Resolves when the file `<id>.eml` is durable. A crash leaves it whole, or a `.part` that nobody takes for a mail. */
  async deliver(mail: Mail): Promise<void> {
    const { folder, from } = this.#options;
    const { message } = await this.#composer.sendMail(toMessage(mail, from));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const path = join(folder, `${newId()}.eml`);
    try {
      // The composer buffers, so it is no stream.
      await writeDurably(`${path}.part`, message as Buffer);
      await rename(`${path}.part`, path);
    } catch (error) {
      await rm(`${path}.part`, { force: true });
      throw error;
    }
    await syncFolder(folder);
  }

  async close(): Promise<void> {
    this.#composer.close();
  }
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
