import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Gatehouse } from '../../support/gatehouse.ts';
import { GatewayProcess } from '../../support/process.ts';

interface Key {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly status: string;
  readonly version: number;
  readonly created_at: string;
}

let gateway: GatewayProcess;
let gatehouse: Gatehouse;

before(async () => {
  gateway = await GatewayProcess.start();
  gatehouse = new Gatehouse(gateway.folder);
});
after(() => gateway.stop());

const kmsKey = (...words: readonly string[]) => gatehouse.json<Key>('kms-key', ...words);

/** A command that must be refused in one line on standard error, with nothing on standard output. */
async function refused(words: readonly string[], [status, message]: [number, RegExp]): Promise<void> {
  const finished = await gatehouse.run('kms-key', ...words);
  assert.deepEqual([finished.status, finished.text], [status, ''], finished.complaint);
  assert.match(finished.complaint, message);
  assert.doesNotMatch(finished.complaint, /\n\s+at /, 'no stack for what the user can mend');
}

describe('kms-key', () => {
  test('create prints what requests may call the key by', async () => {
    const key = await kmsKey('create', 'photos');
    assert.deepEqual(Object.keys(key).sort(), ['arn', 'created_at', 'id', 'name', 'status', 'version']);
    assert.match(key.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(key.arn, `arn:aws:kms:us-east-1:000000000000:key/${key.id}`);
    assert.deepEqual([key.name, key.status, key.version], ['photos', 'enabled', 1]);
  });

  test('list tells every key, and never what it is', async () => {
    const { id } = await kmsKey('create', 'listed');
    const rows = await gatehouse.json<Key[]>('kms-key', 'list');
    const row = rows.find(({ name }) => name === 'listed');
    assert.deepEqual([row?.id, row?.status, row?.version], [id, 'enabled', 1]);
    const { text } = await gatehouse.run('kms-key', 'list');
    assert.match(text, /^name +status +version +created_at +id\n/);
    assert.match(text, new RegExp(`^listed +enabled +1 +\\S+ +${id}$`, 'm'));
    assert.doesNotMatch(text + JSON.stringify(rows), /v1\.|material/);
  });

  test('rotate, disable and enable take a name, an alias or an id', async () => {
    const { id } = await kmsKey('create', 'changing');
    assert.equal((await kmsKey('rotate', 'changing')).version, 2);
    assert.equal((await kmsKey('rotate', id)).version, 3);
    assert.equal((await kmsKey('disable', 'alias/changing')).status, 'disabled');
    const rows = await gatehouse.json<Key[]>('kms-key', 'list');
    const row = rows.find(({ name }) => name === 'changing');
    assert.deepEqual([row?.status, row?.version], ['disabled', 3]);
    assert.equal((await kmsKey('enable', id)).status, 'enabled');
  });

  test('without --json it is said in words', async () => {
    for (const [command, words] of [
      ['create', /^Created the key 'wordy' \(\S{36}\)\.$/],
      ['rotate', /^Rotated the key 'wordy': version 2 is used from now on\.$/],
      ['disable', /^Disabled the key 'wordy'\.$/],
      ['enable', /^Enabled the key 'wordy'\.$/],
    ] as const) {
      const { status, text } = await gatehouse.run('kms-key', command, 'wordy');
      assert.equal(status, 0);
      assert.match(text, words);
    }
  });

  test('refuses what cannot be', async () => {
    await kmsKey('create', 'twice');
    await Promise.all([
      refused(['create', 'twice'], [1, /A key named 'twice' exists/]),
      refused(['create', 'with space'], [1, /key name has 1 to 250/]),
      refused(['create', 'aws/mine'], [1, /begin with aws\/ are reserved/]),
      refused(['rotate', 'nobody'], [1, /no key named 'nobody'/]),
      refused(['disable', 'nobody'], [1, /no key named 'nobody'/]),
      refused(['enable', 'nobody'], [1, /no key named 'nobody'/]),
      refused(['disable'], [2, /missing required argument/]),
      refused(['delete', 'twice'], [2, /unknown command/]),
      refused(['create', 'a', 'b'], [2, /too many arguments/]),
    ]);
  });

  test('is in the help', async () => {
    assert.match((await gatehouse.run('--help')).text, /^ {2}kms-key/m);
  });
});
