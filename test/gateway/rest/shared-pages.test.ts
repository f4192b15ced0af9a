import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { LinkOwner } from '../../support/links.ts';

const BROWSER = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
};
const EVIL = `"><img src=x onerror=alert(1)>'&\u202egnp.exe`;

let gateway: TestGateway;
let owner: LinkOwner;
before(async () => {
  gateway = await startGateway();
  owner = await LinkOwner.open(gateway, 'cary');
  await owner.put(`${EVIL}/${EVIL}`, 'x', 'text/html"><script>');
  await owner.put('folder/a file.txt', 'bytes');
  await owner.put('folder/sub/x', 'bytes');
});
after(() => gateway.stop());

const visit = async (url: string) => {
  const reply = await fetch(url, { headers: BROWSER });
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
};

/** The links of a page, as a browser reads them. */
function hrefsOf(page: string, base: string): string[] {
  return [...page.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => {
    return new URL(href.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"'), base).href;
  });
}

describe('The page of a link', () => {
  test('runs nothing, loads nothing, and is in no frame', async () => {
    const { url } = await owner.link('folder/');
    const { status, headers, text } = await visit(url);
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(
      policy,
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    assert.doesNotMatch(text, /<script|\bon\w+=|<img|<link|<iframe|javascript:/i);
    assert.equal(headers.get('x-robots-tag'), 'noindex');
    assert.equal(headers.get('cache-control'), 'no-store');
  });

  test('shows every name as text, whatever is in it', async () => {
    for (const path of [`${EVIL}/`, `${EVIL}/${EVIL}`]) {
      const { url } = await owner.link(path, { note: 'not for you' });
      const { text } = await visit(url);
      assert.doesNotMatch(text, /<img|<script/);
      assert.match(text, /<bdi>&quot;&gt;&lt;img src=x onerror=alert\(1\)&gt;&#39;&amp;\u202egnp\.exe<\/bdi>/);
      assert.doesNotMatch(text, /not for you/);
    }
  });

  test('of a file leads to its bytes', async () => {
    const { url } = await owner.link('folder/a file.txt', { max_downloads: 1 });
    const { text } = await visit(url);
    assert.match(text, /a file\.txt/);
    assert.match(text, /5 bytes/);
    assert.match(text, /1 download left/);
    const [href = ''] = hrefsOf(text, url);
    const reply = await fetch(href);
    assert.match(reply.headers.get('content-disposition') ?? '', /^attachment/);
    assert.equal(await reply.text(), 'bytes');
  });

  test('of a folder leads to all that is in it, and back', async () => {
    const { url } = await owner.link('folder/');
    const [zip = '', file = '', sub = ''] = hrefsOf((await visit(url)).text, url);
    assert.equal((await fetch(zip)).headers.get('content-type'), 'application/zip');
    assert.equal(await (await fetch(file)).text(), 'bytes');
    const below = await visit(sub);
    assert.match(below.text, /<bdi>sub<\/bdi>/);
    assert.ok(hrefsOf(below.text, url).includes(url), 'back');
    const odd = await owner.link(`${EVIL}/`);
    const [, evil = ''] = hrefsOf((await visit(odd.url)).text, odd.url);
    assert.equal(await (await fetch(evil)).text(), 'x');
  });

  test('of a large folder leads to the next page', async () => {
    for (let count = 0; count < 3; count++) await owner.put(`many/${count}`);
    const { url } = await owner.link('many/');
    const { text } = await visit(`${url}?limit=2`);
    const next = hrefsOf(text, url).at(-1) ?? '';
    assert.match(next, /cursor=/);
    assert.match((await visit(next)).text, /<bdi>2<\/bdi>/);
  });

  test('says why a link leads nowhere, and has the status of that', async () => {
    const { url, id } = await owner.link('folder/');
    const missing = await visit(`${url.slice(0, -1)}!`);
    assert.equal(missing.status, 404);
    assert.match(missing.text, /There is no such link/);
    await owner.change(id, { active: false });
    for (const each of [url, `${url}/file`]) {
      const gone = await visit(each);
      assert.equal(gone.status, 410);
      assert.match(gone.text, /not valid any more/);
      assert.match(gone.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src/);
    }
  });
});
