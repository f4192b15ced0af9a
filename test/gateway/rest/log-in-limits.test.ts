import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hashSync } from '@node-rs/argon2';
import { addApiUser, askApi, assertProblem, PASSWORD } from '../../support/api.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const FAILURES = 3;
let gateway: TestGateway;
before(async () => {
  gateway = await startGateway({
    GATEHOUSE_LOGIN_FAILURES: String(FAILURES),
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
  });
});
after(() => gateway.stop());

interface Attempt {
  readonly name: string;
  readonly password?: string;
  /** Each test comes from addresses of its own. */
  readonly from: string;
}

function logIn({ name, password = PASSWORD, from }: Attempt) {
  return askApi(gateway, '/sessions', {
    method: 'POST',
    body: { name, password },
    headers: { 'X-Forwarded-For': from },
  });
}

async function failAsOftenAsAllowed({ name, from }: Attempt): Promise<void> {
  for (let failures = 0; failures < FAILURES; failures++) {
    assertProblem(await logIn({ name, from, password: 'a wrong password' }), 401, 'invalid-credentials');
  }
}

async function assertLimited(attempt: Attempt): Promise<void> {
  const reply = await logIn(attempt);
  assertProblem(reply, 429, 'too-many-requests');
  const seconds = Number(reply.headers.get('retry-after'));
  assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600, `Retry-After: ${seconds}`);
}

test('after too many wrong passwords not even the right one is taken, for that account from that address alone', async () => {
  await addApiUser(gateway, 'alice');
  await addApiUser(gateway, 'bob');
  await failAsOftenAsAllowed({ name: 'alice', from: '192.0.2.1' });
  await assertLimited({ name: 'alice', from: '192.0.2.1' });
  await assertLimited({ name: 'ALICE', from: '192.0.2.1' });
  assert.equal((await logIn({ name: 'bob', from: '192.0.2.1' })).status, 201);
  assert.equal((await logIn({ name: 'alice', from: '192.0.2.2' })).status, 201);
  // That another address was right helps nobody here.
  await assertLimited({ name: 'alice', from: '192.0.2.1' });
});

test('names that nobody has are limited as all others are', async () => {
  await failAsOftenAsAllowed({ name: 'nobody', from: '192.0.2.10' });
  await assertLimited({ name: 'nobody', from: '192.0.2.10' });
});

test('a name and an e-mail do not tell by their limits that they are of one account', async () => {
  await addApiUser(gateway, 'erin', { email: 'erin@example.com' });
  await failAsOftenAsAllowed({ name: 'erin', from: '192.0.2.15' });
  assertProblem(
    await logIn({ name: 'erin@example.com', from: '192.0.2.15', password: 'a wrong password' }),
    401,
    'invalid-credentials',
  );
});

test('who succeeds begins anew, and is never limited for that', async () => {
  await addApiUser(gateway, 'carol');
  for (let round = 0; round < 3; round++) {
    for (let failures = 1; failures < FAILURES; failures++) {
      assert.equal((await logIn({ name: 'carol', from: '192.0.2.20', password: 'a wrong password' })).status, 401);
    }
    assert.equal((await logIn({ name: 'carol', from: '192.0.2.20' })).status, 201);
  }
  const replies = await Promise.all(Array.from({ length: 20 }, () => logIn({ name: 'carol', from: '192.0.2.20' })));
  assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([201]));
});

test('guesses made all at once are not answered more often, the right one among them either', async () => {
  await addApiUser(gateway, 'dave');
  const guesses = Array.from({ length: 20 }, (_, index) => (index === 15 ? PASSWORD : `a wrong password ${index}`));
  const replies = await Promise.all(guesses.map((password) => logIn({ name: 'dave', from: '192.0.2.30', password })));
  const answers = replies.filter(({ status }) => status !== 429);
  assert.ok(answers.length <= FAILURES, `${answers.length} were answered`);
});

test('an account is limited from all addresses together', async () => {
  await addApiUser(gateway, 'frank');
  for (let address = 1; address <= 10; address++) {
    await failAsOftenAsAllowed({ name: 'frank', from: `198.51.100.${address}` });
  }
  await assertLimited({ name: 'frank', from: '198.51.100.200' });
});

test('an address is limited over all accounts together, and with it the network of 64 bits that it is in', async () => {
  for (let account = 1; account <= 20; account++) {
    await failAsOftenAsAllowed({ name: `guessed${account}`, from: `2001:db8::${account}` });
  }
  await assertLimited({ name: 'somebody', from: '2001:db8::ffff' });
  assert.equal((await logIn({ name: 'somebody', from: '2001:db8:0:1::1' })).status, 401);
});

test('a log-in puts a hash of the parameters of now in the place of an older one, and a wrong password does not', async () => {
  const older = hashSync(PASSWORD, { algorithm: 2, memoryCost: 8192, timeCost: 1, parallelism: 1 });
  const { id } = await gateway.services.accounts.create({ name: 'grace', passwordHash: older });
  const actor = { accountId: id, address: '192.0.2.40', userAgent: null };
  /** The hash that a log-in meets. */
  const metHash = async () =>
    (await gateway.services.logIn.requirePassword({ login: 'grace', password: PASSWORD, actor })).password_hash;
  assert.equal((await logIn({ name: 'grace', from: '192.0.2.40', password: 'a wrong password' })).status, 401);
  assert.equal(await metHash(), older);
  const newer = await metHash();
  assert.match(newer ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal((await logIn({ name: 'grace', from: '192.0.2.40' })).status, 201);
  assert.equal(await metHash(), newer);
});
