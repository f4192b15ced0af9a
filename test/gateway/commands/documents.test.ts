import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Gatehouse } from '../../support/gatehouse.ts';
import { GatewayProcess } from '../../support/process.ts';

let gateway: GatewayProcess;
let gatehouse: Gatehouse;

before(async () => {
  gateway = await GatewayProcess.start();
  gatehouse = new Gatehouse(gateway.folder);
  await gatehouse.json('user', 'add', 'ann');
});
after(() => gateway.stop());

test('documents import and export beside a running gateway', async () => {
  const [source, target] = [join(gateway.folder, 'in.json'), join(gateway.folder, 'out.json')];
  await writeFile(source, '{"_id":"a","n":1}\n{"_id":"b","at":{"$date":"2026-01-02T03:04:05Z"}}\nnonsense\n');
  const where = ['--account', 'ann', '--collection', 'workers'];
  const imported = await gatehouse.run('documents', 'import', ...where, '--file', source);
  assert.equal(imported.status, 0, imported.complaint);
  assert.equal(imported.text, '2 documents imported, 1 failed.');
  assert.match(imported.complaint, /^line 3: /m);
  const again = await gatehouse.json<object>('documents', 'import', ...where, '--mode', 'upsert', '--file', source);
  assert.deepEqual({ ...again, errors: [] }, { imported: 2, failed: 1, errors: [] });
  const exported = await gatehouse.run('documents', 'export', ...where, '--file', target);
  assert.equal(exported.status, 0, exported.complaint);
  assert.match(exported.complaint, /2 documents exported\./);
  const lines = (await readFile(target, 'utf8')).trimEnd().split('\n');
  assert.deepEqual(lines, ['{"_id":"a","n":1}', '{"_id":"b","at":{"$date":"2026-01-02T03:04:05.000Z"}}']);
  const printed = await gatehouse.run('documents', 'export', ...where, '--jsonArray');
  assert.deepEqual(
    JSON.parse(printed.text),
    lines.map((line) => JSON.parse(line)),
  );
});

test('documents says in a line what is wrong', async () => {
  const missing = await gatehouse.run('documents', 'export', '--account', 'ann', '--collection', 'nothing');
  assert.deepEqual([missing.status, missing.complaint], [1, "There is no collection 'nothing'.\n"]);
  const nobody = await gatehouse.run('documents', 'export', '--account', 'nobody', '--collection', 'x');
  assert.equal(nobody.status, 1);
  const file = ['--file', join(gateway.folder, 'none.json')];
  const unread = await gatehouse.run('documents', 'import', '--account', 'ann', '--collection', 'x', ...file);
  assert.equal(unread.status, 1);
  assert.match(unread.complaint, /^ENOENT/);
});
