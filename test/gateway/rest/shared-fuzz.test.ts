import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { LinkOwner } from '../../support/links.ts';

const RUNS = 600;
const SECRET = /\$argon2|\bat \S+ \(|\.(js|ts):\d+:\d+|node:internal|drive-cary/;

let gateway: TestGateway;
let owner: LinkOwner;
let names: string[];
before(async () => {
  gateway = await startGateway({ GATEHOUSE_LOGIN_FAILURES: '1000000' });
  owner = await LinkOwner.open(gateway, 'cary');
  for (const path of ['top/f/a.txt', 'top/f/sub/b', 'outside']) await owner.put(path, 'the bytes');
  const made = [
    await owner.link('top/f/', { alias: 'folder' }),
    await owner.link('top/f/a.txt'),
    await owner.link('top/f/a.txt', { password: 'open sesame' }),
    await owner.link('top/f/a.txt', { max_downloads: 1_000_000 }),
  ];
  names = ['folder', ...made.map(({ url }) => url.slice(-22))];
});
after(() => gateway.stop());

const odd = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ maxLength: 20, unit: 'binary' }),
  fc.constantFrom(
    '..',
    '.',
    '%',
    '%00',
    '%2e%2e',
    '%2F',
    '*',
    'a'.repeat(1100),
    '\u202e',
    '../../outside',
    'a.txt',
    'sub/',
  ),
);
/** What fetch would tidy up or refuse to send is sent as it is. */
const segment = odd.map((text) => encodeURIComponent(Buffer.from(text).toString()).replaceAll('%25', '%'));
const headerText = fc.oneof(
  fc.constantFrom(
    'bytes=0-',
    'bytes=-1',
    'bytes=9-1',
    '*',
    '"x"',
    'W/"x"',
    'Basic',
    'Basic =',
    'Basic b3Blbg==',
    'text/html',
    '',
  ),
  fc.string({ maxLength: 30 }).map((text) => text.replace(/[^\x21-\x7e]/g, '')),
);
const headerName = fc.constantFrom(
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'accept',
  'authorization',
  'x-link-password',
  'cookie',
  'origin',
);
const query = fc.dictionary(fc.constantFrom('path', 'cursor', 'limit', 'download', 'x'), odd, { maxKeys: 3 });

test('whatever is asked of links, nothing breaks, nothing leaks, and nothing outside of them is told', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        account: fc.oneof({ weight: 4, arbitrary: fc.constant('cary') }, segment),
        link: fc.oneof({ weight: 6, arbitrary: fc.nat(4) }, segment),
        suffix: fc.constantFrom('', '', '/file', '/file', '/', '/other'),
        method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'),
        headers: fc.dictionary(headerName, headerText, { maxKeys: 4 }),
        query,
        body: odd,
      }),
      async ({ account, link, suffix, method, headers, query, body }) => {
        const name = typeof link === 'number' ? names[link] : link;
        const pairs = Object.entries(query).map(([key, value]): [string, string] => [
          key,
          Buffer.from(value).toString(),
        ]);
        const text = new URLSearchParams(pairs).toString();
        const reply = await fetch(`${gateway.apiUrl}/shared/${account}/${name}${suffix}?${text}`, {
          method,
          redirect: 'manual',
          headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
          ...(method === 'POST' || method === 'PUT'
            ? { body: `password=${encodeURIComponent(Buffer.from(body).toString())}` }
            : {}),
        });
        const answer = await reply.text();
        const where = `${method} ${reply.status} ${reply.url} ${answer.slice(0, 300)}`;
        assert.ok(reply.status < 500, where);
        assert.doesNotMatch(answer, SECRET, where);
        assert.ok(!/"outside"|>outside</.test(answer), where);
        if (reply.status >= 400 && answer !== '') {
          assert.match(reply.headers.get('content-type') ?? '', /^(application\/problem\+json|text\/html)/, where);
        }
        assert.equal(reply.headers.get('x-content-type-options'), 'nosniff', where);
      },
    ),
    { numRuns: RUNS },
  );
});
