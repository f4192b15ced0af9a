import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { OPERATOR } from '../../../../gateway/services/audit.ts';
import { SealError } from '../../../../gateway/services/encryption/sealed-key.ts';
import { PUBLISH_AHEAD_MS, SigningKeys } from '../../../../gateway/services/sessions/signing-keys.ts';
import { Tokens } from '../../../../gateway/services/sessions/tokens.ts';
import { Vault } from '../../../../gateway/services/vault.ts';
import { type Metadata, openSqlite } from '../../../../metadata/index.ts';
import { openDatabase } from '../../../../metadata/sqlite/driver.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const TOKEN_MS = 15 * MINUTE_MS;
const LIFETIME_MS = 30 * DAY_MS;
const START = Date.parse('2026-05-01T12:00:00.000Z');
const CLAIMS = { accountId: 'ann', epoch: 1, sessionId: 'session', methods: 'password' };

let folder: string;
let opened: Metadata[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-signing-'));
  opened = [];
  mock.timers.enable({ apis: ['Date'], now: START });
});
afterEach(async () => {
  mock.timers.reset();
  for (const metadata of opened) await metadata.close();
  await rm(folder, { recursive: true, force: true });
});

/** The keys and tokens of a gateway on the one database. */
function openGateway({ masterKey = Buffer.alloc(32, 1), tokenLifetimeMs = TOKEN_MS } = {}) {
  const metadata = openSqlite({ path: join(folder, 'metadata.db'), durability: 'relaxed', writer: 'thread' });
  opened.push(metadata);
  const vault = new Vault(masterKey);
  const keys = new SigningKeys({ metadata, vault, lifetimeMs: LIFETIME_MS, tokenLifetimeMs });
  const tokens = new Tokens({ keys, issuer: 'urn:test' });
  return {
    keys,
    metadata,
    issue: async (lifetimeMs = tokenLifetimeMs) => tokens.issue('access', CLAIMS, lifetimeMs),
    verify: (token: string) => tokens.verify('access', token),
    kids: async () => new Set((await keys.jwks()).keys.map(({ kid }) => kid)),
    signing: async () => (await keys.current()).kid,
  };
}

const pass = (ms: number) => mock.timers.setTime(Date.now() + ms);

describe('signing keys', () => {
  test('the first one is made when it is needed, signs at once, and is kept', async () => {
    const gateway = openGateway();
    const kid = await gateway.signing();
    const { token } = await gateway.issue();
    assert.equal((await gateway.verify(token)).accountId, 'ann');
    assert.deepEqual(await gateway.kids(), new Set([kid]));
    assert.equal(await openGateway().signing(), kid);
  });

  test('of many gateways that start at once one makes the first, and all use it', async () => {
    const gateways = Array.from({ length: 6 }, () => openGateway());
    const kids = await Promise.all(gateways.map((gateway) => gateway.signing()));
    assert.equal(new Set(kids).size, 1);
    assert.equal((await gateways[0]?.keys.list())?.length, 1);
    const { token } = (await gateways[0]?.issue()) ?? { token: '' };
    for (const gateway of gateways) await gateway.verify(token);
  });

  test('private halves are sealed where they are kept', async () => {
    const gateway = openGateway();
    await gateway.signing();
    const raw = openDatabase(join(folder, 'metadata.db'), { readonly: true });
    const [row] = raw.prepare('SELECT * FROM signing_keys').all() as { wrapped_private: string; public_jwk: string }[];
    raw.close();
    assert.match(row?.wrapped_private ?? '', /^v1\.[\w-]+$/);
    assert.equal('d' in JSON.parse(row?.public_jwk ?? '{}'), false);
  });

  test('another master key opens none, and makes none beside them', async () => {
    await openGateway().signing();
    const other = openGateway({ masterKey: Buffer.alloc(32, 2) });
    await assert.rejects(other.keys.requireOpenable(), SealError);
    await assert.rejects(other.keys.current(), SealError);
    assert.equal((await other.keys.list()).length, 1);
  });

  test('a key moved to another row does not open', async () => {
    const gateway = openGateway();
    await gateway.signing();
    const raw = openDatabase(join(folder, 'metadata.db'));
    raw.prepare("UPDATE signing_keys SET kid = 'AAAAAAAAAAAAAAAA'").run();
    raw.close();
    await assert.rejects(openGateway().keys.current(), SealError);
  });
});

describe('a rotation that is due', () => {
  test('publishes the new key an hour before it signs, and the old one verifies what it signed', async () => {
    const gateway = openGateway();
    const old = await gateway.signing();
    assert.equal(await gateway.keys.rotateDue(), false, 'not before its time');
    pass(LIFETIME_MS);
    assert.equal(await gateway.keys.rotateDue(), true);
    assert.equal(await gateway.keys.rotateDue(), false, 'once');
    assert.equal(await gateway.signing(), old);
    assert.equal((await gateway.kids()).size, 2, 'others learn the new one');

    pass(PUBLISH_AHEAD_MS - 1);
    assert.equal(await gateway.signing(), old);
    const { token } = await gateway.issue();
    pass(1);
    const fresh = await gateway.signing();
    assert.notEqual(fresh, old);
    const { token: freshToken } = await gateway.issue();

    pass(TOKEN_MS - 1001);
    assert.equal((await gateway.verify(token)).accountId, 'ann', 'to the end of its time');
    assert.equal((await gateway.kids()).has(old), true);
    pass(2 * MINUTE_MS);
    await assert.rejects(gateway.verify(token), { code: 'InvalidToken' });
    await gateway.verify((await gateway.issue()).token);
    await assert.rejects(gateway.verify(freshToken), { message: 'The token has expired.' });
    assert.deepEqual(await gateway.kids(), new Set([fresh]));
    await gateway.keys.rotateDue();
    assert.equal((await gateway.metadata.queries.listSigningKeys()).length, 1, 'what verifies nothing is forgotten');
  });

  test('is done by one of several gateways, and all follow', async () => {
    const gateways = [openGateway(), openGateway(), openGateway()] as const;
    for (const gateway of gateways) await gateway.signing();
    pass(LIFETIME_MS);
    const rotated = await Promise.all(gateways.map((gateway) => gateway.keys.rotateDue()));
    assert.equal(rotated.filter((isRotated) => isRotated).length, 1);
    // Between the beginning and the end of the change every token of one counts at all others.
    for (let minutes = 0; minutes <= 90; minutes += 5) {
      for (const one of gateways) {
        const { token } = await one.issue();
        for (const other of gateways) await other.verify(token);
      }
      pass(5 * MINUTE_MS);
    }
    assert.equal(new Set(await Promise.all(gateways.map((gateway) => gateway.signing()))).size, 1);
  });

  test('comes again and again, and no more keys are there than verify', async () => {
    const gateway = openGateway();
    const seen = new Set([await gateway.signing()]);
    for (let days = 0; days < 150; days += 1) {
      const { token } = await gateway.issue();
      await gateway.keys.rotateDue();
      await gateway.verify(token);
      seen.add(await gateway.signing());
      assert.ok((await gateway.kids()).size <= 2);
      pass(DAY_MS);
    }
    assert.equal(seen.size, 5);
  });
});

describe('a rotation that is asked for', () => {
  test('is announced like one that is due', async () => {
    const gateway = openGateway();
    const old = await gateway.signing();
    assert.equal(await gateway.keys.rotate(OPERATOR), true);
    assert.equal(await gateway.signing(), old);
    pass(PUBLISH_AHEAD_MS);
    assert.notEqual(await gateway.signing(), old);
  });

  test('now: signs at once, other gateways know it at once, and tokens that are out stay valid', async () => {
    const [one, other] = [openGateway(), openGateway()];
    const old = await one.signing();
    assert.equal(await other.signing(), old);
    const before = await other.issue();
    assert.equal(await one.keys.rotate(OPERATOR, { now: true }), true);
    const { token } = await one.issue();
    assert.equal((await other.verify(token)).accountId, 'ann');
    await one.verify(before.token);
    pass(30_000);
    assert.equal(await other.signing(), await one.signing());
    assert.notEqual(await other.signing(), old);
  });

  test('now: what another gateway signs with the old key meanwhile stays valid to its end', async () => {
    const [one, other] = [openGateway(), openGateway()];
    await other.signing();
    await one.keys.rotate(OPERATOR, { now: true });
    pass(29_000);
    const late = await other.issue();
    pass(TOKEN_MS - 1000);
    assert.equal((await one.verify(late.token)).accountId, 'ann');
  });

  test('now, while another is announced: that one never signs', async () => {
    const gateway = openGateway();
    await gateway.signing();
    await gateway.keys.rotate(OPERATOR);
    pass(10 * MINUTE_MS);
    await gateway.keys.rotate(OPERATOR, { now: true });
    const kid = await gateway.signing();
    for (let minutes = 0; minutes < 180; minutes += 5) {
      assert.equal(await gateway.signing(), kid);
      const { token } = await gateway.issue();
      pass(5 * MINUTE_MS);
      await gateway.verify(token);
      await gateway.keys.rotateDue();
    }
    assert.deepEqual(await gateway.kids(), new Set([kid]));
  });

  test('twice within the hour: each takes its turn', async () => {
    const gateway = openGateway();
    const turns = [await gateway.signing()];
    await gateway.keys.rotate(OPERATOR);
    pass(30 * MINUTE_MS);
    await gateway.keys.rotate(OPERATOR);
    for (let minutes = 30; minutes < 180; minutes += 5) {
      const kid = await gateway.signing();
      if (turns.at(-1) !== kid) turns.push(kid);
      const { token } = await gateway.issue();
      pass(5 * MINUTE_MS);
      await gateway.verify(token);
      await gateway.keys.rotateDue();
    }
    assert.equal(turns.length, 3);
    assert.equal(new Set(turns).size, 3);
  });

  test('list tells what each is for', async () => {
    const gateway = openGateway();
    const first = await gateway.signing();
    await gateway.keys.rotate(OPERATOR);
    const states = async () => (await gateway.keys.list()).map(({ kid, state }) => [kid === first, state]);
    assert.deepEqual(await states(), [
      [false, 'published'],
      [true, 'signing'],
    ]);
    pass(PUBLISH_AHEAD_MS);
    assert.deepEqual(await states(), [
      [false, 'signing'],
      [true, 'verifying'],
    ]);
    pass(TOKEN_MS + 2 * MINUTE_MS);
    assert.deepEqual(await states(), [[false, 'signing']]);
  });
});

describe('clocks and lifetimes', () => {
  test('a gateway whose clock is behind uses the first key of one that is ahead', async () => {
    const ahead = openGateway();
    const kid = await ahead.signing();
    pass(-30_000);
    const behind = openGateway();
    assert.equal(await behind.signing(), kid);
    await behind.verify((await behind.issue()).token);
    assert.equal((await behind.keys.list()).length, 1);
  });

  test('a clock that was set back by days neither stops tokens nor makes keys', async () => {
    const gateway = openGateway();
    const kid = await gateway.signing();
    pass(-3 * DAY_MS);
    assert.equal(await gateway.signing(), kid);
    await gateway.verify((await gateway.issue()).token);
    assert.equal(await gateway.keys.rotateDue(), false);
    assert.equal(await gateway.keys.rotate(OPERATOR), false, 'the operator is told that the clock is wrong');
  });

  test('no token outlives its key when the lifetime of tokens was made longer meanwhile', async () => {
    const short = openGateway();
    await short.signing();
    await short.keys.rotate(OPERATOR);
    const long = openGateway({ tokenLifetimeMs: DAY_MS });
    pass(PUBLISH_AHEAD_MS - 1000);
    const { token, expiresAt } = await long.issue();
    const lastsMs = Date.parse(expiresAt) - Date.now();
    assert.ok(lastsMs >= TOKEN_MS && lastsMs < TOKEN_MS + 2 * MINUTE_MS, String(lastsMs));
    pass(lastsMs - 1000);
    await long.verify(token);
    pass(1001);
    await assert.rejects(long.verify(token), { code: 'InvalidToken' });
  });

  test('tokens that live longer than what a gateway remembers count to their end', async () => {
    const [one, other] = [openGateway({ tokenLifetimeMs: DAY_MS }), openGateway({ tokenLifetimeMs: DAY_MS })];
    const { token } = await one.issue();
    await one.keys.rotate(OPERATOR, { now: true });
    for (let hours = 0; hours < 23; hours += 1) {
      pass(HOUR_MS);
      await other.keys.rotateDue();
      await other.verify(token);
    }
    pass(HOUR_MS);
    await assert.rejects(other.verify(token), { message: 'The token has expired.' });
  });

  test('a key that was taken out of the database counts no more', async () => {
    const gateway = openGateway();
    const { token } = await gateway.issue();
    const raw = openDatabase(join(folder, 'metadata.db'));
    raw.prepare('DELETE FROM signing_keys').run();
    raw.close();
    pass(30_000);
    await assert.rejects(gateway.verify(token), { code: 'InvalidToken' });
    await gateway.verify((await gateway.issue()).token);
  });
});
