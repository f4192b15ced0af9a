import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addApiUser, askApi } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const ROUNDS = 25;
/** A look-up that ends without hashing is ten times faster and more; a busy machine blurs the rest. */
const FACTOR = 2;
/** Who is asked for: all of them are refused. */
const NAMES = ['known', 'unknown', 'passwordless', 'disabled', 'known@example.com', 'unknown@example.com'] as const;

let gateway: TestGateway;
before(async () => {
  gateway = await startGateway({ GATEHOUSE_LOGIN_FAILURES: '1000' });
  await addApiUser(gateway, 'known', { email: 'known@example.com' });
  await addApiUser(gateway, 'disabled');
  await gateway.services.accounts.disable('disabled');
  await gateway.services.accounts.create({ name: 'passwordless' });
});
after(() => gateway.stop());

/** Milliseconds of a refused log-in, and what was told. */
async function refuse(name: string, password: string): Promise<{ readonly ms: number; readonly told: string }> {
  const begun = performance.now();
  const { status, body } = await askApi(gateway, '/sessions', { method: 'POST', body: { name, password } });
  return { ms: performance.now() - begun, told: JSON.stringify({ status, ...body }) };
}

test('who is unknown, has no password or is disabled is refused like who is known: in the same words, after the same time', async () => {
  const samples = new Map<string, number[]>(NAMES.map((name) => [name, []]));
  const told = new Set<string>();
  for (let round = 0; round <= ROUNDS; round++) {
    // In another order every time: whatever the machine does meanwhile meets all of them.
    for (const name of rotated(NAMES, round)) {
      const refusal = await refuse(name, 'a wrong password');
      told.add(refusal.told);
      // The first round warms up.
      if (round > 0) samples.get(name)?.push(refusal.ms);
    }
  }
  assert.equal(told.size, 1, [...told].join('\n'));
  assert.match([...told].join(), /"status":401.*"code":"invalid-credentials"/);
  const medians = [...samples].map(([name, times]) => ({ name, ms: median(times) }));
  const [fastest, slowest] = [Math.min, Math.max].map((pick) => pick(...medians.map(({ ms }) => ms)));
  assert.ok(slowest! / fastest! < FACTOR, JSON.stringify(medians));
});

test('a disabled account is refused with its right password in the same words', async () => {
  const wrong = await refuse('disabled', 'a wrong password');
  const right = await refuse('disabled', 'correct horse battery staple');
  assert.equal(right.told, wrong.told);
});

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  return items.map((_, index) => items[(index + by) % items.length]!);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
