import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Mail } from '../../../../gateway/services/mail/mailer.ts';
import { Outbox } from '../../../../gateway/services/mail/outbox.ts';
import { parseMail } from '../../../support/mail.ts';

const FROM = 'Gatehouse <gatehouse@example.org>';
const MAIL: Mail = { kind: 'test', to: 'ann@example.org', subject: 'A test', text: 'Text.\n', html: '<p>Text.</p>\n' };

describe('mails as files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-outbox-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('a mail becomes a whole file that only its owner reads, in a folder of the same kind', async () => {
    const path = join(folder, 'made', 'outbox');
    const outbox = new Outbox({ folder: path, from: FROM });
    await outbox.deliver(MAIL);
    const names = await readdir(path);
    assert.equal(names.length, 1);
    const name = names[0] ?? '';
    assert.match(name, /^[0-9a-z]{26}\.eml$/);
    assert.equal((await stat(join(path, name))).mode & 0o777, 0o600);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    const { to, subject, text } = parseMail(await readFile(join(path, name), 'utf8'));
    assert.deepEqual([to, subject], ['ann@example.org', 'A test']);
    assert.match(text, /Text\.\r\n/);
    assert.match(text, /<p>Text\.<\/p>/);
  });

  test('a folder that others could read is closed to them', async () => {
    const path = await mkdtemp(join(folder, 'open-'));
    await chmod(path, 0o755);
    await new Outbox({ folder: path, from: FROM }).deliver(MAIL);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
  });

  test('no mail takes the place of another', async () => {
    const path = join(folder, 'many');
    const outbox = new Outbox({ folder: path, from: FROM });
    for (let count = 0; count < 5; count += 1) await outbox.deliver({ ...MAIL, subject: `Mail ${count}` });
    const mails = await Promise.all((await readdir(path)).map((name) => readFile(join(path, name), 'utf8')));
    assert.deepEqual(mails.map((raw) => parseMail(raw).subject).sort(), [
      'Mail 0',
      'Mail 1',
      'Mail 2',
      'Mail 3',
      'Mail 4',
    ]);
  });

  test('what cannot be written rejects, and leaves nothing', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    await assert.rejects(new Outbox({ folder: path, from: FROM }).deliver(MAIL));
    assert.equal(await readFile(path, 'utf8'), '');
  });
});
