import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { linkBaseOf } from '../../../gateway/rest/link-base.ts';

/** A request that came to this address of ours. */
function cameTo(localAddress: string, localPort: number): FastifyRequest {
  return { socket: { localAddress, localPort } } as unknown as FastifyRequest; // all of it that is looked at
}

const base = (origin: string, request = cameTo('192.0.2.7', 9001)) =>
  linkBaseOf(request, { publicUrl: undefined, origin });

describe('where links in mails lead', () => {
  test('to the public URL, whatever a request says', () => {
    const publicUrl = new URL('https://gatehouse.example.org');
    const found = linkBaseOf(cameTo('192.0.2.7', 9001), { publicUrl, origin: 'http://evil.example' });
    assert.equal(found, 'https://gatehouse.example.org/api/v1');
  });

  test('to the address that the request came to, in whatever family', () => {
    assert.equal(base('http://192.0.2.7:9001'), 'http://192.0.2.7:9001/api/v1');
    assert.equal(base('http://192.0.2.7:9001', cameTo('::ffff:192.0.2.7', 9001)), 'http://192.0.2.7:9001/api/v1');
    assert.equal(base('http://[2001:db8::1]:9001', cameTo('2001:db8::1', 9001)), 'http://[2001:db8::1]:9001/api/v1');
    assert.equal(base('http://192.0.2.7', cameTo('192.0.2.7', 80)), 'http://192.0.2.7/api/v1');
  });

  test('to this machine, where the port is ours', () => {
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]']) {
      assert.equal(base(`http://${host}:9001`), `http://${host}:9001/api/v1`);
    }
  });

  for (const origin of [
    'http://evil.example:9001',
    'http://192.0.2.8:9001',
    'http://192.0.2.7:9002',
    'http://localhost:9002',
    'http://localhost',
    'http://localhost.evil.example:9001',
    'http://127.0.0.1.evil.example:9001',
    'http://localhost:9001@evil.example',
    'http://evil.example#localhost:9001',
    'http://',
    'http://a b:9001',
  ]) {
    test(`not to ${origin}, which only the request says`, () => {
      assert.equal(base(origin), undefined);
    });
  }
});
