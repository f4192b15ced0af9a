import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { addApiUser, askApi } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { assertLinkProblem, LinkOwner } from '../../support/links.ts';
import { unzip } from '../../support/unzip.ts';

let gateway: TestGateway;
let owner: LinkOwner;
const large = Buffer.alloc(3_000_000, 'large file ');

before(async () => {
  gateway = await startGateway();
  owner = await LinkOwner.open(gateway, 'cary');
  await owner.put('work/plans.txt', 'the plans');
  await owner.put('work/deep/inner.txt', 'inner');
  await owner.put('work/large.bin', large, 'application/octet-stream');
  await owner.put('mere/ünï "x".txt', 'odd');
});
after(() => gateway.stop());

const get = (url: string, init: RequestInit = {}) => fetch(url, { redirect: 'manual', ...init });

// biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it
const json = async (url: string): Promise<any> => (await get(url)).json();

/** It is unknown, and so is what it leads to. */
async function assertNoLink(url: string): Promise<void> {
  for (const suffix of ['', '/file']) await assertLinkProblem(await get(url + suffix), 404, 'no-such-link');
}

describe('What a link leads to', () => {
  test('is told to whoever has it, without its place in the drive', async () => {
    const { url } = await owner.link('work/plans.txt');
    const reply = await get(url);
    assert.equal(reply.status, 200);
    assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
    const text = await reply.text();
    const { modified_at, ...info } = JSON.parse(text);
    assert.ok(Math.abs(Date.parse(modified_at) - Date.now()) < 60_000);
    assert.deepEqual(info, {
      name: 'plans.txt',
      kind: 'file',
      size_bytes: 9,
      content_type: 'text/plain',
      owner: 'cary',
      expires_at: null,
      needs_password: false,
      downloads_left: null,
    });
    assert.doesNotMatch(text, /work/);
  });

  test('is told by its alias as well', async () => {
    const { alias_url } = await owner.link('work/plans.txt', { alias: 'the-plans' });
    assert.equal((await json(alias_url)).name, 'plans.txt');
    assert.equal(await (await get(`${alias_url}/file`)).text(), 'the plans');
  });

  test('may be asked for from nowhere else, is not found by searching, and is kept by nobody', async () => {
    const { url } = await owner.link('work/plans.txt');
    for (const each of [url, `${url}/file`, `${url}x`]) {
      const { headers } = await get(each);
      assert.equal(headers.get('x-robots-tag'), 'noindex', each);
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.match(headers.get('cache-control') ?? '', /^(private|no-store)/);
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
    assert.equal((await get(url)).headers.get('cache-control'), 'no-store');
    assert.match((await get(url)).headers.get('vary') ?? '', /\bAccept\b/);
  });

  test('is what is there when it is asked for', async () => {
    await owner.put('changing', 'first');
    const { url } = await owner.link('changing');
    await owner.put('changing', 'the second');
    assert.equal((await json(url)).size_bytes, 10);
    assert.equal(await (await get(`${url}/file`)).text(), 'the second');
  });

  test('of a folder has its entries, page by page, and no path above it', async () => {
    const { url } = await owner.link('work/');
    const first = await json(`${url}?limit=2`);
    assert.deepEqual([first.name, first.kind, first.path, first.size_bytes], ['work', 'folder', '', null]);
    const rest = await json(`${url}?limit=2&cursor=${first.next}`);
    const entries = [...first.entries, ...rest.entries].map(({ name, path, kind, size_bytes: size }) => {
      return [name, path, kind, size];
    });
    assert.deepEqual(entries, [
      ['deep', 'deep/', 'folder', null],
      ['large.bin', 'large.bin', 'file', large.length],
      ['plans.txt', 'plans.txt', 'file', 9],
    ]);
    assert.equal(rest.next, null);
    const inner = await json(`${url}?path=deep/`);
    assert.deepEqual(
      inner.entries.map(({ path }: { path: string }) => path),
      ['deep/inner.txt'],
    );
    assert.equal(inner.path, 'deep/');
    const file = await json(`${url}?path=deep/inner.txt`);
    assert.deepEqual(
      [file.name, file.kind, file.path, file.entries],
      ['inner.txt', 'file', 'deep/inner.txt', undefined],
    );
  });

  test('is nothing outside of its folder', async () => {
    const { url } = await owner.link('work/');
    for (const path of ['../mere/', '..', './plans.txt', 'deep/../../mere/', '%00']) {
      for (const place of [url, `${url}/file`]) {
        await assertLinkProblem(await get(`${place}?path=${path}`), 400, 'invalid-path');
      }
    }
    for (const path of ['nothing', 'deep', 'deep/none/', 'plans.txt/']) {
      await assertLinkProblem(await get(`${url}/file?path=${path}`), 404, 'no-such-file');
      await assertLinkProblem(await get(`${url}?path=${path}`), 404, 'no-such-file');
    }
    const file = await owner.link('work/plans.txt');
    await assertLinkProblem(await get(`${file.url}/file?path=x`), 404, 'no-such-file');
    await assertLinkProblem(await get(`${url}?path=`), 400, 'invalid-request');
    await assertLinkProblem(await get(`${url}?path=a&path=b`), 400, 'invalid-request');
    await assertLinkProblem(await get(`${url}?cursor=!!`), 400, 'invalid-request');
    await assertLinkProblem(
      await get(`${url}?cursor=${Buffer.from('x').toString('base64url')}`),
      400,
      'invalid-request',
    );
  });

  test('takes other methods for what they are', async () => {
    const { url } = await owner.link('work/plans.txt');
    const reply = await get(url, { method: 'DELETE' });
    await assertLinkProblem(reply, 405, 'method-not-allowed');
    assert.equal(reply.headers.get('allow'), 'GET, HEAD, POST');
    assert.equal((await get(`${url}/file`, { method: 'PUT', body: 'x' })).status, 405);
  });
});

describe('The bytes of a link', () => {
  test('come whole, with validators, and are called what the file is called', async () => {
    const { url } = await owner.link('mere/ünï "x".txt');
    const reply = await get(`${url}/file`);
    assert.equal(reply.status, 200);
    assert.equal(await reply.text(), 'odd');
    const { headers } = reply;
    assert.equal(headers.get('content-length'), '3');
    assert.equal(headers.get('accept-ranges'), 'bytes');
    assert.match(headers.get('etag') ?? '', /^"[0-9a-f]{32}"$/);
    assert.match(
      headers.get('content-disposition') ?? '',
      /^inline; filename=".*"; filename\*=UTF-8''%C3%BCn%C3%AF%20/,
    );
    const saved = await get(`${url}/file?download`);
    assert.match(saved.headers.get('content-disposition') ?? '', /^attachment; /);
  });

  test('come in parts, and not at all to who has them', async () => {
    const { url } = await owner.link('work/large.bin');
    const whole = await get(`${url}/file`);
    const digest = (bytes: ArrayBuffer) => createHash('sha256').update(Buffer.from(bytes)).digest('hex');
    assert.equal(digest(await whole.arrayBuffer()), createHash('sha256').update(large).digest('hex'));
    const part = await get(`${url}/file`, { headers: { Range: 'bytes=1000000-1000099' } });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-range'), `bytes 1000000-1000099/${large.length}`);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), large.subarray(1_000_000, 1_000_100));
    const none = await get(`${url}/file`, { headers: { Range: 'bytes=9000000-' } });
    await assertLinkProblem(none, 416, 'range-not-satisfiable');
    const etag = whole.headers.get('etag') ?? '';
    const known = await get(`${url}/file`, { headers: { 'If-None-Match': etag } });
    assert.deepEqual([known.status, await known.text()], [304, '']);
    const changed = await get(`${url}/file`, { headers: { 'If-Match': '"other"' } });
    await assertLinkProblem(changed, 412, 'precondition-failed');
    const head = await get(`${url}/file`, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(large.length)]);
  });

  test('cannot run as if they were ours', async () => {
    const types = [
      'text/html',
      'image/svg+xml',
      'text/javascript',
      'application/xhtml+xml',
      'application/pdf',
      'text/xml',
    ];
    for (const type of types) {
      await owner.put('page', '<script>alert(1)</script>', type);
      const { url } = await owner.link('page');
      const { headers } = await get(`${url}/file`, { headers: { Accept: 'text/html' } });
      assert.match(headers.get('content-disposition') ?? '', /^attachment;/, type);
      assert.match(headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
    await owner.put('page', '<script>', 'image/png');
    const image = await get(`${(await owner.link('page')).url}/file`);
    assert.match(image.headers.get('content-security-policy') ?? '', /^sandbox;/, 'whatever it says that it is');
  });

  test('of a folder are a zip, and of a file in it the file', async () => {
    const { url } = await owner.link('work/');
    const reply = await get(`${url}/file`);
    assert.equal(reply.status, 200);
    assert.equal(reply.headers.get('content-type'), 'application/zip');
    assert.match(reply.headers.get('content-disposition') ?? '', /^attachment; filename="work\.zip"/);
    assert.equal(reply.headers.get('accept-ranges'), 'none');
    const entries = await unzip(Buffer.from(await reply.arrayBuffer()));
    assert.deepEqual([...entries.keys()].sort(), ['deep/inner.txt', 'large.bin', 'plans.txt']);
    assert.equal(entries.get('plans.txt')?.toString(), 'the plans');
    const inner = await unzip(Buffer.from(await (await get(`${url}/file?path=deep/`)).arrayBuffer()));
    assert.deepEqual([...inner.keys()], ['inner.txt']);
    assert.equal(await (await get(`${url}/file?path=deep/inner.txt`)).text(), 'inner');
    const head = await get(`${url}/file`, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'application/zip']);
  });
});

describe('What a link counts', () => {
  test('are views, and downloads from their beginning; what is only asked about counts nothing', async () => {
    const { url, id } = await owner.link('work/plans.txt');
    const { headers } = await get(`${url}/file`);
    const etag = headers.get('etag') ?? '';
    await get(url);
    await get(url);
    await get(url, { method: 'HEAD' });
    await get(`${url}/file`, { method: 'HEAD' });
    await get(`${url}/file`, { headers: { 'If-None-Match': etag } });
    await get(`${url}/file`, { headers: { 'If-Match': '"other"' } });
    await get(`${url}/file`, { headers: { Range: 'bytes=99-' } });
    await get(`${url}/file`, { headers: { Range: 'bytes=3-5' } });
    await get(`${url}/file`, { headers: { Range: 'bytes=0-5' } });
    const seen = await owner.get(id);
    assert.deepEqual([seen.view_count, seen.download_count], [2, 2]);
    assert.ok(Math.abs(Date.parse(seen.last_used_at) - Date.now()) < 60_000);
    const reset = await owner.change(id, { reset_counts: true });
    assert.deepEqual([reset.body.view_count, reset.body.download_count], [0, 0]);
  });

  test('is never more downloads than it may have, 50 at once, and no parts', async () => {
    const { url, id } = await owner.link('work/large.bin', { max_downloads: 5 });
    assert.equal((await json(url)).downloads_left, 5);
    const replies = await Promise.all(Array.from({ length: 50 }, () => get(`${url}/file`)));
    const bodies = await Promise.all(replies.map((reply) => reply.arrayBuffer()));
    const whole = replies.flatMap(({ status }, at) => (status === 200 ? [bodies[at]?.byteLength] : []));
    assert.deepEqual(whole, Array(5).fill(large.length));
    assert.ok(replies.every(({ status }) => status === 200 || status === 410));
    for (const suffix of ['', '/file']) await assertLinkProblem(await get(url + suffix), 410, 'link-gone');
    assert.deepEqual([(await owner.get(id)).download_count, (await owner.get(id)).state], [5, 'used-up']);
    await owner.change(id, { max_downloads: 6 });
    const last = await get(`${url}/file`, { headers: { Range: 'bytes=0-9' } });
    assert.deepEqual([last.status, last.headers.get('accept-ranges')], [200, 'none']);
    assert.equal((await last.arrayBuffer()).byteLength, large.length);
    assert.equal((await get(`${url}/file`)).status, 410);
  });

  test('is one for a folder, as for a file in it', async () => {
    const { url } = await owner.link('work/', { max_downloads: 2 });
    await (await get(`${url}/file`)).arrayBuffer();
    assert.equal((await get(`${url}/file?path=nothing`)).status, 404);
    assert.equal((await get(`${url}/file`, { method: 'HEAD' })).status, 200);
    assert.equal((await get(`${url}/file?path=plans.txt`)).status, 200);
    assert.equal((await get(`${url}/file?path=plans.txt`)).status, 410);
  });
});

describe('A link that is no good', () => {
  test('is unknown by a wrong account, token or alias, and all are told the same', async () => {
    const { url } = await owner.link('work/plans.txt', { alias: 'for-you' });
    await LinkOwner.open(gateway, 'other');
    const token = url.slice(-22);
    const wrong = [
      `cary/${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      `other/${token}`,
      `nobody/${token}`,
      `other/for-you`,
      'cary/for-me',
      `Cary/${token}`,
      `cary/${createHash('sha256').update(token).digest('hex')}`,
      `cary/${'x'.repeat(900)}`,
      'cary/%00',
      "cary/'; DROP TABLE links; --",
    ];
    const bodies = new Set<string>();
    for (const each of wrong) {
      const bad = `${gateway.apiUrl}/shared/${each}`;
      await assertNoLink(bad);
      bodies.add(await (await get(bad)).text());
      const heads = [...(await get(bad)).headers.keys()].sort().join();
      bodies.add(heads);
    }
    assert.equal(bodies.size, 2, 'one body, and one set of headers');
  });

  test('is gone when it is expired or revoked, or its owner is disabled, until that is mended', async () => {
    const user = await LinkOwner.open(gateway, 'to-disable');
    await user.put('x', 'the x');
    const soon = new Date(Date.now() + 300).toISOString();
    const [expiring, revoked, good] = [
      await user.link('x', { expires_at: soon }),
      await user.link('x'),
      await user.link('x'),
    ];
    await user.change(revoked.id, { active: false });
    await new Promise((resolve) => setTimeout(resolve, 350));
    for (const { url } of [expiring, revoked]) {
      for (const suffix of ['', '/file']) await assertLinkProblem(await get(url + suffix), 410, 'link-gone');
    }
    await user.change(revoked.id, { active: true });
    assert.equal(await (await get(`${revoked.url}/file`)).text(), 'the x');
    const admin = await addApiUser(gateway, 'admin', { role: 'admin' });
    const set = (status: string) =>
      askApi(gateway, `/accounts/${user.user.id}`, { method: 'PATCH', token: admin.token, body: { status } });
    assert.equal((await set('disabled')).status, 200);
    for (const suffix of ['', '/file']) await assertLinkProblem(await get(good.url + suffix), 410, 'link-gone');
    assert.equal((await set('active')).status, 200);
    assert.equal(await (await get(`${good.url}/file`)).text(), 'the x');
  });

  test('dies with its file, deleted over S3, and does not come back with another of that name', async () => {
    await owner.put('dying/a');
    const { url, id } = await owner.link('dying/a');
    const folder = await owner.link('dying/');
    await owner.remove('dying/a');
    for (const each of [url, folder.url]) await assertNoLink(each);
    await owner.put('dying/a');
    await assertNoLink(url);
    assert.equal((await owner.ask(`/links/${id}`)).status, 404);
  });

  test('dies with a file that keeps versions, behind its delete marker', async () => {
    await owner.put('special/a');
    const { url } = await owner.link('special/a');
    await owner.remove('special/a');
    await assertNoLink(url);
  });

  test('stops where a policy keeps its owner from reading, and gives nothing away meanwhile', async () => {
    const here = await LinkOwner.open(gateway, 'policed');
    await here.put('f/open', 'open');
    await here.put('f/secret', 'secret');
    const [file, folder] = [await here.link('f/secret'), await here.link('f/')];
    await here.deny('s3:GetObject', 'f/secret');
    for (const suffix of ['', '/file']) await assertLinkProblem(await get(file.url + suffix), 410, 'link-gone');
    await assertLinkProblem(await get(`${folder.url}/file?path=secret`), 404, 'no-such-file');
    const entries = await unzip(Buffer.from(await (await get(`${folder.url}/file`)).arrayBuffer()));
    assert.deepEqual([...entries.keys()], ['open']);
    await here.deny('s3:ListBucket', '');
    for (const suffix of ['', '/file']) await assertLinkProblem(await get(folder.url + suffix), 410, 'link-gone');
    await here.allowAll();
    assert.equal(await (await get(`${file.url}/file`)).text(), 'secret');
  });

  test('stops where a policy of its owner as a user denies it', async () => {
    const here = await LinkOwner.open(gateway, 'narrowed');
    await here.put('x', 'the x');
    const { url } = await here.link('x');
    const document = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 's3:GetObject', Resource: '*' }] };
    await here.denyAsUser(document);
    await assertLinkProblem(await get(`${url}/file`), 410, 'link-gone');
  });

  test('is no way to what was put into the trash', async () => {
    const here = await LinkOwner.open(gateway, 'tidy');
    await here.put('f/a', 'a');
    await here.put('f/b', 'b');
    const [file, folder] = [await here.link('f/a'), await here.link('f/')];
    const reply = await here.ask('/files/f/a', { method: 'DELETE' });
    assert.ok(reply.status < 300, reply.text);
    await assertNoLink(file.url);
    const { entries } = await json(folder.url);
    assert.deepEqual(
      entries.map(({ path }: { path: string }) => path),
      ['b'],
    );
  });
});

test('a client that goes away in the middle leaves nothing open', async () => {
  const { url } = await owner.link('work/');
  for (const place of [`${url}/file`, `${url}/file?path=large.bin`]) {
    const aborting = new AbortController();
    const reply = await get(place, { signal: aborting.signal });
    await reply.body?.getReader().read();
    aborting.abort();
  }
  assert.equal((await get(url)).status, 200);
});
