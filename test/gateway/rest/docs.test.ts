import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
before(async () => {
  gateway = await startGateway();
});
after(() => gateway.stop());

/** The files that a page loads. */
function filesOf(html: string): string[] {
  return [...html.matchAll(/<(?:script|link)[^>]*?(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '');
}

for (const path of ['/api/docs', '/api/redoc']) {
  describe(`The page ${path}`, () => {
    test('is HTML, and what it loads is there and from here', async () => {
      const page = await askApi(gateway, path);
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
      const files = filesOf(page.text);
      assert.ok(files.length > 2);
      for (const file of files) {
        assert.ok(file.startsWith('/api/'), file);
        const reply = await askApi(gateway, file);
        assert.equal(reply.status, 200, file);
        assert.match(reply.headers.get('content-type') ?? '', /^(text|application)\/(css|javascript)|^image\/png/);
      }
    });

    test('runs scripts that are files of ours, and nothing else', async () => {
      const page = await askApi(gateway, path);
      const policy = page.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'; script-src 'self';/);
      assert.doesNotMatch(policy, /https?:|\*|unsafe-eval/);
      assert.doesNotMatch(page.text, /<script(?![^>]*\bsrc=)/, 'no script in the page');
      assert.doesNotMatch(page.text, / on\w+="/);
    });
  });
}

describe('A file that Swagger UI does not have', () => {
  for (const name of ['nope.js', '%00', '..%2f..%2fpackage.json', 'a%5c..', '.git']) {
    test(`is a 404: ${name}`, async () => {
      assertProblem(await askApi(gateway, `/api/docs/static/${name}`), 404, 'not-found');
    });
  }
});

describe('What the pages read', () => {
  test('is the OpenAPI document, the same under each of its names', async () => {
    const { body } = await askApi(gateway, '/api/openapi.json');
    assert.equal(body.openapi, '3.1.0');
    assert.deepEqual((await askApi(gateway, '/api/docs/json')).body, body);
    assert.match((await askApi(gateway, '/api/redoc/page.js')).text, /'\/api\/openapi\.json'/);
  });
});

describe('The bundle of Redoc', () => {
  test('is kept by browsers, and asked for again by its tag', async () => {
    const first = await askApi(gateway, '/api/redoc/redoc.standalone.js');
    assert.match(first.headers.get('cache-control') ?? '', /^public, max-age=\d+$/);
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"[0-9a-f]{64}"$/);
    const again = await askApi(gateway, '/api/redoc/redoc.standalone.js', {
      headers: { 'If-None-Match': `W/${etag}` },
    });
    assert.deepEqual([again.status, again.text], [304, '']);
  });
});
