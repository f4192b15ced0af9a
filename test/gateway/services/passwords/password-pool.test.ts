import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { PasswordPool, type PasswordPoolOptions } from '../../../../gateway/services/passwords/password-pool.ts';
import { Failure } from '../../../../metadata/index.ts';

const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const MORTAL = new URL(`./mortal-thread.${EXTENSION}`, import.meta.url);

async function withPool(options: PasswordPoolOptions, use: (pool: PasswordPool) => Promise<void>): Promise<void> {
  const pool = new PasswordPool(options);
  try {
    await use(pool);
  } finally {
    await pool.close();
  }
}

const hash = (pool: PasswordPool, password = 'correct horse') => pool.run({ kind: 'hash', password });

function isSlowDown(refusal: unknown): boolean {
  return (
    refusal instanceof Failure && refusal.code === 'SlowDown' && /^[1-9]\d*$/.test(refusal.detail.RetryAfter ?? '')
  );
}

for (const [how, cause] of [
  ['die', /told to/],
  ['exit', undefined],
] as const) {
  test(`a thread that ends (${how}) fails its own job alone, and another takes its place`, () =>
    withPool({ threads: 1, file: MORTAL }, async (pool) => {
      const before = hash(pool);
      const lost = hash(pool, how);
      const behind = hash(pool);
      await assert.rejects(lost, (error: Error) => {
        assert.match(error.message, /thread that hashes passwords has ended/);
        if (cause !== undefined) assert.match(String(error.cause), cause);
        return true;
      });
      assert.equal(await before, 'done: correct horse');
      assert.equal(await behind, 'done: correct horse');
      assert.equal(await hash(pool, 'later'), 'done: later');
    }));
}

test('who would wait too long is told to come back, and those before are served', () =>
  withPool({ threads: 1, maxWaitMs: 200 }, async (pool) => {
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => hash(pool)));
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason);
    assert.ok(refusals.length > 50 && refusals.length < 100, `${refusals.length} were refused`);
    assert.ok(refusals.every(isSlowDown));
    assert.match(String(await hash(pool)), /^\$argon2id/);
  }));

test('however slow it is, who is alone is served', () =>
  withPool({ threads: 1, maxWaitMs: 0 }, async (pool) => {
    for (let times = 0; times < 3; times++) assert.match(String(await hash(pool)), /^\$argon2id/);
  }));

test('jobs are done on several threads at the same time, and no more than there may be', () =>
  withPool({ threads: 2 }, async (pool) => {
    const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => hash(pool, `password ${index}`)));
    const rights = answers.map((passwordHash, index) =>
      pool.run({ kind: 'verify', password: `password ${index}`, passwordHash: String(passwordHash) }),
    );
    assert.deepEqual(await Promise.all(rights), Array(6).fill(true));
  }));

test('a pool that closes tells those who wait to come back, and takes nobody', async () => {
  const pool = new PasswordPool({ threads: 1 });
  const jobs = [hash(pool), hash(pool)];
  const settled = Promise.allSettled(jobs);
  await pool.close();
  const [running, waiting] = await settled;
  assert.equal(running?.status, 'rejected');
  assert.ok(waiting?.status === 'rejected' && isSlowDown(waiting.reason));
  await assert.rejects(hash(pool), isSlowDown);
  await pool.close();
});

test('an idle pool does not keep the process, and a job does until it is done', async () => {
  const pool = new URL(`../../../../gateway/services/passwords/password-pool.${EXTENSION}`, import.meta.url);
  const script = `
    import('${pool}').then(async ({ PasswordPool }) => {
      const pool = new PasswordPool();
      await pool.run({ kind: 'hash', password: 'first' });
      pool.run({ kind: 'hash', password: 'last' }).then((hash) => console.log(hash));
    });
  `;
  const run = promisify(execFile)(process.execPath, ['-e', script], { timeout: 30_000 });
  assert.match((await run).stdout, /^\$argon2id\$/);
});

test('a thread stands back for those that serve requests', { skip: process.platform !== 'linux' }, () =>
  withPool({ threads: 1 }, async (pool) => {
    const before = niceThreads();
    await hash(pool);
    assert.deepEqual(niceThreads() - before, 1);
  }),
);

/** How many threads of this process have a lower priority than it. */
function niceThreads(): number {
  return readdirSync('/proc/self/task').filter((task) => {
    const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8');
    // Behind the name, which may have blanks and brackets: state is the third field of proc_pid_stat(5), nice the 19th.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]) > 0;
  }).length;
}
