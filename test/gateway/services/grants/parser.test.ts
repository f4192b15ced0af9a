import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseDcl, printDcl } from '../../../../gateway/services/grants/index.ts';
import {
  type DclStatement,
  Failure,
  type Grantee,
  type GrantTarget,
  privilegesOn,
} from '../../../../metadata/index.ts';

const photos: GrantTarget = { kind: 'bucket', bucket: 'photos' };
const ann: Grantee = { kind: 'user', name: 'ann' };
const readers: Grantee = { kind: 'role', name: 'readers' };

const grant = { kind: 'grant', privileges: ['READ'], target: photos, grantees: [ann], withOption: false } as const;
const revoke = { ...grant, kind: 'revoke', optionOnly: false, cascade: false } as const;
const { withOption: _, ...revoked } = revoke;
const member = { kind: 'grant-role', roles: ['readers'], grantees: [ann], withOption: false } as const;
const unmember = {
  kind: 'revoke-role',
  roles: ['readers'],
  grantees: [ann],
  optionOnly: false,
  cascade: false,
} as const;

const statements: readonly (readonly [text: string, parsed: DclStatement | readonly DclStatement[]])[] = [
  ['GRANT READ ON BUCKET photos TO USER ann', grant],
  ['grant read on bucket photos to user ann;', grant],
  ['GRANT READ, write ON BUCKET photos TO USER ann', { ...grant, privileges: ['READ', 'WRITE'] }],
  ['GRANT READ, READ ON BUCKET photos TO USER ann', grant],
  ['GRANT ALL ON BUCKET photos TO USER ann', { ...grant, privileges: 'ALL' }],
  ['GRANT ALL PRIVILEGES ON BUCKET photos TO USER ann', { ...grant, privileges: 'ALL' }],
  ['GRANT READ ON BUCKET photos TO USER ann WITH GRANT OPTION', { ...grant, withOption: true }],
  [
    "GRANT READ ON BUCKET photos PREFIX 'it''s/' TO USER ann",
    { ...grant, target: { kind: 'prefix', bucket: 'photos', path: "it's/" } },
  ],
  [
    "GRANT READ ON OBJECT 'photos/a/b.jpg' TO PUBLIC",
    { ...grant, target: { kind: 'object', bucket: 'photos', path: 'a/b.jpg' }, grantees: [{ kind: 'public' }] },
  ],
  [
    'GRANT LIST ON COLLECTION c TO USER ann',
    { ...grant, privileges: ['LIST'], target: { kind: 'collection', path: 'c' } },
  ],
  [
    'GRANT READ ON BUCKET "photos" TO USER "a ""b""", ROLE readers',
    { ...grant, grantees: [{ kind: 'user', name: 'a "b"' }, readers] },
  ],
  ['GRANT READ ON BUCKET a--b TO USER ann', { ...grant, target: { kind: 'bucket', bucket: 'a--b' } }],
  [
    'GRANT READ ON BUCKET to TO USER user',
    { ...grant, target: { kind: 'bucket', bucket: 'to' }, grantees: [{ kind: 'user', name: 'user' }] },
  ],
  ['-- who\nGRANT /* what\n */ READ ON BUCKET photos TO USER ann -- ever', grant],
  ['REVOKE READ ON BUCKET photos FROM USER ann', revoked],
  ['REVOKE READ ON BUCKET photos FROM USER ann RESTRICT', revoked],
  [
    'REVOKE GRANT OPTION FOR READ ON BUCKET photos FROM USER ann CASCADE',
    { ...revoked, optionOnly: true, cascade: true },
  ],
  ['REVOKE ADMIN, READ ON BUCKET photos FROM USER ann', { ...revoked, privileges: ['ADMIN', 'READ'] }],
  ['GRANT readers TO USER ann', member],
  ['GRANT ROLE readers TO USER ann WITH ADMIN OPTION', { ...member, withOption: true }],
  ['GRANT readers, "ROLE" TO ROLE readers', { ...member, roles: ['readers', 'ROLE'], grantees: [readers] }],
  ['GRANT read TO USER ann', { ...member, roles: ['read'] }],
  ['REVOKE readers FROM USER ann', unmember],
  ['REVOKE ROLE readers FROM USER ann CASCADE', { ...unmember, cascade: true }],
  ['REVOKE ADMIN OPTION FOR readers FROM USER ann', { ...unmember, optionOnly: true }],
  ['REVOKE admin FROM USER ann', { ...unmember, roles: ['admin'] }],
  ['CREATE ROLE readers', { kind: 'create-role', role: 'readers' }],
  ['DROP ROLE readers', { kind: 'drop-role', role: 'readers', ifExists: false, cascade: false }],
  ['DROP ROLE IF EXISTS readers CASCADE', { kind: 'drop-role', role: 'readers', ifExists: true, cascade: true }],
  ['SHOW GRANTS', { kind: 'show-grants' }],
  ['SHOW GRANTS ON BUCKET photos', { kind: 'show-grants', on: photos }],
  ['SHOW GRANTS FOR ROLE readers', { kind: 'show-grants', for: readers }],
  ['show roles', { kind: 'show-roles' }],
  [
    '; CREATE ROLE a;; CREATE ROLE b ;',
    [
      { kind: 'create-role', role: 'a' },
      { kind: 'create-role', role: 'b' },
    ],
  ],
];

describe('A statement', () => {
  for (const [text, parsed] of statements) {
    test(`${JSON.stringify(text)} is understood`, () => {
      assert.deepEqual(parseDcl(text), Array.isArray(parsed) ? parsed : [parsed]);
    });
  }
});

const malformed: readonly (readonly [text: string, message: RegExp])[] = [
  ['', /^Line 1, column 1: expected a statement, but found the end\.$/],
  [' ; ; ', /expected a statement, but found the end/],
  ['SELECT 1', /^Line 1, column 1: expected GRANT, REVOKE, CREATE, DROP or SHOW, but found 'SELECT'\.$/],
  ['GRANT READ\nON BUCKET photos\n  FROM USER ann', /^Line 3, column 3: expected TO, but found 'FROM'\.$/],
  ['GRANT EAT ON BUCKET photos TO USER ann', /column 7: expected one of READ, .*, or ALL alone, but found 'EAT'/],
  ['GRANT ALL, READ ON BUCKET photos TO USER ann', /column 7: expected one of READ/],
  ['GRANT "READ" ON BUCKET photos TO USER ann', /expected one of READ/],
  ['GRANT READ ON photos TO USER ann', /column 15: expected BUCKET, OBJECT or COLLECTION, but found 'photos'/],
  ["GRANT READ ON BUCKET 'photos' TO USER ann", /expected the name of a bucket/],
  ['GRANT READ ON BUCKET photos PREFIX a TO USER ann', /expected a prefix, 'in quotes'/],
  ["GRANT READ ON BUCKET photos PREFIX '' TO USER ann", /a prefix of 1 to 1024 bytes/],
  ["GRANT READ ON OBJECT 'photos' TO USER ann", /expected an object, 'bucket\/key'/],
  ["GRANT READ ON OBJECT 'photos/' TO USER ann", /expected an object/],
  ["GRANT LIST ON OBJECT 'photos/a' TO USER ann", /column 7: expected one of READ, WRITE, DELETE, ADMIN for a single/],
  ['GRANT READ ON BUCKET photos TO ann', /expected USER, ROLE or PUBLIC, but found 'ann'/],
  ['GRANT READ ON BUCKET photos TO PUBLIC WITH GRANT OPTION', /column 39: expected no grant option for PUBLIC/],
  ['GRANT readers TO PUBLIC', /expected USER or ROLE/],
  ['GRANT READ ON BUCKET photos TO USER ann WITH OPTION', /expected GRANT, but found 'OPTION'/],
  ['GRANT READ ON BUCKET photos TO USER ann GRANT', /expected ; or the end/],
  ['REVOKE GRANT OPTION FOR readers FROM USER ann', /expected a privilege/],
  ['REVOKE ADMIN OPTION FOR READ ON BUCKET b FROM USER ann', /expected a role/],
  ['CREATE ROLE', /column 12: expected the name of a role, but found the end/],
  ['CREATE ROLE ""', /expected the name of a role/],
  [`CREATE ROLE ${'a'.repeat(65)}`, /of at most 64 characters/],
  ["GRANT READ ON BUCKET photos PREFIX 'a TO USER ann", /column 36: expected a string that ends with '/],
  ['CREATE ROLE "a', /column 13: expected a name that ends with "/],
  ['/* CREATE ROLE a', /column 1: expected a comment that ends with \*\//],
  ['CREATE ROLE \u{1f511}', /column 13: expected a word, a name or a string, but found '\u{1f511}'/u],
];

describe('What is no statement says where and what was expected:', () => {
  for (const [text, message] of malformed) {
    test(JSON.stringify(text.slice(0, 60)), () => {
      assert.throws(() => parseDcl(text), { name: 'Failure', code: 'InvalidRequest', message });
    });
  }
});

const anyName = fc.oneof(
  fc.constantFrom('ann', 'READ', 'role', 'a b', 'a"b', '--', "it's", 'to', '9', '-a'),
  fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme' }).filter((text) => text.length <= 64),
);
const anyPath = fc.oneof(
  fc.constantFrom("it's", 'a/b/', '--', '\n'),
  fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' }),
);
const bucket = anyName.filter((name) => !name.includes('/'));
const anyTarget: fc.Arbitrary<GrantTarget> = fc.oneof(
  fc.record({ kind: fc.constant('bucket' as const), bucket }),
  fc.record({ kind: fc.constant('prefix' as const), bucket, path: anyPath }),
  fc.record({ kind: fc.constant('object' as const), bucket, path: anyPath }),
  fc.record({ kind: fc.constant('collection' as const), path: anyName }),
);
const anyMember: fc.Arbitrary<Grantee> = fc.record({
  kind: fc.constantFrom('user' as const, 'role' as const),
  name: anyName,
});
const anyGrantee = fc.oneof(anyMember, fc.constant<Grantee>({ kind: 'public' }));
const some = <T>(each: fc.Arbitrary<T>) => fc.array(each, { minLength: 1, maxLength: 3 });
const privilegeTerms = anyTarget.chain((target) =>
  fc.record({
    privileges: fc.oneof(
      fc.constant('ALL' as const),
      fc.uniqueArray(fc.constantFrom(...privilegesOn(target)), { minLength: 1 }),
    ),
    target: fc.constant(target),
    grantees: some(anyMember),
  }),
);
const roleTerms = fc.record({ roles: some(anyName), grantees: some(anyMember) });
const revokeTerms = fc.record({ optionOnly: fc.boolean(), cascade: fc.boolean() });
const anyStatement: fc.Arbitrary<DclStatement> = fc.oneof(
  fc
    .tuple(privilegeTerms, fc.boolean())
    .map(([terms, withOption]) => ({ kind: 'grant' as const, ...terms, withOption })),
  fc.tuple(privilegeTerms, revokeTerms).map(([terms, how]) => ({ kind: 'revoke' as const, ...terms, ...how })),
  fc
    .tuple(roleTerms, fc.boolean())
    .map(([terms, withOption]) => ({ kind: 'grant-role' as const, ...terms, withOption })),
  fc.tuple(roleTerms, revokeTerms).map(([terms, how]) => ({ kind: 'revoke-role' as const, ...terms, ...how })),
  anyName.map((role) => ({ kind: 'create-role' as const, role })),
  fc.record({ kind: fc.constant('drop-role' as const), role: anyName, ifExists: fc.boolean(), cascade: fc.boolean() }),
  fc.constant({ kind: 'show-grants' as const }),
  anyTarget.map((on) => ({ kind: 'show-grants' as const, on })),
  anyGrantee.map((each) => ({ kind: 'show-grants' as const, for: each })),
);

test('Every statement is printed so that it is parsed to the same', () => {
  fc.assert(
    fc.property(some(anyStatement), (made) => {
      // Records of fast-check may have no prototype, which is not what this is about.
      const parsed = structuredClone(made);
      assert.deepEqual(parseDcl(parsed.map(printDcl).join(';\n')), parsed);
    }),
  );
});

test('Whatever is written, it is statements or a refusal that says where', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...'GRANT REVOKE READ ADMIN ON BUCKET TO FROM USER ROLE OPTION FOR WITH , ; \' " -- /* */ a'.split(' '),
    ),
    anyStatement.map(printDcl),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        parseDcl(pieces.join(' '));
      } catch (error) {
        assert.ok(error instanceof Failure);
        assert.match(error.message, /^Line \d+, column \d+: expected [\s\S]+, but found [\s\S]+\.$/);
      }
    }),
    { numRuns: 500 },
  );
});
