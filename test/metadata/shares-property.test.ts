import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure, type Metadata } from '../../metadata/index.ts';
import { dialects } from './support/dialects.ts';
import { addDrive, putFile } from './support/drive.ts';
import { AUDIT, addAccount, NOON } from './support/fixture.ts';
import { type ModelTerms, ShareModel } from './support/share-model.ts';

const PEOPLE = ['ann', 'bob', 'cat', 'dan'];
const FILES = ['f/g/x', 'f/z', 'y'];
const PATHS = ['f/', 'f/g/', 'f/g/x', 'f/z', 'y', 'none'];
const TIMES = [null, '2026-03-05T12:00:00.000Z', '2026-03-06T12:00:00.000Z'];

const person = fc.constantFrom('owner', ...PEOPLE);
const terms = fc.record({ write: fc.boolean(), share: fc.boolean(), expires: fc.constantFrom(...TIMES) });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      path: fc.constantFrom(...PATHS),
      grantor: person,
      grantee: person,
      terms,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('change' as const), pick: fc.nat(20), terms }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('revoke' as const), pick: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), file: fc.constantFrom(...FILES) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('switch' as const), who: person, isDisabled: fc.boolean() }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The same town, in the database and in the model. */
class Worlds {
  readonly model: ShareModel;
  readonly #metadata: Metadata;
  readonly #bucketId: number;
  #count = 0;

  constructor(metadata: Metadata, bucketId: number) {
    this.#metadata = metadata;
    this.#bucketId = bucketId;
    this.model = new ShareModel({ owner: 'owner', files: FILES, now: NOON });
  }

  async play(each: Step): Promise<void> {
    const { mutations } = this.#metadata;
    const picked = 'pick' in each ? this.model.shares[each.pick % this.model.shares.length] : undefined;
    if (each.kind === 'create') return this.#create(each);
    if (each.kind === 'remove') {
      await mutations.deleteObject({ bucketId: this.#bucketId, key: each.file, accountId: idOf('owner'), at: NOON });
      return this.model.removeFile(each.file);
    }
    if (each.kind === 'switch') {
      const status = each.isDisabled ? 'disabled' : 'active';
      await mutations.setAccountStatus({ accountId: idOf(each.who), status, audit: AUDIT });
      this.model.disabled[each.isDisabled ? 'add' : 'delete'](each.who);
      return;
    }
    if (picked === undefined) return;
    if (each.kind === 'change') {
      const input = { id: picked.id, byId: idOf('owner'), ...toTerms(each.terms), at: NOON, audit: AUDIT };
      const outcome = await outcomeOf(mutations.changeShare(input));
      assert.equal(outcome, this.model.change(picked, each.terms));
      return;
    }
    await mutations.revokeShare({ id: picked.id, byId: idOf(picked.grantee), audit: AUDIT });
    this.model.revoke(picked);
  }

  async #create({ path, grantee, grantor, terms: given }: Step & { kind: 'create' }): Promise<void> {
    this.#count += 1;
    const id = `share-${String(this.#count).padStart(3, '0')}`;
    const place = { bucketId: this.#bucketId, path, granteeId: idOf(grantee), grantorId: idOf(grantor) };
    const input = { id, ...place, ...toTerms(given), note: null, at: NOON, audit: AUDIT };
    const outcome = await outcomeOf(this.#metadata.mutations.createShare(input));
    assert.equal(outcome, this.model.create(id, { path, grantee, grantor }, given), JSON.stringify(input));
  }

  async compare(): Promise<void> {
    for (const who of PEOPLE) {
      for (const path of PATHS) {
        const held = await this.#metadata.queries.listSharesHeld({
          bucketId: this.#bucketId,
          path,
          granteeId: idOf(who),
          now: NOON,
        });
        const found = held.map((row) => ({
          id: row.id,
          path: row.path,
          grantee: row.grantee,
          grantor: row.grantor,
          parent: row.parent_id,
          write: row.may_write === 1,
          share: row.may_share === 1,
          expires: row.expires_at,
        }));
        assert.deepEqual(
          found,
          this.model.held(who, path).sort((left, right) => (left.id < right.id ? -1 : 1)),
        );
      }
    }
  }
}

function idOf(name: string): string {
  return `id-of-${name}`;
}

function toTerms({ write, share, expires }: ModelTerms) {
  return { mayWrite: write, mayShare: share, expiresAt: expires };
}

async function outcomeOf(done: Promise<unknown>): Promise<string> {
  return done.then(
    () => 'ok',
    (error) => {
      if (error instanceof Failure) return error.code;
      throw error;
    },
  );
}

test('whatever is shared, passed on, changed and revoked: each has what the naive model says', async () => {
  const dialect = dialects.at(-1)!;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const database = await dialect.open();
      try {
        const { metadata } = database;
        for (const name of ['owner', ...PEOPLE]) await addAccount(metadata, name);
        const drive = await addDrive(metadata, idOf('owner'));
        for (const file of FILES) await putFile(metadata, drive, file);
        const worlds = new Worlds(metadata, drive.id);
        for (const each of steps) await worlds.play(each);
        await worlds.compare();
      } finally {
        await database.remove();
      }
    }),
    { numRuns: 60 },
  );
});
