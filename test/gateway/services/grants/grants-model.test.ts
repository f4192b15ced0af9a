import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Failure, type GrantTarget, type Privilege, targetWords } from '../../../../metadata/index.ts';
import { dialects, type TestDatabase } from '../../../metadata/support/dialects.ts';
import { GrantModel, type ModelOutcome } from './grants-model.ts';
import { GrantWorld } from './world.ts';

const RUNS = 150;
const USERS = ['ann', 'bob', 'cat', 'dan'] as const;
const ROLES = ['r', 's'] as const;
const KEYS = ['z', 'a/z', 'a/b/k', 'a/b/z'];

let database: TestDatabase;
let worlds = 0;
before(async () => {
  // In place: what is asked at once sees what was just written.
  database = await dialects.at(-1)!.open();
});
after(() => database.remove());

const anyTarget = fc.constantFrom<GrantTarget>(
  { kind: 'bucket', bucket: 'b*' },
  { kind: 'prefix', bucket: 'b*', path: 'a/' },
  { kind: 'prefix', bucket: 'b*', path: 'a/b/' },
  { kind: 'object', bucket: 'b*', path: 'a/b/k' },
);
const anyUser = fc.constantFrom(...USERS);
const anyHolder = fc.oneof(
  anyUser.map((name) => `USER ${name}`),
  fc.constantFrom(...ROLES).map((name) => `ROLE ${name}`),
);
const privilege = fc.constantFrom<Privilege>('READ', 'READ', 'WRITE');
const who = fc.oneof(fc.constant('ann' as const), anyUser);

const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('grant' as const),
      who,
      privilege,
      target: anyTarget,
      grantee: anyHolder,
      option: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('revoke' as const),
      who,
      privilege,
      target: anyTarget,
      grantee: anyHolder,
      optionOnly: fc.boolean(),
      cascade: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('join' as const, 'leave' as const),
      role: fc.constantFrom(...ROLES),
      member: anyUser,
    }),
  },
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

const starred = (holder: string) => (holder === 'PUBLIC' ? holder : `${holder}*`);

function wordsOf(step: Step): string {
  if ('role' in step && step.do === 'join') return `GRANT ${step.role}* TO USER ${step.member}*`;
  if ('role' in step) return `REVOKE ${step.role}* FROM USER ${step.member}*`;
  const what = `${step.privilege} ON ${targetWords(step.target).replaceAll('"', '')}`;
  if (step.do === 'grant') return `GRANT ${what} TO ${starred(step.grantee)}${step.option ? ' WITH GRANT OPTION' : ''}`;
  const option = step.optionOnly ? 'GRANT OPTION FOR ' : '';
  return `REVOKE ${option}${what} FROM ${starred(step.grantee)}${step.cascade ? ' CASCADE' : ''}`;
}

async function play(world: GrantWorld, step: Step): Promise<string> {
  const name = 'who' in step ? step.who : 'ann';
  return world.run(name, wordsOf(step)).then(
    () => 'done',
    (error: Failure) => error.code,
  );
}

/** As the model does it; where several rights would do, by the one that the gateway has recorded. */
function imagine(model: GrantModel, step: Step, made: readonly string[]): ModelOutcome {
  if ('role' in step) {
    const others = model.members.filter(({ role, member }) => role !== step.role || member !== `USER ${step.member}`);
    model.members = step.do === 'leave' ? others : [...others, { role: step.role, member: `USER ${step.member}` }];
    return 'done';
  }
  const { privilege, target, grantee } = step;
  if (step.do === 'revoke') return model.revoke({ ...step, who: `USER ${step.who}` });
  const rights = model.grantors(`USER ${step.who}`, privilege, target);
  if (rights.length === 0) return 'AccessDenied';
  const self = `USER ${step.who}`;
  const roles = rights.filter((right) => right !== self);
  const recorded = roles.find((grantor) => made.some((row) => row.endsWith(` by ${grantor}`))) ?? roles[0];
  const grantor = rights.includes(self) ? self : (recorded ?? self);
  return model.grant({ privilege, target, grantee, grantor, option: step.option });
}

function rowsOf(model: GrantModel): string[] {
  return model.grants
    .map(({ privilege, target, grantee, grantor, option }) => {
      const on = targetWords(target).replaceAll('"', '').replaceAll('*', '');
      return `${privilege} ON ${on} TO ${grantee}${option ? ' +' : ''} by ${grantor}`;
    })
    .sort();
}

test('Whatever is granted and revoked by whom, the outcome and who may do what are those of the model', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 14 }), async (steps) => {
      worlds += 1;
      const world = await GrantWorld.create(database.metadata, `-m${worlds}`, [...USERS]);
      await world.run('ann', 'CREATE ROLE r*; CREATE ROLE s*; GRANT r* TO ROLE s*');
      const model = new GrantModel();
      model.members.push({ role: 'r', member: 'ROLE s' });
      let before: string[] = [];
      for (const step of steps) {
        const outcome = await play(world, step);
        const rows = await world.shown();
        const made = rows.filter((row) => !before.includes(row));
        assert.equal(outcome, imagine(model, step, made), wordsOf(step));
        assert.deepEqual(rows, rowsOf(model), wordsOf(step));
        before = rows;
      }
      for (const user of USERS.slice(1)) {
        for (const key of KEYS) {
          assert.equal(await world.may(user, 'GetObject', { key }), model.may(`USER ${user}`, 'READ', key));
          assert.equal(await world.may(user, 'PutObject', { key }), model.may(`USER ${user}`, 'WRITE', key));
        }
      }
    }),
    { numRuns: RUNS },
  );
});
