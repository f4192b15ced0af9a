import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { openTestDrive, type TestDrive } from '../../support/drives.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let cary: ApiUser;
let drive: TestDrive;
before(async () => {
  gateway = await startGateway();
  cary = await addApiUser(gateway, 'cary');
  drive = await openTestDrive(gateway, 'cary');
});
after(() => gateway.stop());

interface Item {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly size_bytes: number | null;
}

async function page(
  query: Record<string, string>,
  token = cary.token,
): Promise<{ items: Item[]; next: string | null }> {
  const reply = await askApi(gateway, `/files?${new URLSearchParams(query)}`, { token });
  assert.equal(reply.status, 200, reply.text);
  return reply.body;
}

/** All pages of a list. */
async function listAll(query: Record<string, string>, token?: string): Promise<string[]> {
  const paths: string[] = [];
  let next: string | null = null;
  do {
    const found: { items: Item[]; next: string | null } = await page(
      { ...query, ...(next !== null && { cursor: next }) },
      token,
    );
    paths.push(...found.items.map(({ path }) => path));
    next = found.next;
  } while (next !== null);
  return paths;
}

describe('A list of files', () => {
  test('of a new drive shows the three fields at the root, and nothing else', async () => {
    const { token } = await addApiUser(gateway, 'newcomer');
    const { items, next } = await page({ delimiter: '/' }, token);
    assert.deepEqual(
      items.map(({ path, kind, name, size_bytes }) => [path, kind, name, size_bytes]),
      [
        ['mere/', 'folder', 'mere', null],
        ['special/', 'folder', 'special', null],
        ['temporary/', 'folder', 'temporary', null],
      ],
    );
    assert.equal(next, null);
    assert.deepEqual((await page({}, token)).items, []);
    assert.deepEqual((await page({ delimiter: '/', prefix: 'mere/' }, token)).items, []);
    assert.deepEqual(await listAll({ delimiter: '/', prefix: 's' }, token), ['special/']);
    for (const limit of ['1', '2']) assert.equal((await listAll({ delimiter: '/', limit }, token)).length, 3);
  });

  test('rolls folders up at the delimiter, in the order of bytes', async () => {
    await drive.put('a/1', 'a/2', 'a/b/3', 'b', 'mere/x', 'ü', 'A', 'a b', 'a/', '🔑', '\uffee');
    const root = ['A', 'a b', 'a/', 'b', 'mere/', 'special/', 'temporary/', 'ü', '\uffee', '🔑'];
    assert.deepEqual(await listAll({ delimiter: '/' }), root);
    for (const limit of ['1', '2', '3', '7']) assert.deepEqual(await listAll({ delimiter: '/', limit }), root, limit);
    assert.deepEqual(await listAll({ delimiter: '/', prefix: 'a/' }), ['a/1', 'a/2', 'a/b/']);
    assert.deepEqual(await listAll({ prefix: 'a/' }), ['a/1', 'a/2', 'a/b/3']);
    assert.deepEqual(await listAll({ prefix: 'a' }), ['a b', 'a/', 'a/1', 'a/2', 'a/b/3']);
    assert.deepEqual(await listAll({ prefix: 'nothing' }), []);
  });

  test('tells of each file what is known of it', async () => {
    await askApi(gateway, '/files/told.json', {
      method: 'PUT',
      body: { a: 1 },
      token: cary.token,
      headers: { 'X-Meta-Author': 'Cary' },
    });
    const { items } = await page({ prefix: 'told.json' });
    const info = await askApi(gateway, '/files/told.json?info', { token: cary.token });
    const { expires_at: _, shares: __, links: ___, ...known } = info.body;
    assert.deepEqual(items, [known]);
  });

  test('shows nothing of the trash', async () => {
    await drive.put('.sooner', '.trashy', '0later');
    for (const path of ['t1', 't2', 't3']) {
      await drive.put(path);
      const init = { method: 'DELETE', token: cary.token };
      assert.equal((await askApi(gateway, `/files/${path}`, init)).status, 204);
    }
    for (const limit of ['1', '2', '3', '1000']) {
      for (const delimiter of ['', '/']) {
        const paths = await listAll({ delimiter, limit });
        assert.ok(!paths.some((path) => path.startsWith('.trash/')), `${limit} ${delimiter}`);
        assert.deepEqual(paths.slice(0, 3), ['.sooner', '.trashy', '0later']);
      }
    }
    assert.deepEqual(await listAll({ prefix: '.t' }), ['.trashy']);
    assertProblem(await askApi(gateway, '/files?prefix=.trash/', { token: cary.token }), 400, 'invalid-path');
  });

  test('refuses what is no prefix, delimiter, limit or cursor', async () => {
    for (const [query, code] of [
      ['prefix=..%2Fa', 'invalid-path'],
      ['prefix=a%00', 'invalid-path'],
      [`prefix=${'%C3%BC'.repeat(513)}`, 'invalid-path'],
      [`prefix=${'x'.repeat(1025)}`, 'invalid-request'],
      ['delimiter=-', 'invalid-request'],
      ['limit=0', 'invalid-request'],
      ['limit=1001', 'invalid-request'],
      ['cursor=nonsense', 'invalid-request'],
      [`cursor=${Buffer.from('xa').toString('base64url')}`, 'invalid-request'],
      [`cursor=${Buffer.from('k').toString('base64url')}`, 'invalid-request'],
      ['unknown=1', 'invalid-request'],
    ] as const) {
      assertProblem(await askApi(gateway, `/files?${query}`, { token: cary.token }), 400, code);
    }
  });

  test('a page goes on behind the longest key', async () => {
    const { token } = await addApiUser(gateway, 'longest');
    const other = await openTestDrive(gateway, 'longest');
    const keys = ['a', 'b', 'c'].map((letter) => letter.repeat(1024));
    await other.put(...keys);
    assert.deepEqual(await listAll({ limit: '1' }, token), keys);
  });

  test('is the same as that of a naive model, whatever is there', async () => {
    const segment = fc.constantFrom('a', 'b', 'mere', 'special', '.trash', '.tra', 'z', 'ü');
    const keys = fc.uniqueArray(
      fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
      { maxLength: 12 },
    );
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        keys,
        fc.constantFrom('', 'a/', 'm', 'a/b', '.t'),
        fc.integer({ min: 1, max: 5 }),
        async (all, prefix, limit) => {
          count += 1;
          const { token } = await addApiUser(gateway, `model-${count}`);
          const other = await openTestDrive(gateway, `model-${count}`);
          await other.put(...all);
          for (const delimiter of ['', '/']) {
            const listed = await listAll({ prefix, delimiter, limit: String(limit) }, token);
            assert.deepEqual(listed, model({ keys: all, prefix, delimiter }));
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

function model({ keys, prefix, delimiter }: { keys: readonly string[]; prefix: string; delimiter: string }): string[] {
  const fields = delimiter === '' ? [] : ['mere/', 'special/', 'temporary/'];
  const below = [...keys, ...fields].filter(
    (key) => key.startsWith(prefix) && !(key === prefix && prefix.endsWith('/')) && !key.startsWith('.trash/'),
  );
  const rolled = below.map((key) => {
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return at < 0 ? key : key.slice(0, at + 1);
  });
  return [...new Set(rolled)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
