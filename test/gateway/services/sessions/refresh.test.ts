import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { Sessions, type SessionTokens } from '../../../../gateway/services/sessions/sessions.ts';
import { SigningKeys } from '../../../../gateway/services/sessions/signing-keys.ts';
import { Tokens } from '../../../../gateway/services/sessions/tokens.ts';
import { Vault } from '../../../../gateway/services/vault.ts';
import { type AccountRow, Failure, type Metadata, openSqlite } from '../../../../metadata/index.ts';
import { addAccount } from '../../../metadata/support/fixture.ts';

const RACERS = 16;
const MINUTE_MS = 60_000;
const ACTOR = { accountId: null, address: '127.0.0.1', userAgent: 'test' };

let folder: string;
const opened: Metadata[] = [];
let sessions: Sessions;
/** Of a second gateway on the same database. */
let others: Sessions;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-refresh-'));
  sessions = openSessions();
  others = openSessions();
});
after(async () => {
  for (const metadata of opened) await metadata.close();
  await rm(folder, { recursive: true, force: true });
});

function openSessions(): Sessions {
  const metadata = openSqlite({ path: join(folder, 'metadata.db'), durability: 'relaxed', writer: 'thread' });
  opened.push(metadata);
  const vault = new Vault(Buffer.alloc(32, 1));
  const keys = new SigningKeys({ metadata, vault, lifetimeMs: 1000 * MINUTE_MS, tokenLifetimeMs: MINUTE_MS });
  const tokens = new Tokens({ keys, issuer: 'urn:test' });
  return new Sessions({ metadata, tokens, accessLifetimeMs: MINUTE_MS, sessionLifetimeMs: 100 * MINUTE_MS });
}

let lastName = 0;
async function newAccount(): Promise<string> {
  lastName += 1;
  return addAccount(opened[0] as Metadata, `account-${lastName}`);
}

async function openSession(id: string): Promise<SessionTokens> {
  const account = (await opened[0]?.queries.findAccountById(id)) as AccountRow; // it was made
  return sessions.open(account, { methods: 'password', actor: ACTOR });
}

/** Undefined where it is refused as a token may be; anything else is a fault. */
async function orRefused<Result>(result: Promise<Result>): Promise<Result | undefined> {
  return result.catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'InvalidToken') return undefined;
    throw error;
  });
}

const isAlive = async ({ accessToken }: SessionTokens) =>
  (await orRefused(sessions.authenticate(accessToken))) !== undefined;

describe('a refresh token that many present at once', () => {
  for (const [where, pick] of [
    ['at one gateway', () => sessions],
    ['at two gateways', (index: number) => (index % 2 === 0 ? sessions : others)],
  ] as const) {
    test(`makes one pair, which is dead with the session: ${where}`, async () => {
      for (let round = 0; round < 5; round += 1) {
        const first = await openSession(await newAccount());
        const racers = Array.from({ length: RACERS }, (_, index) =>
          orRefused(pick(index).refresh(first.refreshToken, ACTOR)),
        );
        const won = (await Promise.all(racers)).filter((tokens) => tokens !== undefined);
        // The winner may find its session ended before it could be told of it.
        assert.ok(won.length <= 1, `${won.length} won`);
        for (const tokens of [first, ...won]) {
          assert.equal(await isAlive(tokens), false);
          assert.equal(await orRefused(sessions.refresh(tokens.refreshToken, ACTOR)), undefined);
        }
      }
    });
  }

  test('is told of once in the audit trail', async () => {
    const id = await newAccount();
    const { refreshToken } = await openSession(id);
    await Promise.all(Array.from({ length: RACERS }, () => orRefused(sessions.refresh(refreshToken, ACTOR))));
    const page = {
      accountId: id,
      type: 'session.reused',
      since: undefined,
      until: undefined,
      before: undefined,
    } as const;
    assert.equal((await opened[0]?.queries.listAudit({ ...page, limit: 100 }))?.length, 1);
  });

  test('leaves the other sessions of the account alone', async () => {
    const id = await newAccount();
    const [one, other] = [await openSession(id), await openSession(id)];
    await Promise.all(Array.from({ length: RACERS }, () => orRefused(sessions.refresh(one.refreshToken, ACTOR))));
    assert.equal(await isAlive(other), true);
    assert.notEqual(await orRefused(others.refresh(other.refreshToken, ACTOR)), undefined);
  });

  test('makes nothing that outlives a log-out everywhere at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await newAccount();
      const { refreshToken } = await openSession(id);
      const [fresh] = await Promise.all([orRefused(sessions.refresh(refreshToken, ACTOR)), others.endAll(id, ACTOR)]);
      if (fresh === undefined) continue;
      assert.equal(await isAlive(fresh), false);
      assert.equal(await orRefused(sessions.refresh(fresh.refreshToken, ACTOR)), undefined);
    }
  });
});

/** What is said of a session: which of its refresh tokens were used, and whether it has ended. */
interface Family {
  readonly accountId: string;
  readonly issued: SessionTokens[];
  isOver: boolean;
}

type Step =
  | { readonly kind: 'open'; readonly account: number }
  | { readonly kind: 'refresh'; readonly family: number; readonly age: number }
  | { readonly kind: 'end' | 'end-all'; readonly family: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('open' as const), account: fc.nat(1) }),
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('refresh' as const), family: fc.nat(5), age: fc.nat(3) }) },
    fc.record({ kind: fc.constantFrom('end' as const, 'end-all' as const), family: fc.nat(5) }),
  ),
  { maxLength: 25 },
);

/** Plays the steps on both, and compares what each says after every one. */
async function play(sequence: readonly Step[]): Promise<void> {
  const accounts = [await newAccount(), await newAccount()];
  const families: Family[] = [];
  for (const [index, step] of sequence.entries()) {
    const at = index % 2 === 0 ? sessions : others;
    if (step.kind === 'open') {
      const accountId = accounts[step.account] as string;
      families.push({ accountId, issued: [await openSession(accountId)], isOver: false });
    } else {
      const family = families[step.family % Math.max(1, families.length)];
      if (family !== undefined) await take(step, { at, family, families });
    }
    for (const { issued, isOver } of families) {
      for (const tokens of issued) assert.equal(await isAlive(tokens), !isOver);
    }
  }
}

async function take(
  step: Exclude<Step, { kind: 'open' }>,
  { at, family, families }: { at: Sessions; family: Family; families: readonly Family[] },
): Promise<void> {
  const { accountId, issued } = family;
  if (step.kind === 'refresh') {
    const presented = issued.at(-1 - (step.age % issued.length)) as SessionTokens;
    const isGood = !family.isOver && presented === issued.at(-1);
    const fresh = await orRefused(at.refresh(presented.refreshToken, ACTOR));
    assert.equal(fresh !== undefined, isGood);
    if (fresh === undefined) family.isOver = true;
    else issued.push(fresh);
  } else if (step.kind === 'end') {
    const { sessionId } = issued[0] as SessionTokens;
    const ended = at.end(sessionId, { accountId, actor: ACTOR });
    if (family.isOver) await assert.rejects(ended, { code: 'NoSuchSession' });
    else await ended;
    family.isOver = true;
  } else {
    await at.endAll(accountId, ACTOR);
    for (const each of families) if (each.accountId === accountId) each.isOver = true;
  }
}

test('whatever is refreshed, used again and ended, a session is alive as the model says', async () => {
  await fc.assert(fc.asyncProperty(steps, play), { numRuns: 60 });
});
