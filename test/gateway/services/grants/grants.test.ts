import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { dialects, type TestDatabase } from '../../../metadata/support/dialects.ts';
import { AUDIT, addBucket, NOON } from '../../../metadata/support/fixture.ts';
import { GrantWorld } from './world.ts';

let worlds = 0;

for (const dialect of dialects) {
  describe(`Grants in ${dialect.name}`, () => {
    let database: TestDatabase;
    let world: GrantWorld;
    before(async () => {
      database = await dialect.open();
    });
    after(() => database.remove());
    beforeEach(async () => {
      worlds += 1;
      world = await GrantWorld.create(database.metadata, `-${worlds}`);
    });

    test('the owner grants, and the grantor is recorded', async () => {
      assert.equal(await world.changed('ann', 'GRANT READ, WRITE ON BUCKET b* TO USER bob*, PUBLIC'), 4);
      assert.deepEqual(await world.shown(), [
        'READ ON BUCKET b TO PUBLIC by USER ann',
        'READ ON BUCKET b TO USER bob by USER ann',
        'WRITE ON BUCKET b TO PUBLIC by USER ann',
        'WRITE ON BUCKET b TO USER bob by USER ann',
      ]);
    });

    test('who has no grant option grants and revokes nothing', async () => {
      await world.run('ann', 'GRANT READ ON BUCKET b* TO USER bob*');
      await world.refused('bob', 'GRANT READ ON BUCKET b* TO USER cat*', [
        'AccessDenied',
        /may not grant or revoke READ/,
      ]);
      await world.refused('bob', 'REVOKE READ ON BUCKET b* FROM USER bob*', ['AccessDenied']);
      await world.refused('bob', 'GRANT ALL ON BUCKET b* TO USER cat*', ['AccessDenied', /anything/]);
    });

    test('whoever has the option grants it on, and ALL is what one may grant', async () => {
      await world.run('ann', 'GRANT READ, LIST ON BUCKET b* TO USER bob* WITH GRANT OPTION');
      await world.refused('bob', 'GRANT READ, WRITE ON BUCKET b* TO USER cat*', ['AccessDenied', /WRITE/]);
      assert.equal(await world.changed('bob', 'GRANT ALL ON BUCKET b* TO USER cat*'), 2);
      assert.ok((await world.shown()).includes('READ ON BUCKET b TO USER cat by USER bob'));
    });

    test('an option on the bucket or a shorter prefix is one on what is in it, and no other', async () => {
      await world.run('ann', "GRANT READ ON BUCKET b* PREFIX 'a/' TO USER bob* WITH GRANT OPTION");
      await world.run(
        'bob',
        "GRANT READ ON BUCKET b* PREFIX 'a/b/' TO USER cat*; GRANT READ ON OBJECT 'b*/a/k' TO USER cat*",
      );
      await world.refused('bob', 'GRANT READ ON BUCKET b* TO USER cat*', ['AccessDenied']);
      await world.refused('bob', "GRANT READ ON BUCKET b* PREFIX 'a' TO USER cat*", ['AccessDenied']);
      await world.refused('bob', "GRANT READ ON OBJECT 'b*/b' TO USER cat*", ['AccessDenied']);
    });

    test('10,000 grants are shown at once, of all statements together', async () => {
      const objects = Array.from({ length: 30 }, (_, index) => `GRANT ALL ON OBJECT 'b*/${index}' TO PUBLIC`);
      assert.equal(await world.changed('ann', objects.join(';')), 120);
      const outcomes = await world.run('ann', 'SHOW GRANTS ON BUCKET b*;'.repeat(100));
      const shown = outcomes.map((outcome) => (outcome.kind === 'grants' ? outcome.grants.length : 0));
      assert.deepEqual([shown[0], shown.at(-1)], [120, 0]);
      assert.equal(
        shown.reduce((sum, count) => sum + count, 0),
        10_000,
      );
    });

    test('granting again merges, the option stays', async () => {
      await world.run('ann', 'GRANT READ ON BUCKET b* TO USER bob*');
      assert.equal(await world.changed('ann', 'GRANT READ ON BUCKET b* TO USER bob*'), 0);
      assert.equal(await world.changed('ann', 'GRANT READ ON BUCKET b* TO USER bob* WITH GRANT OPTION'), 1);
      assert.equal(await world.changed('ann', 'GRANT READ ON BUCKET b* TO USER bob*'), 0);
      assert.deepEqual(await world.shown(), ['READ ON BUCKET b TO USER bob + by USER ann']);
    });

    test('RESTRICT refuses and names what depends on it, CASCADE removes that as well', async () => {
      await world.run('ann', 'GRANT READ ON BUCKET b* TO USER bob* WITH GRANT OPTION');
      await world.run('bob', 'GRANT READ ON BUCKET b* TO USER cat* WITH GRANT OPTION');
      await world.run('cat', "GRANT READ ON OBJECT 'b*/k' TO USER dan*");
      const listed = /READ ON BUCKET \S+ TO USER cat\S* \(granted by USER bob\S*\); READ ON OBJECT '\S+' TO USER dan/;
      await world.refused('ann', 'REVOKE READ ON BUCKET b* FROM USER bob*', ['GrantsDepend', listed]);
      await world.refused('ann', 'REVOKE GRANT OPTION FOR READ ON BUCKET b* FROM USER bob* RESTRICT', ['GrantsDepend']);
      assert.equal((await world.shown()).length, 3);
      assert.equal(await world.changed('ann', 'REVOKE READ ON BUCKET b* FROM USER bob* CASCADE'), 3);
      assert.deepEqual(await world.shown(), []);
    });

    test('what another option supports stays', async () => {
      await world.run('ann', 'GRANT READ ON BUCKET b* TO USER bob*, USER cat* WITH GRANT OPTION');
      await world.run('cat', 'GRANT READ ON BUCKET b* TO USER bob* WITH GRANT OPTION');
      await world.run('bob', 'GRANT READ ON BUCKET b* TO USER dan*');
      assert.equal(await world.changed('ann', 'REVOKE READ ON BUCKET b* FROM USER bob*'), 1);
      assert.ok((await world.shown()).includes('READ ON BUCKET b TO USER dan by USER bob'));
      await world.run('ann', 'REVOKE GRANT OPTION FOR READ ON BUCKET b* FROM USER cat* CASCADE');
      assert.deepEqual(await world.shown(), ['READ ON BUCKET b TO USER cat by USER ann']);
    });

    test('one revokes what one has granted, and not what others have', async () => {
      await world.run(
        'ann',
        'GRANT READ ON BUCKET b* TO USER bob* WITH GRANT OPTION; GRANT READ ON BUCKET b* TO USER cat*',
      );
      await world.run('bob', 'GRANT READ ON BUCKET b* TO USER cat*');
      assert.equal(await world.changed('ann', 'REVOKE READ ON BUCKET b* FROM USER cat*'), 1);
      assert.ok((await world.shown()).includes('READ ON BUCKET b TO USER cat by USER bob'));
      assert.equal(await world.changed('bob', 'REVOKE READ ON BUCKET b* FROM USER cat*'), 1);
    });

    test('options are not granted back to who they come from', async () => {
      await world.run('ann', 'GRANT READ ON BUCKET b* TO USER bob* WITH GRANT OPTION');
      await world.run('bob', 'GRANT READ ON BUCKET b* TO USER cat* WITH GRANT OPTION');
      await world.refused('cat', 'GRANT READ ON BUCKET b* TO USER bob* WITH GRANT OPTION', ['CircularGrant']);
      assert.equal(await world.changed('cat', 'GRANT READ ON BUCKET b* TO USER bob*'), 1);
    });

    test('the operator acts as the owner', async () => {
      await world.run(null, 'GRANT READ ON BUCKET b* TO USER bob*');
      assert.deepEqual(await world.shown(), ['READ ON BUCKET b TO USER bob by USER ann']);
    });

    test('members of a role may what it may, also through other roles, and grant by its option', async () => {
      await world.run('ann', 'CREATE ROLE r*; CREATE ROLE s*; GRANT r* TO ROLE s*; GRANT s* TO USER bob*');
      await world.run('ann', 'GRANT READ ON BUCKET b* TO ROLE r* WITH GRANT OPTION');
      assert.equal(await world.may('bob', 'GetObject', { key: 'k' }), true);
      await world.run('bob', 'GRANT READ ON BUCKET b* TO USER cat*');
      assert.ok((await world.shown()).includes('READ ON BUCKET b TO USER cat by ROLE r'));
      await world.run('ann', 'REVOKE r* FROM ROLE s*');
      assert.equal(await world.may('bob', 'GetObject', { key: 'k' }), false);
      assert.equal(await world.may('cat', 'GetObject', { key: 'k' }), true);
    });

    test('roles are in no circle, and PUBLIC in none', async () => {
      await world.run(
        'ann',
        'CREATE ROLE r*; CREATE ROLE s*; CREATE ROLE t*; GRANT r* TO ROLE s*; GRANT s* TO ROLE t*',
      );
      await world.refused('ann', 'GRANT t* TO ROLE r*', ['CircularGrant']);
      await world.refused('ann', 'GRANT r* TO ROLE r*', ['CircularGrant']);
    });

    test('the admin option of a role hangs on the one that gave it', async () => {
      await world.run('ann', 'CREATE ROLE r*; GRANT r* TO USER bob* WITH ADMIN OPTION');
      await world.run('bob', 'GRANT r* TO USER cat*');
      await world.refused('cat', 'GRANT r* TO USER dan*', ['AccessDenied']);
      await world.refused('ann', 'REVOKE ADMIN OPTION FOR r* FROM USER bob*', ['GrantsDepend', /TO USER cat/]);
      assert.equal(await world.changed('ann', 'REVOKE ADMIN OPTION FOR r* FROM USER bob* CASCADE'), 2);
    });

    test('a role in use is dropped with CASCADE alone', async () => {
      await world.run('ann', 'CREATE ROLE r*; GRANT r* TO USER bob*');
      await world.run('ann', 'GRANT READ ON BUCKET b* TO ROLE r* WITH GRANT OPTION');
      await world.run('bob', 'GRANT READ ON BUCKET b* TO USER cat*');
      await world.refused('ann', 'DROP ROLE r*', ['GrantsDepend', /READ ON BUCKET/]);
      await world.refused('bob', 'DROP ROLE r* CASCADE', ['AccessDenied']);
      await world.run('ann', 'DROP ROLE r* CASCADE');
      assert.deepEqual(await world.shown(), []);
      await world.refused('ann', 'DROP ROLE r*', ['NoSuchRole']);
      assert.equal(await world.changed('ann', 'DROP ROLE IF EXISTS r*'), 0);
      await world.run('ann', 'CREATE ROLE r*');
      await world.refused('ann', 'CREATE ROLE R*', ['RoleExists']);
    });

    test('statements are executed all or none', async () => {
      const script = 'GRANT READ ON BUCKET b* TO USER bob*; CREATE ROLE q*; GRANT READ ON BUCKET b* TO USER nobody';
      await world.refused('ann', script, ['NoSuchAccount']);
      assert.deepEqual(await world.shown(), []);
      await world.run('ann', 'CREATE ROLE q*');
    });

    test('an account that goes takes what it held and gave, and leaves its roles to root', async () => {
      const { mutations } = world.metadata;
      const root = { canonicalId: `${worlds}`.padEnd(64, '0'), displayName: 'root', role: 'root' as const, at: NOON };
      if (!(await world.metadata.queries.findRootAccount())) {
        await mutations.createAccount({ id: 'root', name: 'root', ...root, audit: AUDIT });
      }
      await world.run('ann', 'GRANT READ ON BUCKET b* TO USER bob* WITH GRANT OPTION');
      await world.run('bob', 'GRANT READ ON BUCKET b* TO USER cat*; CREATE ROLE r*; GRANT r* TO USER cat*');
      await mutations.deleteAccount({ accountId: `id-of-bob-${worlds}`, audit: AUDIT });
      assert.deepEqual(await world.shown(), []);
      assert.equal(await world.may('cat', 'GetObject', { key: 'k' }), false);
      const members = await world.metadata.queries.findRole(`r-${worlds}`);
      assert.equal(members?.owner, 'root');
    });

    test('a bucket that is made again has none of the grants of the one before', async () => {
      await world.run('ann', 'GRANT READ ON BUCKET b* TO USER bob*');
      const { id: bucketId, name, account_id: accountId } = world.bucket;
      await world.metadata.mutations.deleteBucket({ bucketId, accountId, at: NOON });
      await addBucket(world.metadata, name, accountId);
      assert.deepEqual(await world.shown(), []);
    });

    test('an account sees what it made, what it got and what is in its buckets', async () => {
      await world.run(
        'ann',
        'GRANT READ ON BUCKET b* TO USER bob* WITH GRANT OPTION; GRANT LIST ON BUCKET b* TO USER dan*',
      );
      await world.run('bob', 'GRANT READ ON BUCKET b* TO USER cat*');
      assert.equal((await world.shown('ann')).length, 3);
      assert.equal((await world.shown('bob')).length, 2);
      assert.deepEqual(await world.shown('cat'), ['READ ON BUCKET b TO USER cat by USER bob']);
      assert.deepEqual(await world.shown('dan'), ['LIST ON BUCKET b TO USER dan by USER ann']);
    });

    test('every change is in the audit trail, what CASCADE took as well', async () => {
      await world.run('ann', 'GRANT READ ON BUCKET b* TO USER bob* WITH GRANT OPTION');
      await world.run('bob', 'GRANT READ ON BUCKET b* TO USER cat*; CREATE ROLE r*; GRANT r* TO USER cat*');
      await world.run('ann', 'REVOKE READ ON BUCKET b* FROM USER bob* CASCADE');
      await world.run('bob', 'DROP ROLE r* CASCADE');
      const trail = await world.metadata.queries.listAudit({
        accountId: `id-of-cat-${worlds}`,
        type: undefined,
        since: undefined,
        until: undefined,
        before: undefined,
        limit: 9,
      });
      const types = trail.map(({ type }) => type).filter((type) => /^(grant|role)/.test(type));
      assert.deepEqual(types, ['role.revoked', 'grant.revoked', 'role.granted', 'grant.given']);
    });
  });
}

describe('What a privilege allows:', () => {
  let database: TestDatabase;
  let world: GrantWorld;
  before(async () => {
    database = await dialects[0]!.open();
    world = await GrantWorld.create(database.metadata, '-w');
  });
  after(() => database.remove());

  const actions = {
    READ: ['GetObject', 'GetObjectVersion', 'GetObjectTagging', 'GetObjectAttributes'],
    WRITE: ['PutObject', 'PutObjectTagging', 'AbortMultipartUpload', 'ListMultipartUploadParts', 'DeleteObjectTagging'],
    DELETE: ['DeleteObject', 'DeleteObjectVersion', 'DeleteObjectTagging'],
  };
  const others = ['PutObjectRetention', 'BypassGovernanceRetention'];
  const never = ['PutObjectAcl', 'PutObjectVersionAcl'];

  for (const privilege of ['READ', 'WRITE', 'DELETE', 'ADMIN'] as const) {
    test(`${privilege} on objects`, async () => {
      await world.run('ann', `GRANT ${privilege} ON BUCKET b* PREFIX 'a/' TO USER bob*`);
      for (const action of [...Object.values(actions).flat(), ...others, ...never]) {
        const isOwn = privilege === 'ADMIN' ? !never.includes(action) : actions[privilege].includes(action);
        assert.equal(await world.may('bob', action, { key: 'a/k' }), isOwn, action);
        assert.equal(await world.may('bob', action, { key: 'b/k' }), false, action);
      }
      await world.run('ann', `REVOKE ALL ON BUCKET b* PREFIX 'a/' FROM USER bob*`);
    });
  }

  test('LIST on a prefix lists it where the request names it, LIST on the bucket always', async () => {
    await world.run('ann', "GRANT LIST ON BUCKET b* PREFIX 'a/' TO USER bob*; GRANT LIST ON BUCKET b* TO USER cat*");
    for (const action of ['ListBucket', 'ListBucketVersions', 'ListBucketMultipartUploads']) {
      assert.equal(await world.may('bob', action), false);
      assert.equal(await world.may('bob', action, { prefix: 'a' }), false);
      assert.equal(await world.may('bob', action, { prefix: 'a/' }), true);
      assert.equal(await world.may('bob', action, { prefix: 'a/b' }), true);
      assert.equal(await world.may('cat', action), true);
      assert.equal(await world.may('dan', action, { prefix: 'a/' }), false);
    }
    assert.equal(await world.may('bob', 'GetBucketLocation'), true);
    assert.equal(await world.may('bob', 'GetBucketVersioning'), false);
  });

  test('ADMIN on the bucket configures it, and neither deletes it nor opens it to others', async () => {
    await world.run('ann', "GRANT ADMIN ON BUCKET b* TO USER dan*; GRANT ADMIN ON BUCKET b* PREFIX 'a/' TO USER bob*");
    for (const action of ['PutLifecycleConfiguration', 'PutBucketVersioning', 'GetBucketPolicy', 'ListBucket']) {
      assert.equal(await world.may('dan', action), true, action);
      assert.equal(await world.may('bob', action), false, action);
    }
    for (const action of ['DeleteBucket', 'PutBucketPolicy', 'PutBucketAcl', 'PutBucketPublicAccessBlock']) {
      assert.equal(await world.may('dan', action), false, action);
    }
  });

  test('PUBLIC is everybody, unless the bucket keeps the public out', async () => {
    await world.run('ann', "GRANT READ ON OBJECT 'b*/open' TO PUBLIC");
    assert.equal(await world.may(null, 'GetObject', { key: 'open' }), true);
    assert.equal(await world.may('cat', 'GetObject', { key: 'open' }), true);
    assert.equal(await world.may(null, 'GetObject', { key: 'open2' }), false);
    const { statement } = await world.decide(null, 'GetObject', { key: 'open' });
    assert.equal(statement, `GRANT READ ON OBJECT 'b-w/open' TO PUBLIC`);
  });

  test('what another gateway on the database revokes is gone at once', async () => {
    await world.run('ann', "GRANT READ ON OBJECT 'b*/k' TO USER cat*");
    assert.equal(await world.may('cat', 'GetObject', { key: 'k' }), true);
    const another = database.openAnother();
    const target = { kind: 'object', bucket: 'b-w', path: 'k' } as const;
    const grantees = [{ kind: 'user', name: 'cat-w' }] as const;
    const statement = {
      kind: 'revoke',
      privileges: 'ALL',
      target,
      grantees,
      optionOnly: false,
      cascade: false,
    } as const;
    await another.mutations.runDcl({ statements: [statement], ids: [''], at: NOON, audit: AUDIT });
    // A gateway reads what it knew at the beginning of the turn.
    await new Promise(setImmediate);
    assert.equal(await world.may('cat', 'GetObject', { key: 'k' }), false);
  });
});
