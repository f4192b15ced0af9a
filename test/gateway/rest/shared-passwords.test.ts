import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Browser } from '../../support/browser.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { assertLinkProblem, LinkOwner } from '../../support/links.ts';

const PASSWORD = 'Öffne dich, Sesam';
const FAILURES = 4;
const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let gateway: TestGateway;
let owner: LinkOwner;
let url: string;
let id: string;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_LOGIN_FAILURES: String(FAILURES) });
  owner = await LinkOwner.open(gateway, 'cary');
  await owner.put('vault/gold.txt', 'all the gold');
});
after(() => gateway.stop());
beforeEach(async () => {
  ({ url, id } = await owner.link('vault/gold.txt', { password: PASSWORD }));
});

const ask = (address: string, headers: Record<string, string> = {}) => fetch(address, { redirect: 'manual', headers });
const octets = (text: string) => Buffer.from(text).toString('latin1');
const basic = (password: string) => `Basic ${Buffer.from(`whoever:${password}`).toString('base64')}`;
const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    redirect: 'manual',
    body,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });
const form = (password: string) => new URLSearchParams({ password }).toString();

async function assertLocked(headers: Record<string, string> = {}): Promise<void> {
  const reply = await ask(`${url}/file`, headers);
  assert.equal(reply.headers.get('www-authenticate'), 'Basic realm="link", charset="UTF-8"');
  await assertLinkProblem(reply, 401, 'link-password-required');
}

describe('A link with a password', () => {
  test('tells nothing but that it has one', async () => {
    const reply = await ask(url);
    assert.deepEqual([reply.status, await reply.text()], [200, '{"needs_password":true}']);
    assert.equal(await (await ask(`${url}?path=x`)).text(), '{"needs_password":true}');
    await assertLocked();
    const page = await (await ask(url, BROWSER)).text();
    assert.match(page, /<form method="post"/);
    assert.doesNotMatch(page, /gold|vault|cary<|12 bytes/);
    const seen = await owner.get(id);
    assert.deepEqual([seen.view_count, seen.download_count], [0, 0]);
  });

  test('takes it in X-Link-Password, and in Basic whoever it names', async () => {
    for (const headers of [{ 'X-Link-Password': octets(PASSWORD) }, { Authorization: basic(PASSWORD) }]) {
      const info = JSON.parse(await (await ask(url, headers)).text());
      assert.deepEqual([info.name, info.needs_password], ['gold.txt', true]);
      assert.equal(await (await ask(`${url}/file`, headers)).text(), 'all the gold');
    }
    const composed = PASSWORD.normalize('NFD');
    assert.equal((await ask(url, { 'X-Link-Password': octets(composed) })).status, 200, 'however it is encoded');
  });

  test('refuses a wrong one', async () => {
    await assertLocked({ 'X-Link-Password': 'guess' });
    await assertLocked({ Authorization: basic('guess') });
    await assertLocked({ Authorization: 'Basic !!!' });
    await assertLocked({ Authorization: 'Bearer token' });
    const reply = await ask(url, { 'X-Link-Password': 'guess' });
    await assertLinkProblem(reply, 401, 'link-password-required');
  });

  test('answers no more than so many wrong ones, and then not the right one either', async () => {
    for (let guess = 0; guess < FAILURES; guess++) await assertLocked({ 'X-Link-Password': `guess ${guess}` });
    const right = { 'X-Link-Password': octets(PASSWORD) };
    const refused = await ask(`${url}/file`, right);
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    await assertLinkProblem(refused, 429, 'too-many-requests');
    await assertLinkProblem(await ask(url, right), 429, 'too-many-requests');
    await assertLinkProblem(await post(form(PASSWORD)), 429, 'too-many-requests');
    const other = await owner.link('vault/gold.txt', { password: PASSWORD });
    assert.equal((await ask(`${other.url}/file`, right)).status, 200, 'of another link it is another matter');
  });

  test('answers guesses made all at once no more often', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        ask(`${url}/file`, { 'X-Link-Password': at === 19 ? octets(PASSWORD) : `guess ${at}` }),
      ),
    );
    assert.ok(replies.every(({ status }) => status === 401 || status === 429));
    assert.equal((await ask(url, { 'X-Link-Password': octets(PASSWORD) })).status, 429);
  });

  test('forgets the wrong ones when the right one comes', async () => {
    for (let round = 0; round < 3; round++) {
      for (let guess = 0; guess < FAILURES - 1; guess++) await assertLocked({ 'X-Link-Password': 'guess' });
      assert.equal((await ask(url, { 'X-Link-Password': octets(PASSWORD) })).status, 200);
    }
  });

  test('is gone like any other when it is', async () => {
    await owner.change(id, { active: false });
    for (const suffix of ['', '/file']) await assertLinkProblem(await ask(url + suffix), 410, 'link-gone');
  });

  test('has none when that is taken away, and asks nobody then', async () => {
    await owner.change(id, { password: null });
    assert.equal(await (await ask(`${url}/file`, { 'X-Link-Password': 'whatever' })).text(), 'all the gold');
  });
});

test('who asks for too many links that are not there is told of none by alias, and of those whose token it has', async () => {
  const link = await owner.link('vault/gold.txt', { alias: 'easy' });
  assert.equal((await ask(link.alias_url)).status, 200);
  let misses = 0;
  while ((await ask(`${gateway.apiUrl}/shared/cary/guess-${misses}`)).status === 404) misses += 1;
  assert.equal(misses, 100 * FAILURES);
  for (const address of [link.alias_url, `${gateway.apiUrl}/shared/cary/guess`, `${gateway.apiUrl}/shared/nobody/x`]) {
    const reply = await ask(address);
    assert.match(reply.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    await assertLinkProblem(reply, 429, 'too-many-requests');
  }
  assert.equal((await ask(link.url)).status, 200);
});

describe('A browser', () => {
  test('sends the form, keeps a cookie for the link alone, and is let in', async () => {
    const browser = new Browser();
    const asked = await browser.visit(url, { headers: BROWSER });
    assert.match(asked.text, /type="password"/);
    const page = await browser.visit(url, { method: 'POST', form: { password: PASSWORD }, headers: BROWSER });
    assert.equal(page.status, 200, page.text);
    assert.equal(page.url.href, url);
    assert.match((await browser.visit(url, { headers: BROWSER })).text, /gold\.txt/);
    assert.equal((await browser.visit(`${url}/file`)).text, 'all the gold');
    const other = await owner.link('vault/gold.txt', { password: PASSWORD });
    assert.equal((await browser.visit(`${other.url}/file`)).status, 401);
  });

  test('is given a cookie that no script reads, no other site sends, and no other path sees', async () => {
    const reply = await post(form(PASSWORD), BROWSER);
    assert.equal(reply.status, 303);
    assert.equal(reply.headers.get('location'), new URL(url).pathname);
    const [cookie = ''] = reply.headers.getSetCookie();
    assert.match(cookie, /^gatehouse_link=v1\.[^;]+;/);
    for (const attribute of [`Path=${new URL(url).pathname}`, 'HttpOnly', 'SameSite=Strict', 'Max-Age=3600']) {
      assert.ok(cookie.split('; ').includes(attribute), `${attribute} of ${cookie}`);
    }
    assert.doesNotMatch(cookie, /Sesam|argon/);
  });

  test('has a cookie that counts for no other link, no longer than the password, and unchanged alone', async () => {
    const [cookie = ''] = (await post(form(PASSWORD))).headers.getSetCookie();
    const pair = cookie.split(';')[0] ?? '';
    assert.equal((await ask(`${url}/file`, { Cookie: pair })).status, 200);
    for (const bad of [`${pair.slice(0, -2)}xx`, 'gatehouse_link=v1.', 'gatehouse_link=x', `${pair}; ${pair}`]) {
      await assertLocked({ Cookie: bad });
    }
    const other = await owner.link('vault/gold.txt', { password: PASSWORD });
    assert.equal((await ask(`${other.url}/file`, { Cookie: pair })).status, 401);
    await owner.change(id, { password: 'another password' });
    await assertLocked({ Cookie: pair });
  });

  test('is shown the form again after a wrong password, and asks nobody by itself', async () => {
    const reply = await post(form('guess'), BROWSER);
    assert.equal(reply.status, 401);
    assert.doesNotMatch(reply.headers.get('www-authenticate') ?? '', /Basic|Digest|Bearer|Negotiate/);
    assert.match(reply.headers.get('content-type') ?? '', /^text\/html/);
    const text = await reply.text();
    assert.match(text, /The password is wrong/);
    assert.match(text, /<form/);
    assert.deepEqual(reply.headers.getSetCookie(), []);
  });

  test('is told what is wrong with what is no form', async () => {
    await assertLinkProblem(await post(''), 400, 'invalid-request');
    await assertLinkProblem(await post(form('')), 400, 'invalid-request');
    await assertLinkProblem(await post('password=a&password=b'), 400, 'invalid-request');
    await assertLinkProblem(await post('{}', { 'Content-Type': 'text/plain' }), 415, 'unsupported-media-type');
    await assertLinkProblem(await post(form('x'.repeat(70_000))), 413, 'body-too-large');
    const json = await post(JSON.stringify({ password: PASSWORD }), { 'Content-Type': 'application/json' });
    assert.equal(json.status, 303);
  });
});

test('behind TLS the URL is the public one, and the cookie goes nowhere else', async () => {
  const origin = 'https://files.example.com';
  const behind = await startGateway({ GATEHOUSE_PUBLIC_API_URL: origin });
  try {
    const there = await LinkOwner.open(behind, 'dora@example.com');
    await there.put('x');
    const { url: address } = await there.link('x', { password: PASSWORD });
    assert.match(address, /^https:\/\/files\.example\.com\/shared\/dora%40example\.com\/[\w-]{22}$/);
    const reply = await fetch(address.replace(origin, behind.apiUrl), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ password: PASSWORD }),
    });
    const [cookie = ''] = reply.headers.getSetCookie();
    assert.match(cookie, /; Secure/);
    assert.ok(cookie.includes(`Path=${new URL(address).pathname};`), cookie);
  } finally {
    await behind.stop();
  }
});
