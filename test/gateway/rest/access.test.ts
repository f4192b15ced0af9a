import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Endpoint } from '../../../gateway/rest/endpoint.ts';
import { endpoints } from '../../../gateway/rest/endpoints/index.ts';
import { API_PREFIX } from '../../../gateway/rest/link-base.ts';
import { type ApiReply, type ApiUser, addApiUser, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let member: ApiUser;
let auditor: ApiUser;

before(async () => {
  gateway = await startGateway();
  member = await addApiUser(gateway, 'member');
  auditor = await addApiUser(gateway, 'auditor', { role: 'auditor' });
});
after(() => gateway.stop());

/** Asks an endpoint in a way that is wrong in every respect: its parameters, its query, and a body that is no JSON. */
async function askWrongly({ method, path }: Endpoint, headers: Record<string, string>): Promise<ApiReply> {
  const url = `${gateway.apiUrl}${API_PREFIX}${path.replaceAll(/:\w+/g, '*')}?limit=-1`;
  const body = method === 'GET' ? {} : { body: '{', headers: { ...headers, 'Content-Type': 'application/json' } };
  const reply = await fetch(url, { method, headers, redirect: 'manual', ...body });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, body: text === '' ? undefined : JSON.parse(text), text };
}

function bearer({ token }: { readonly token: string }): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

for (const endpoint of endpoints.filter(({ access }) => access !== 'public')) {
  const { name, method, path, access } = endpoint;
  describe(`${name} (${method} ${path})`, () => {
    if (access !== 'optional') {
      test('tells who is not logged in nothing but that: 401', async () => {
        assertProblem(await askWrongly(endpoint, {}), 401, 'not-authenticated');
        const basic = Buffer.from('member:secret').toString('base64');
        assertProblem(await askWrongly(endpoint, { Authorization: `Basic ${basic}` }), 401, 'not-authenticated');
      });
    }

    test('tells whose token is junk nothing but that: 401', async () => {
      for (const token of ['junk', 'a.b.c', `${member.token}x`, 'x'.repeat(8000)]) {
        const reply = await askWrongly(endpoint, bearer({ token }));
        assertProblem(reply, 401, 'invalid-token');
        assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer /);
      }
    });

    if (access === 'admin' || access === 'overseer') {
      test('tells a member nothing but that it may not: 403', async () => {
        assertProblem(await askWrongly(endpoint, bearer(member)), 403, 'not-allowed');
      });
    }
    if (access === 'admin') {
      test('tells an auditor nothing but that it may not: 403', async () => {
        assertProblem(await askWrongly(endpoint, bearer(auditor)), 403, 'not-allowed');
      });
    }
  });
}
