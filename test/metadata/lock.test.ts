import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StoredRetention } from '../../metadata/index.ts';
import { dialects } from './support/dialects.ts';
import { type Bench, failure, inline, NOON, useBench } from './support/fixture.ts';

const YESTERDAY = '2026-03-03T12:00:00.000Z';
const TOMORROW = '2026-03-05T12:00:00.000Z';
const NEXT_WEEK = '2026-03-11T12:00:00.000Z';
const PROTECTED = { message: 'Access Denied because object protected by object lock.' };

const governance = (until: string): StoredRetention => ({ mode: 'GOVERNANCE', until });
const compliance = (until: string): StoredRetention => ({ mode: 'COMPLIANCE', until });

interface Lock {
  readonly retention?: StoredRetention;
  readonly legalHold?: boolean;
}

interface Attempt {
  readonly at?: string;
  readonly bypassGovernance?: boolean;
}

/** A bucket that can lock versions, and the shortest words for what is done to the versions of its one key. */
class LockBench {
  readonly #here: Bench;

  constructor(here: Bench) {
    this.#here = here;
  }

  static async of(here: Bench): Promise<LockBench> {
    const bucket = { bucketId: here.bucket.id, accountId: here.accountId, at: NOON };
    await here.metadata.mutations.setVersioning({ ...bucket, versioning: 'Enabled' });
    await here.metadata.mutations.putBucketConfig({ ...bucket, name: 'objectLock', document: '{}' });
    return new LockBench(here);
  }

  async put(lock: Lock = {}): Promise<string> {
    const contents = { payload: inline('x'), sizeBytes: 1, etag: 'etag', attributes: '{}' };
    const target = this.#here.target('k');
    return (await this.#here.metadata.mutations.commitObject({ ...target, ...contents, ...lock })).versionId;
  }

  delete(versionId: string, attempt: Attempt = {}) {
    return this.#here.metadata.mutations.deleteVersion({ ...this.#here.target('k'), versionId, ...attempt });
  }

  retain(versionId: string, retention: StoredRetention | undefined, attempt: Attempt = {}) {
    const target = { ...this.#here.target('k'), ...attempt };
    return this.#here.metadata.mutations.setRetention({ ...target, versionId, retention });
  }

  hold(versionId: string, legalHold: boolean) {
    return this.#here.metadata.mutations.setLegalHold({ ...this.#here.target('k'), versionId, legalHold });
  }

  async lockOf(versionId: string) {
    const name = { bucketId: this.#here.bucket.id, key: 'k', versionId };
    const row = await this.#here.metadata.queries.findVersion(name);
    return [row?.retention_mode, row?.retain_until, row?.legal_hold];
  }
}

for (const dialect of dialects) {
  describe(`locks in ${dialect.name}`, () => {
    const bench = useBench(dialect);
    const lockBench = async () => LockBench.of(await bench());

    test('a retained version is deleted by nobody until its time has come', async () => {
      const here = await lockBench();
      for (const retention of [governance(TOMORROW), compliance(TOMORROW)]) {
        const id = await here.put({ retention });
        await assert.rejects(here.delete(id), failure('AccessDenied'));
        await assert.rejects(here.delete(id, { at: '2026-03-05T11:59:59.999Z' }), PROTECTED);
        assert.deepEqual(await here.delete(id, { at: TOMORROW }), { existed: true, isDeleteMarker: false });
      }
    });

    test('governance is bypassed by who may, compliance by nobody', async () => {
      const here = await lockBench();
      const bypass = { bypassGovernance: true };
      const governed = await here.put({ retention: governance(TOMORROW) });
      const complied = await here.put({ retention: compliance(TOMORROW) });
      await assert.rejects(here.delete(complied, bypass), PROTECTED);
      assert.deepEqual(await here.delete(governed, bypass), { existed: true, isDeleteMarker: false });
    });

    test('a legal hold lasts until it is lifted, whatever the retention and whoever asks', async () => {
      const here = await lockBench();
      const id = await here.put({ legalHold: true });
      for (const attempt of [{}, { bypassGovernance: true }, { at: '2999-01-01T00:00:00.000Z' }]) {
        await assert.rejects(here.delete(id, attempt), PROTECTED);
      }
      await here.hold(id, false);
      assert.deepEqual(await here.delete(id), { existed: true, isDeleteMarker: false });
    });

    test('a legal hold that was lifted is told from one that never was', async () => {
      const here = await lockBench();
      const untouched = await here.put();
      const lifted = await here.put({ legalHold: false });
      assert.deepEqual(await here.lockOf(untouched), [null, null, null]);
      assert.deepEqual(await here.lockOf(lifted), [null, null, 0]);
      await here.hold(untouched, true);
      await here.hold(lifted, true);
      await here.hold(lifted, false);
      assert.deepEqual(await here.lockOf(untouched), [null, null, 1]);
      assert.deepEqual(await here.lockOf(lifted), [null, null, 0]);
    });

    test('a retention is extended by anybody', async () => {
      const here = await lockBench();
      for (const mode of ['GOVERNANCE', 'COMPLIANCE'] as const) {
        const id = await here.put({ retention: { mode, until: TOMORROW } });
        assert.deepEqual(await here.retain(id, { mode, until: NEXT_WEEK }), { versionId: id });
        assert.deepEqual(await here.retain(id, { mode, until: NEXT_WEEK }), { versionId: id });
        assert.deepEqual(await here.lockOf(id), [mode, NEXT_WEEK, null]);
      }
    });

    test('a governed retention is shortened, ended or made compliance by who bypasses it', async () => {
      const here = await lockBench();
      for (const to of [governance(TOMORROW), compliance(NEXT_WEEK), compliance(TOMORROW), undefined]) {
        const id = await here.put({ retention: governance(NEXT_WEEK) });
        await assert.rejects(here.retain(id, to), PROTECTED);
        assert.deepEqual(await here.lockOf(id), ['GOVERNANCE', NEXT_WEEK, null]);
        await here.retain(id, to, { bypassGovernance: true });
        assert.deepEqual(await here.lockOf(id), [to?.mode ?? null, to?.until ?? null, null]);
      }
    });

    test('compliance is never shortened, ended or made governance', async () => {
      const here = await lockBench();
      const id = await here.put({ retention: compliance(TOMORROW) });
      const soon = '2026-03-04T12:00:00.001Z';
      for (const to of [compliance(soon), governance(NEXT_WEEK), governance(TOMORROW), undefined]) {
        for (const bypassGovernance of [false, true]) {
          await assert.rejects(here.retain(id, to, { bypassGovernance }), PROTECTED);
        }
      }
      assert.deepEqual(await here.lockOf(id), ['COMPLIANCE', TOMORROW, null]);
    });

    test('a retention that is over binds nobody', async () => {
      const here = await lockBench();
      const id = await here.put({ retention: compliance(TOMORROW) });
      await here.retain(id, undefined, { at: TOMORROW });
      assert.deepEqual(await here.lockOf(id), [null, null, null]);
    });

    test('a retention begins in the future of the gateway, whatever the client takes for now', async () => {
      const here = await lockBench();
      const id = await here.put();
      for (const until of [YESTERDAY, NOON]) {
        await assert.rejects(here.retain(id, governance(until), { bypassGovernance: true }), {
          code: 'InvalidArgument',
          message: 'The retain until date must be in the future!',
          detail: { ArgumentName: 'RetainUntilDate', ArgumentValue: until },
        });
      }
      await here.retain(id, governance('2026-03-04T12:00:00.001Z'));
    });

    test('a default retention counts from the moment at which the version comes to be', async () => {
      const here = await bench();
      const put = async (unit: 'days' | 'years', count: number, at: string) => {
        const contents = { payload: inline('x'), sizeBytes: 1, etag: 'etag', attributes: '{}' };
        const defaultRetention = { mode: 'GOVERNANCE', unit, count } as const;
        await here.metadata.mutations.commitObject({ ...here.target('k'), ...contents, at, defaultRetention });
        return (await here.metadata.queries.findObject(here.bucket.id, 'k'))?.retain_until;
      };
      assert.equal(await put('days', 1, NOON), TOMORROW);
      assert.equal(await put('days', 365, '2028-02-29T23:59:59.999Z'), '2029-02-28T23:59:59.999Z');
      assert.equal(await put('years', 1, '2028-02-29T23:59:59.999Z'), '2029-03-01T23:59:59.999Z');
      assert.equal(await put('years', 100, NOON), '2126-03-04T12:00:00.000Z');
    });

    test('a retention of its own goes before the default one', async () => {
      const here = await bench();
      const contents = { payload: inline('x'), sizeBytes: 1, etag: 'etag', attributes: '{}' };
      const retention = compliance(TOMORROW);
      const defaultRetention = { mode: 'GOVERNANCE', unit: 'years', count: 1 } as const;
      await here.metadata.mutations.commitObject({ ...here.target('k'), ...contents, retention, defaultRetention });
      const row = await here.metadata.queries.findObject(here.bucket.id, 'k');
      assert.deepEqual([row?.retention_mode, row?.retain_until], ['COMPLIANCE', TOMORROW]);
    });

    test('what an upload in parts was begun with is what its object has; the default counts from its completion', async () => {
      const here = await bench();
      const defaultRetention = { mode: 'GOVERNANCE', unit: 'days', count: 1 } as const;
      const complete = async (uploadId: string, lock: Lock) => {
        const upload = { ...here.target('k'), uploadId, at: YESTERDAY, attributes: '{}', ...lock };
        await here.metadata.mutations.createUpload(upload);
        const object = { parts: [], sizeBytes: 0, etag: 'etag', defaultRetention };
        await here.metadata.mutations.completeUpload({ ...here.target('k'), uploadId, ...object });
        const row = await here.metadata.queries.findObject(here.bucket.id, 'k');
        return [row?.retention_mode, row?.retain_until, row?.legal_hold];
      };
      assert.deepEqual(await complete('one', {}), ['GOVERNANCE', TOMORROW, null]);
      const own = { retention: compliance(NEXT_WEEK), legalHold: false };
      assert.deepEqual(await complete('two', own), ['COMPLIANCE', NEXT_WEEK, 0]);
      const held = await complete('three', { legalHold: true });
      assert.deepEqual(held, ['GOVERNANCE', TOMORROW, 1]);
    });

    test('a copy has none of the locks of its source', async () => {
      const here = await bench();
      const contents = { payload: inline('x'), sizeBytes: 1, etag: 'etag', attributes: '{}' };
      const lock = { retention: compliance(TOMORROW), legalHold: true };
      const { seq } = await here.metadata.mutations.commitObject({ ...here.target('k'), ...contents, ...lock });
      const source = { bucketId: here.bucket.id, key: 'k', seq };
      await here.metadata.mutations.copyObject({ ...here.target('copy'), source, newPartSet: 'set' });
      const row = await here.metadata.queries.findObject(here.bucket.id, 'copy');
      assert.deepEqual([row?.retention_mode, row?.retain_until, row?.legal_hold], [null, null, null]);
    });

    test('the null version is not overwritten while it is locked, nor hidden by a null delete marker', async () => {
      const here = await bench();
      const bucket = { bucketId: here.bucket.id, accountId: here.accountId, at: NOON };
      await here.metadata.mutations.setVersioning({ ...bucket, versioning: 'Suspended' });
      await here.put('k', { etag: 'first' });
      const target = { ...here.target('k'), versionId: 'null' };
      await here.metadata.mutations.setRetention({ ...target, retention: compliance(TOMORROW) });
      await assert.rejects(here.put('k', { etag: 'second' }), PROTECTED);
      await assert.rejects(here.remove('k'), PROTECTED);

      // As an older version it is just as safe.
      await here.metadata.mutations.setVersioning({ ...bucket, versioning: 'Enabled' });
      await here.put('k', { etag: 'second' });
      await here.metadata.mutations.setVersioning({ ...bucket, versioning: 'Suspended' });
      await assert.rejects(here.put('k', { etag: 'third' }), PROTECTED);
      await assert.rejects(here.remove('k'), PROTECTED);
      const name = { bucketId: here.bucket.id, key: 'k', versionId: 'null' };
      assert.equal((await here.metadata.queries.findVersion(name))?.etag, 'first');
      await here.put('k', { etag: 'third', at: TOMORROW });
      assert.equal((await here.metadata.queries.findVersion(name))?.etag, 'third');
    });

    test('a delete marker may cover a locked version, and goes without asking', async () => {
      const here = await bench();
      const locks = await LockBench.of(here);
      const id = await locks.put({ retention: compliance(TOMORROW), legalHold: true });
      const { deleteMarkerId = '' } = await here.remove('k');
      assert.deepEqual(await locks.delete(deleteMarkerId), { existed: true, isDeleteMarker: true });
      assert.equal((await here.metadata.queries.findObject(here.bucket.id, 'k'))?.version_id, id);
    });

    test('versions that can be locked cannot be suspended, nor is there a lock without versions', async () => {
      const here = await bench();
      const bucket = { bucketId: here.bucket.id, accountId: here.accountId, at: NOON };
      const lock = { ...bucket, name: 'objectLock', document: '{}' };
      const needsVersions = {
        code: 'InvalidBucketState',
        message: "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
      };
      await assert.rejects(here.metadata.mutations.putBucketConfig(lock), needsVersions);
      await here.metadata.mutations.setVersioning({ ...bucket, versioning: 'Suspended' });
      await assert.rejects(here.metadata.mutations.putBucketConfig(lock), needsVersions);
      await here.metadata.mutations.setVersioning({ ...bucket, versioning: 'Enabled' });
      await here.metadata.mutations.putBucketConfig(lock);
      await assert.rejects(here.metadata.mutations.setVersioning({ ...bucket, versioning: 'Suspended' }), {
        code: 'InvalidBucketState',
        message: 'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
      });
      await here.metadata.mutations.setVersioning({ ...bucket, versioning: 'Enabled' });
    });
  });
}
