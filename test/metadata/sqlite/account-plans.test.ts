import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openSqlite } from '../../../metadata/index.ts';
import { mutations } from '../../../metadata/mutations/index.ts';
import { queries } from '../../../metadata/queries/index.ts';
import { openDatabase } from '../../../metadata/sqlite/driver.ts';
import type { Tx, Value } from '../../../metadata/tx.ts';
import { AUDIT, addAccount, NOON } from '../support/fixture.ts';

let folder: string;
let raw: ReturnType<typeof openDatabase>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-plans-'));
  const path = join(folder, 'metadata.db');
  const metadata = openSqlite({ path, durability: 'full', writer: 'here' });
  await addAccount(metadata, 'ann');
  await metadata.close();
  raw = openDatabase(path);
  raw.pragma('foreign_keys = ON');
});
after(async () => {
  raw.close();
  await rm(folder, { recursive: true });
});

/** How SQLite goes about each statement that a query or mutation makes. */
async function plansOf(work: (tx: Tx) => unknown): Promise<string> {
  const steps: string[] = [];
  const explained = (sql: string, values: readonly Value[]) => {
    const plan = raw.prepare<Value[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    steps.push(...plan.map(({ detail }) => detail));
    return raw.prepare<Value[], never>(sql);
  };
  await work({
    get: (sql, ...values) => explained(sql, values).get(...values),
    all: (sql, ...values) => explained(sql, values).all(...values),
    rows: (sql, ...values) => explained(sql, values).all(...values),
    run: (sql, ...values) => explained(sql, values).run(...values).changes,
  });
  return steps.join('\n');
}

const page = { after: 'k', limit: 50 };
const works: Readonly<Record<string, (tx: Tx) => unknown>> = {
  'accounts are listed by role': (tx) => queries.listProfiles(tx, { ...page, role: 'auditor' }),
  'accounts are listed by status': (tx) => queries.listProfiles(tx, { ...page, status: 'disabled' }),
  'accounts are listed by what their names begin with': (tx) => queries.listProfiles(tx, { ...page, prefix: 'm' }),
  'root is found': (tx) => queries.findRootAccount(tx),
  'the claims of an account are listed': (tx) =>
    queries.pageClaims(tx, { accountId: 'id-of-ann', after: undefined, limit: 50 }),
  'old invites are removed': (tx) => mutations.removeExpiredInvites(tx, { before: NOON, limit: 500 }),
  'an account is removed': (tx) => mutations.deleteAccount(tx, { accountId: 'id-of-ann', audit: AUDIT }),
};

for (const [what, work] of Object.entries(works)) {
  test(`${what} without looking at all others`, async () => {
    assert.doesNotMatch(await plansOf(work), /SCAN|TEMP B-TREE/);
  });
}

test('accounts are listed in the order of an index', async () => {
  assert.doesNotMatch(await plansOf((tx) => queries.listProfiles(tx, page)), /TEMP B-TREE/);
});
