import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiUser, addApiUser, askApi, assertProblem } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let auditor: ApiUser;

before(async () => {
  gateway = await startGateway();
  auditor = await addApiUser(gateway, 'auditor', { role: 'auditor' });
  await addApiUser(gateway, 'Chief', { role: 'admin' });
  for (const name of ['ann', 'Anna', 'bob', 'a-b', 'a_b', 'aZ']) await gateway.services.accounts.create({ name });
  await gateway.services.accounts.disable('bob');
});
after(() => gateway.stop());

const list = (query = '') => askApi(gateway, `/accounts${query}`, { token: auditor.token });
const namesOf = async (query = '') => {
  const { status, body, text } = await list(query);
  assert.equal(status, 200, text);
  return (body.items as { name: string }[]).map(({ name }) => name);
};

describe('the list of accounts', () => {
  test('has all of them, by name in whatever case', async () => {
    const names = await namesOf();
    assert.deepEqual(names, ['a-b', 'a_b', 'ann', 'Anna', 'auditor', 'aZ', 'bob', 'Chief', 'root']);
    assert.equal((await list()).body.next, null);
    assert.doesNotMatch((await list()).text, /argon2|password_hash|epoch/);
  });

  test('is filtered by role, status, name and what a name begins with, whatever its case', async () => {
    assert.deepEqual(await namesOf('?role=admin'), ['Chief']);
    assert.deepEqual(await namesOf('?role=root'), ['root']);
    assert.deepEqual(await namesOf('?status=disabled'), ['bob']);
    assert.deepEqual(await namesOf('?name=ANN'), ['ann']);
    assert.deepEqual(await namesOf('?name=nobody'), []);
    assert.deepEqual(await namesOf('?q=AN'), ['ann', 'Anna']);
    assert.deepEqual(await namesOf('?q=a_'), ['a_b'], 'no wildcard');
    assert.deepEqual(await namesOf('?q=a&role=auditor'), ['auditor']);
    assert.deepEqual(await namesOf('?q=b&status=active'), []);
  });

  for (const query of [
    '?role=king',
    '?status=gone',
    '?limit=0',
    '?limit=1001',
    '?limit=x',
    '?cursor=!!',
    '?q=',
    '?q=%25',
    `?q=${'x'.repeat(65)}`,
    '?nothing=1',
  ]) {
    test(`refuses ${query.slice(0, 30)}`, async () => assertProblem(await list(query), 400, 'invalid-request'));
  }
});

test('pages to the end miss nobody and tell nobody twice, while accounts are added', async () => {
  const before = await namesOf('?limit=1000');
  const seen: string[] = [];
  let added = 0;
  let next: string | null = '';
  while (next !== null) {
    const { body } = await list(`?limit=2${next === '' ? '' : `&cursor=${next}`}`);
    seen.push(...(body.items as { name: string }[]).map(({ name }) => name));
    next = body.next;
    added += 1;
    if (added > 5) continue;
    for (const letter of ['A', 'm', 'z']) await gateway.services.accounts.create({ name: `${letter}-added-${added}` });
  }
  assert.equal(new Set(seen).size, seen.length);
  const folded = seen.map((name) => name.toLowerCase());
  assert.deepEqual(folded, folded.toSorted());
  assert.deepEqual(
    before.filter((name) => !seen.includes(name)),
    [],
  );
});
