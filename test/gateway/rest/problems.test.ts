import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiReply, type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { Wire, type WireReply } from '../../support/wire.ts';

let gateway: TestGateway;
let user: ApiUser;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_IDLE_TIMEOUT: '1', GATEHOUSE_TRUSTED_PROXIES: '127.0.0.0/8,10.0.0.0/8' });
  user = await addApiUser(gateway, 'walker');
});
after(() => gateway.stop());

const LOG_IN = '/api/v1/sessions';

/** Posts bytes as they are. */
async function post(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<ApiReply> {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body };
  const reply = await fetch(gateway.apiUrl + LOG_IN, init);
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, body: JSON.parse(text), text };
}

/** Sends what need not be HTTP, and reads a reply. */
async function onWire(...pieces: string[]): Promise<WireReply> {
  const wire = await Wire.open(gateway.apiUrl);
  try {
    return await wire.send(...pieces).reply();
  } finally {
    wire.close();
  }
}

function assertWireProblem(reply: WireReply, status: number, code: string): void {
  assert.equal(reply.status, status, reply.line);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(JSON.parse(reply.body.toString()).code, code);
  assert.ok(reply.headers.get('x-request-id'));
}

describe('A body that is no JSON that everybody reads alike is 400 invalid-json:', () => {
  const bodies: [what: string, body: string | Uint8Array][] = [
    ['cut off', '{"name":"a"'],
    ['a byte order mark', '\ufeff{"name":"a","password":"b"}'],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xc3, 0x28, 0x22)],
    ['half a surrogate pair', '{"name":"\\ud800","password":"b"}'],
    ['half a surrogate pair as a name', '{"\\udfff":"a","password":"b"}'],
    ['a name that comes twice', '{"name":"a","name":"b","password":"c"}'],
    ['a name that comes twice, escaped once', '{"name":"a","n\\u0061me":"b","password":"c"}'],
    ['a prototype', '{"name":"a","password":"b","__proto__":{"role":"admin"}}'],
    ['a depth of 10,000', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['a depth of 10,000 in objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['NaN', '{"name":NaN,"password":"b"}'],
    ['a comment', '{"name":"a",/* */"password":"b"}'],
    ['a trailing comma', '{"name":"a","password":"b",}'],
    ['two documents', '{"name":"a"}{"password":"b"}'],
    ['a bare NUL', '\0'],
  ];
  for (const [what, body] of bodies) {
    test(what, async () => {
      const reply = await post(body);
      assertProblem(reply, 400, 'invalid-json');
      assert.doesNotMatch(reply.text, /Unexpected|position/, 'no words of the parser');
    });
  }
});

describe('A body that is JSON and not what is asked for is 400 and names the field:', () => {
  const bodies: [what: string, body: string, field: string][] = [
    ['none at all', '', 'body'],
    ['null', 'null', 'body'],
    ['a list', '[]', 'body'],
    ['a field that is missing', '{"name":"a"}', '/password'],
    ['a field too many', '{"name":"a","password":"b","role":"admin"}', '/role'],
    ['a field too many whose name is a pointer', '{"name":"a","password":"b","a/b~c":1}', '/a~1b~0c'],
    ['a number for a text', '{"name":1,"password":"b"}', '/name'],
    ['a number beyond all', '{"name":1e999,"password":"b"}', '/name'],
    ['a text that is too long', `{"name":"a","password":"${'b'.repeat(5000)}"}`, '/password'],
    ['a text that is empty', '{"name":"a","password":""}', '/password'],
  ];
  for (const [what, body, field] of bodies) {
    test(what, async () => {
      const reply = await post(body);
      assertProblem(reply, 400, 'invalid-request');
      assert.deepEqual(
        reply.body.errors.map((each: { field: string }) => each.field),
        [field],
      );
    });
  }

  test('a query names its parameter', async () => {
    for (const query of ['limit=0', 'limit=x', 'limit=1&limit=2', 'cursor=!', 'cursor=', 'colour=red']) {
      const reply = await askApi(gateway, `/audit?${query}`, { token: user.token });
      assertProblem(reply, 400, 'invalid-request');
      assert.equal(reply.body.errors[0].field, query.split('=')[0], reply.text);
    }
  });
});

describe('What Fastify refuses is a problem:', () => {
  test('another type of body is 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense', '']) {
      assertProblem(await post('name=a', { 'Content-Type': type }), 415, 'unsupported-media-type');
    }
  });

  test('a body of more than 64 KiB is 413', async () => {
    assertProblem(await post(`{"name":"${'a'.repeat(70_000)}"}`), 413, 'body-too-large');
  });

  test('a path that is not there is 404', async () => {
    for (const path of ['//', '/api/v1', '/api/v1/nothing', '/api/v2/sessions', '/api/v1/SESSIONS']) {
      assertProblem(await askApi(gateway, path), 404, 'not-found');
    }
  });

  test('a path that is there, by another method, is 405 with those it takes', async () => {
    for (const [method, path] of [
      ['PUT', '/sessions'],
      ['POST', '/sessions/some-id'],
      ['OPTIONS', '/sessions/current'],
    ] as const) {
      const reply = await askApi(gateway, path, { method });
      assertProblem(reply, 405, 'method-not-allowed');
      assert.match(reply.headers.get('allow') ?? '', /GET, HEAD|DELETE/);
    }
  });

  test('a path that cannot be decoded is 400', async () => {
    for (const path of ['/api/v1/sessions/%ff', '/api/v1/sessions/%', '/api/v1/%zz']) {
      assertProblem(await askApi(gateway, path), 400, 'invalid-request');
    }
  });

  test('a name in the path that is too long is 414', async () => {
    assertProblem(
      await askApi(gateway, `/sessions/${'x'.repeat(3000)}`, { method: 'DELETE', token: user.token }),
      414,
      'uri-too-long',
    );
  });
});

describe('What node refuses is a problem:', () => {
  test('headers of more than 16 KiB are 431', async () => {
    const reply = await onWire(`GET /healthz HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`);
    assertWireProblem(reply, 431, 'headers-too-large');
  });

  test('what is not HTTP is 400', async () => {
    for (const text of ['hello\r\n\r\n', 'GET  HTTP/9\r\n\r\n', 'GET / HTTP/1.1\r\nno colon\r\n\r\n']) {
      assertWireProblem(await onWire(text), 400, 'invalid-request');
    }
  });

  test('chunks that are none are 400', async () => {
    const head = `POST ${LOG_IN} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
    assertWireProblem(await onWire(head, 'zz\r\n'), 400, 'invalid-request');
  });

  test('a request without a Host is 400', async () => {
    assertWireProblem(await onWire('GET /healthz HTTP/1.1\r\n\r\n'), 400, 'invalid-request');
  });

  test('a request with two hosts, or with two tokens, is 400', async () => {
    const two = 'GET /healthz HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n';
    assertWireProblem(await onWire(two), 400, 'invalid-request');
    const bearer = `Authorization: Bearer ${user.token}\r\n`;
    const tokens = `GET /api/v1/accounts/me HTTP/1.1\r\nhost: a\r\n${bearer}Authorization: Bearer x\r\n\r\n`;
    assertWireProblem(await onWire(tokens), 400, 'invalid-request');
  });

  test('an expectation that nobody knows is no matter', async () => {
    assert.equal((await onWire('GET /healthz HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\n\r\n')).status, 200);
  });

  test('garbage behind a request takes nothing from its reply', async () => {
    const wire = await Wire.open(gateway.apiUrl);
    assert.equal((await wire.send('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n').reply()).status, 200);
    assertWireProblem(await wire.send('garbage\r\n\r\n').reply(), 400, 'invalid-request');
    wire.close();
  });
});

describe('Clients that take their time', () => {
  test('are cut off when they are silent', async () => {
    const wire = await Wire.open(gateway.apiUrl);
    wire.send(`POST ${LOG_IN} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{`);
    assert.match((await wire.untilClosed()).toString(), /^$|408/);
  });

  test('are cut off when they drip', async () => {
    const wire = await Wire.open(gateway.apiUrl);
    wire.send(`POST ${LOG_IN} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`);
    const drip = setInterval(() => wire.send(' '), 100);
    const end = await wire.untilClosed();
    clearInterval(drip);
    assert.match(end.toString(), /^HTTP\/1\.1 408 .*"code":"request-timeout"/s);
  });

  test('may go at any time', async () => {
    for (const half of ['', '{"name":']) {
      const wire = await Wire.open(gateway.apiUrl);
      wire.send(
        `POST ${LOG_IN} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n${half}`,
      );
      wire.drop();
    }
    assert.equal((await askApi(gateway, '//healthz')).status, 200);
  });
});

describe('Every reply', () => {
  const paths = ['//healthz', '//nothing', '/api/v1/sessions', '/api/v1/%ff', '/api/openapi.json'];
  for (const path of paths) {
    test(`of ${path} says that it is no page and is not to be kept, and has a number`, async () => {
      const { headers } = await askApi(gateway, path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
      assert.match(headers.get('x-request-id') ?? '', /^[0-9a-z]{26}$/);
    });
  }

  test('to HEAD is that to GET without its body', async () => {
    const reply = await askApi(gateway, '//healthz', { method: 'HEAD' });
    assert.deepEqual([reply.status, reply.text], [200, '']);
  });

  test('to GET takes no notice of a body', async () => {
    const reply = await onWire('GET /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n{"x');
    assert.equal(reply.status, 200);
  });
});

describe('The address of a client', () => {
  async function addressSeen(forwarded: string): Promise<string> {
    await askApi(gateway, '/sessions', {
      method: 'POST',
      body: { name: 'walker', password: 'wrong' },
      headers: { 'X-Forwarded-For': forwarded },
    });
    const { body } = await askApi(gateway, '/audit?type=session.refused&limit=1', { token: user.token });
    return body.items[0].address;
  }

  test('is what a proxy that is trusted says', async () => {
    assert.equal(await addressSeen('192.0.2.7'), '192.0.2.7');
    assert.equal(await addressSeen('192.0.2.7, 10.1.2.3'), '192.0.2.7');
  });

  test('is looked for behind a proxy whose IPv4 address is written as IPv6', async () => {
    assert.equal(await addressSeen('192.0.2.8, ::ffff:10.0.0.1'), '192.0.2.8');
    assert.equal(await addressSeen('::ffff:192.0.2.9'), '192.0.2.9');
  });

  test('is that of the connection where the proxy says what is no address', async () => {
    for (const forwarded of ['unknown', '_hidden', 'x'.repeat(4000), '1.2.3.4:99', '"[2001:db8::1]"']) {
      assert.equal(await addressSeen(forwarded), '127.0.0.1', forwarded);
    }
  });
});
