import assert from 'node:assert/strict';
import { Failure, type StoredRetention } from '../../../metadata/index.ts';
import { type Bench, inline, NOON } from './fixture.ts';
import type { LockStep, LockWish } from './lock-steps.ts';

/** A version as the tables have it. */
interface Row {
  readonly key: string;
  readonly version_id: string;
  /** No other version but its copies has the same. */
  readonly etag: string;
  readonly is_delete_marker: number;
  readonly retention_mode: StoredRetention['mode'] | null;
  readonly retain_until: string | null;
  readonly legal_hold: number | null;
  readonly contents: string | null;
}

const HOUR_MS = 3_600_000;
const SELECT = `SELECT key, version_id, etag, is_delete_marker, retention_mode, retain_until, legal_hold,
    CAST(i.data AS TEXT) AS contents
  FROM (SELECT seq, 0 AS is_delete_marker, bucket_id, key, version_id, etag, retention_mode, retain_until, legal_hold,
          blob_id FROM objects
        UNION ALL
        SELECT -rank, is_delete_marker, bucket_id, key, version_id, etag, retention_mode, retain_until, legal_hold,
          blob_id FROM versions)
  LEFT JOIN inline_blobs i USING (blob_id) WHERE bucket_id = ? ORDER BY seq`;

/** A bucket under a clock that stands still between the steps, and what must hold of its versions after each of them. */
export class LockWorld {
  readonly #bench: Bench;
  #nowMs = Date.parse(NOON);
  #made = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  async play(steps: readonly LockStep[]): Promise<void> {
    for (const step of steps) {
      const before = await this.#rows();
      const refusal = await this.#attempt(step, before);
      this.#compare({ step, before, after: await this.#rows(), refusal });
      if (step.do === 'wait') this.#nowMs += step.hours * HOUR_MS;
    }
  }

  #rows(): Promise<Row[]> {
    return this.#bench.database.rows<Row>(SELECT, this.#bench.bucket.id);
  }

  /** Resolves to the refusal, if there was one. */
  async #attempt(step: LockStep, rows: readonly Row[]): Promise<Failure | undefined> {
    try {
      await this.#take(step, rows);
      return undefined;
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  }

  async #take(step: LockStep, rows: readonly Row[]): Promise<unknown> {
    const { mutations } = this.#bench.metadata;
    const bucket = { bucketId: this.#bench.bucket.id, accountId: this.#bench.accountId, at: this.#at() };
    const chosen = 'which' in step ? choose(rows, step.which) : undefined;
    if ('which' in step && chosen === undefined) return undefined;
    const version = { ...bucket, key: chosen?.key ?? 'k', versionId: chosen?.version_id ?? '' };
    switch (step.do) {
      case 'put':
        return mutations.commitObject({ ...bucket, key: step.key, ...this.#contents(), ...this.#lock(step.lock) });
      case 'upload':
        return this.#upload(step);
      case 'copy':
        return this.#copy(step, version);
      case 'hide':
        return mutations.deleteObject({ ...bucket, key: step.key });
      case 'rename':
        return mutations.renameObject({
          ...bucket,
          key: step.key,
          sourceKeys: [step.from],
          newPartSet: `set-${this.#made++}`,
        });
      case 'delete':
        return mutations.deleteVersion({ ...version, bypassGovernance: step.bypass });
      case 'retain':
        return mutations.setRetention({
          ...version,
          bypassGovernance: step.bypass,
          retention: step.mode && { mode: step.mode, until: this.#at(step.hours) },
        });
      case 'hold':
        return mutations.setLegalHold({ ...version, legalHold: step.legalHold });
      case 'tag':
        return mutations.setTags({ ...version, tags: '[["a","1"]]' });
      case 'enable':
        return mutations.setVersioning({ ...bucket, versioning: 'Enabled' });
      case 'suspend':
        return mutations.setVersioning({ ...bucket, versioning: 'Suspended' });
      case 'drop':
        return rows.length === 0 ? undefined : mutations.deleteBucket(bucket);
      case 'wait':
        return undefined;
    }
  }

  async #upload({ key, lock }: Extract<LockStep, { do: 'put' | 'upload' }>): Promise<void> {
    const target = { bucketId: this.#bench.bucket.id, key, accountId: this.#bench.accountId, at: this.#at() };
    const { etag } = this.#contents();
    const { defaultRetention, ...own } = this.#lock(lock);
    const { mutations } = this.#bench.metadata;
    await mutations.createUpload({ ...target, uploadId: etag, attributes: '{}', ...own });
    await mutations.completeUpload({ ...target, uploadId: etag, parts: [], sizeBytes: 0, etag, defaultRetention });
  }

  async #copy(
    { key, lock }: Extract<LockStep, { do: 'copy' }>,
    version: { readonly bucketId: number; readonly key: string; readonly versionId: string },
  ): Promise<void> {
    const found = await this.#bench.metadata.queries.findVersion(version);
    if (found === undefined || found.is_delete_marker === 1) return;
    const target = { bucketId: version.bucketId, key, accountId: this.#bench.accountId, at: this.#at() };
    const source = { bucketId: version.bucketId, key: version.key, seq: found.seq };
    const copy = { ...target, source, newPartSet: `set-${this.#made++}`, ...this.#lock(lock) };
    await this.#bench.metadata.mutations.copyObject(copy);
  }

  #contents() {
    this.#made += 1;
    const text = `contents ${this.#made}`;
    return { payload: inline(text), sizeBytes: text.length, etag: `etag-${this.#made}`, attributes: '{}' };
  }

  #lock({ mode, hours, legalHold, byDefault }: LockWish) {
    const defaultRetention = byDefault ? ({ mode: 'COMPLIANCE', unit: 'days', count: 1 } as const) : undefined;
    return { legalHold, defaultRetention, retention: mode && { mode, until: this.#at(hours) } };
  }

  #at(hours = 0): string {
    return new Date(this.#nowMs + hours * HOUR_MS).toISOString();
  }

  #compare({ step, before, after, refusal }: Outcome): void {
    const chosen = 'which' in step ? choose(before, step.which) : undefined;
    for (const row of before) {
      const isChosen = row === chosen;
      const bypass = isChosen && 'bypass' in step && step.bypass;
      const same = after.find((other) => other.version_id === row.version_id && other.key === row.key);
      if (isHeld(row)) {
        assertSame(same, row, step);
        if (!(isChosen && step.do === 'hold')) assert.equal(same?.legal_hold, 1, JSON.stringify({ step, row }));
      }
      if (this.#isRetained(row) && !(bypass && row.retention_mode === 'GOVERNANCE')) {
        assertSame(same, row, step);
        assert.equal(same?.retention_mode, row.retention_mode, JSON.stringify({ step, row }));
        assert.ok((same?.retain_until ?? '') >= (row.retain_until ?? ''), JSON.stringify({ step, row }));
      }
    }
    if (step.do === 'delete' && chosen !== undefined) this.#checkDeletion({ step, before, after, refusal }, chosen);
  }

  /** What is not locked is gone at once: surviving alone would be easy. */
  #checkDeletion({ step, after, refusal }: Outcome, row: Row): void {
    const bypass = 'bypass' in step && step.bypass && row.retention_mode === 'GOVERNANCE';
    const isLocked = isHeld(row) || (this.#isRetained(row) && !bypass);
    assert.equal(refusal?.code, isLocked ? 'AccessDenied' : undefined, JSON.stringify({ step, row }));
    const isGone = !after.some((other) => other.version_id === row.version_id && other.key === row.key);
    assert.equal(isGone, !isLocked, JSON.stringify({ step, row }));
  }

  #isRetained({ retain_until: until }: Row): boolean {
    return until !== null && Date.parse(until) > this.#nowMs;
  }
}

interface Outcome {
  readonly step: LockStep;
  readonly before: readonly Row[];
  readonly after: readonly Row[];
  readonly refusal: Failure | undefined;
}

function choose(rows: readonly Row[], which: number): Row | undefined {
  return rows[which % Math.max(rows.length, 1)];
}

function isHeld({ legal_hold }: Row): boolean {
  return legal_hold === 1;
}

/** It is there, and it is what it was: a null version may have another one's name. */
function assertSame(actual: Row | undefined, expected: Row, step: LockStep): void {
  const hint = JSON.stringify({ step, expected });
  assert.deepEqual([actual?.etag, actual?.contents], [expected.etag, expected.contents], hint);
}
