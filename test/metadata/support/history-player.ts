import assert from 'node:assert/strict';
import {
  Failure,
  type Payload,
  type Preconditions,
  seqOfVersionId,
  type WriteCondition,
} from '../../../metadata/index.ts';
import { newVersionId } from '../../../metadata/version-id.ts';
import { compareLists } from './compare-worlds.ts';
import type { TestDatabase } from './dialects.ts';
import { NOON, sizeOf, staged } from './fixture.ts';
import { forgetReleased } from './forget-released.ts';
import { type HistoryModel, type ModelBytes, type ModelPlace, type ModelVersion, Refused } from './history-model.ts';
import type { Check, NewBytes, Step } from './history-steps.ts';

const SIZE_OF_KNOWN = 20;

/**
 * Plays a history in the database and in the model, in bursts that may share a group, and compares every verdict, and the
 * versions that each burst leaves. All that is written has the same date: nothing but the order of the writes tells which
 * version is newer.
 */
export class Player {
  readonly #database: TestDatabase;
  readonly #model: HistoryModel;
  readonly #bucketIds: ReadonlyMap<string, number>;
  readonly #burst: number;
  readonly #uploadIds: string[] = [];
  #verdicts: Promise<void>[] = [];
  #made = 0;

  constructor(input: {
    readonly database: TestDatabase;
    readonly model: HistoryModel;
    readonly bucketIds: ReadonlyMap<string, number>;
    readonly burst: number;
  }) {
    this.#database = input.database;
    this.#model = input.model;
    this.#bucketIds = input.bucketIds;
    this.#burst = input.burst;
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const [index, each] of steps.entries()) {
      await this.#take(each);
      if (index % this.#burst === 0) await this.#settle();
    }
    await this.#settle();
  }

  async #settle(): Promise<void> {
    const verdicts = this.#verdicts;
    this.#verdicts = [];
    await Promise.all(verdicts);
    if (verdicts.length === 0) return;
    await compareLists({ database: this.#database, model: this.#model, bucketIds: this.#bucketIds });
  }

  #take(each: Step): Promise<void> | void {
    switch (each.do) {
      case 'put':
        return this.#put(each);
      case 'copy':
        return this.#copy(each);
      case 'rename':
        return this.#rename(each);
      case 'delete':
        return this.#delete(each);
      case 'delete-version':
        return this.#deleteVersion(each);
      case 'versioning':
        return this.#setVersioning(each);
      case 'begin':
        return this.#begin(each);
      case 'part':
        return this.#part(each);
      case 'complete':
        return this.#complete(each);
      case 'abort':
        return this.#abort(each);
      case 'forget':
        return this.#forget();
    }
  }

  /** The model says what must come of a call that is under way. */
  #expect<Result>(call: Promise<Result>, happen: () => ((result: Result) => void) | undefined): void {
    let refused: Refused | undefined;
    let compare: ((result: Result) => void) | undefined;
    try {
      compare = happen();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = error;
    }
    const verdict = call.then(
      (result) => {
        assert.equal(undefined, refused?.message, 'should have been refused');
        compare?.(result);
      },
      (error: unknown) => {
        assert.ok(error instanceof Failure, String(error));
        assert.equal(error.code, refused?.message);
      },
    );
    this.#verdicts.push(verdict);
  }

  #put({ at, kind, size, sha256, check }: Step & { do: 'put' }): void {
    const { payload, bytes } = this.#bytes({ kind, size, sha256 });
    const condition = this.#condition(at, check);
    const etag = `etag-${this.#made}`;
    const sizeBytes = sizeOf(payload);
    const call = this.#database.metadata.mutations.commitObject({
      ...this.#target(at),
      ...{ condition, payload, sizeBytes, etag, attributes: '{}' },
    });
    this.#expect(call, () => {
      this.#model.require(at, condition);
      const stored = this.#model.share(bytes);
      const same = sameVersion(this.#model.write('object.created', at, { sizeBytes, etag, parts: [stored] }));
      return (result) => {
        same(result);
        assert.equal(result.isDuplicate ?? false, stored !== bytes);
      };
    });
  }

  async #copy({ from, age, at, check }: Step & { do: 'copy' }): Promise<void> {
    // Where the source is depends on what is under way.
    await this.#settle();
    const source = this.#model.versions(from)[age];
    const condition = this.#condition(at, check);
    this.#made += 1;
    const call = this.#database.metadata.mutations.copyObject({
      ...this.#target(at),
      condition,
      source: { bucketId: this.#bucketId(from), key: from.key, seq: source?.seq ?? 0 },
      newPartSet: `set-${this.#made}`,
    });
    this.#expect(call, () => {
      if (source === undefined || source.isDeleteMarker) throw new Refused('NoSuchKey');
      this.#model.require(at, condition);
      return sameVersion(this.#model.write('object.copied', at, source));
    });
  }

  #rename({ from: key, at, end, check, token }: Step & { do: 'rename' }): void {
    const from = { ...at, key };
    const checked = end === 'source' ? from : at;
    const condition = this.#condition(checked, check);
    const parameters = JSON.stringify([from, at, end, check]);
    this.#made += 1;
    const call = this.#database.metadata.mutations.renameObject({
      ...this.#target(at),
      sourceKeys: [key],
      [end === 'source' ? 'sourcePreconditions' : 'preconditions']: toPreconditions(condition),
      newPartSet: `set-${this.#made}`,
      clientToken: token === undefined ? undefined : { token, parameters },
    });
    this.#expect(call, () => {
      const before = token === undefined ? undefined : this.#model.tokens.get(token);
      if (before !== undefined && before.parameters !== parameters) throw new Refused('IdempotencyParameterMismatch');
      const version = before?.version ?? this.#model.rename({ from, to: at, checked, condition });
      if (token !== undefined) this.#model.tokens.set(token, { parameters, version });
      return sameVersion(version);
    });
  }

  #delete({ at, check }: Step & { do: 'delete' }): void {
    const condition = this.#condition(at, check);
    const call = this.#database.metadata.mutations.deleteObject({ ...this.#target(at), condition });
    this.#expect(call, () => {
      this.#model.require(at, condition);
      const existed = this.#model.current(at) !== undefined;
      const marker = this.#model.delete(at);
      return (result) => {
        assert.equal(result.existed, existed);
        assert.equal(result.deleteMarkerId === undefined, marker === undefined);
        if (marker !== undefined) sameVersion(marker)({ versionId: result.deleteMarkerId ?? '' });
      };
    });
  }

  async #deleteVersion({ at, age }: Step & { do: 'delete-version' }): Promise<void> {
    await this.#settle();
    const version = this.#model.versions(at)[age];
    const versionId = version === undefined ? newVersionId(age) : await this.#idOf(version);
    const call = this.#database.metadata.mutations.deleteVersion({ ...this.#target(at), versionId });
    this.#expect(call, () => {
      if (version !== undefined) this.#model.deleteVersion(at, version);
      const isDeleteMarker = version?.isDeleteMarker ?? false;
      return (result) => assert.deepEqual(result, { existed: version !== undefined, isDeleteMarker });
    });
  }

  async #idOf({ seq, isNull }: ModelVersion): Promise<string> {
    if (isNull) return 'null';
    const [event] = await this.#database.rows<{ id: string }>('SELECT version_id AS id FROM events WHERE seq = ?', seq);
    return event?.id ?? 'the event of a version names it';
  }

  #setVersioning({ bucket, to }: Step & { do: 'versioning' }): void {
    const { bucketId, accountId, at } = this.#target({ bucket, key: '' });
    const call = this.#database.metadata.mutations.setVersioning({ bucketId, accountId, at, versioning: to });
    this.#expect(call, () => {
      this.#model.setVersioning(bucket, to);
      return undefined;
    });
  }

  #begin({ at }: Step & { do: 'begin' }): void {
    this.#made += 1;
    const uploadId = `upload-${String(this.#made).padStart(6, '0')}`;
    this.#uploadIds.push(uploadId);
    const call = this.#database.metadata.mutations.createUpload({ ...this.#target(at), uploadId, attributes: '{}' });
    this.#expect(call, () => {
      this.#model.uploads.set(uploadId, { ...at, parts: new Map() });
    });
  }

  #part({ upload, number, kind, size, sha256 }: Step & { do: 'part' }): void {
    const uploadId = this.#uploadId(upload);
    // Parts are staged, whatever their size.
    const { payload, bytes } = this.#bytes({ kind: kind === 'inline' ? 'staged' : kind, size, sha256 });
    const etag = `part-${this.#made}`;
    const part = { uploadId, partNumber: number, at: NOON, payload, sizeBytes: sizeOf(payload), etag };
    this.#expect(this.#database.metadata.mutations.commitPart(part), () => {
      const under = this.#model.uploads.get(uploadId);
      if (under === undefined) throw new Refused('NoSuchUpload');
      const stored = this.#model.share(bytes);
      under.parts.set(number, { etag, bytes: stored });
      this.#model.learn(stored);
      return ({ isDuplicate }) => assert.equal(isDuplicate, stored !== bytes);
    });
  }

  #complete({ upload, leaveOut, check }: Step & { do: 'complete' }): void {
    const uploadId = this.#uploadId(upload);
    const under = this.#model.uploads.get(uploadId);
    const at = under ?? { bucket: 'bucket-a', key: 'k' };
    const listed = [...(under?.parts ?? [])].filter(([number]) => number !== leaveOut).sort(([a], [b]) => a - b);
    const sizeBytes = listed.reduce((sum, [, { bytes }]) => sum + (bytes?.sizeBytes ?? 0), 0);
    const condition = this.#condition(at, check);
    this.#made += 1;
    const etag = `whole-${this.#made}`;
    const call = this.#database.metadata.mutations.completeUpload({
      ...this.#target(at),
      ...{ uploadId, condition, sizeBytes, etag },
      parts: listed.map(([partNumber, part]) => ({ partNumber, etag: part.etag })),
    });
    this.#expect(call, () => {
      if (under === undefined) throw new Refused('NoSuchUpload');
      this.#model.require(at, condition);
      this.#model.uploads.delete(uploadId);
      const parts = listed.map(([, { bytes }]) => bytes);
      return sameVersion(this.#model.write('object.completed', at, { sizeBytes, etag, parts }));
    });
  }

  #abort({ upload }: Step & { do: 'abort' }): void {
    const uploadId = this.#uploadId(upload);
    this.#expect(this.#database.metadata.mutations.abortUpload({ uploadId, nowMs: Date.parse(NOON) }), () => {
      if (!this.#model.uploads.delete(uploadId)) throw new Refused('NoSuchUpload');
    });
  }

  /** Asks and then writes, as the sweeper does: what is under way must have happened. */
  async #forget(): Promise<void> {
    await this.#settle();
    const locations = await forgetReleased(this.#database.metadata, { beforeMs: Date.now(), limit: 1000 });
    assert.deepEqual(locations.toSorted(), this.#model.forgetReleased().toSorted());
  }

  #bytes({ kind, size, sha256 }: NewBytes): { payload: Payload; bytes: ModelBytes | undefined } {
    this.#made += 1;
    if (kind === 'empty') return { payload: { kind }, bytes: undefined };
    const known = sha256 === undefined ? {} : { sha256, mayShare: true };
    const sizeBytes = sha256 === undefined ? size : SIZE_OF_KNOWN;
    const about = { sha256, order: this.#made };
    if (kind === 'staged') {
      const payload = { ...staged(sizeBytes), ...known };
      return { payload, bytes: { kind, name: payload.location, sizeBytes, ...about } };
    }
    const name = `${this.#made}:`.padEnd(sizeBytes, 'x');
    return {
      payload: { kind, bytes: Buffer.from(name), ...known },
      bytes: { kind, name, sizeBytes: Buffer.byteLength(name), ...about },
    };
  }

  #condition(at: ModelPlace, check: Check): WriteCondition | undefined {
    if (check === 'none') return undefined;
    if (check === 'absent' || check === 'exists') return { kind: check };
    const current = this.#model.current(at)?.etag ?? 'no such etag';
    return { kind: 'match', etag: check === 'match' ? current : 'another' };
  }

  #target(at: ModelPlace) {
    return { bucketId: this.#bucketId(at), key: at.key, accountId: 'writer', at: NOON };
  }

  #bucketId({ bucket }: ModelPlace): number {
    return this.#bucketIds.get(bucket) as number; // only known buckets occur
  }

  #uploadId(index: number): string {
    return this.#uploadIds[index % Math.max(this.#uploadIds.length, 1)] ?? 'no such upload';
  }
}

/** The condition of a write as HTTP has it. */
function toPreconditions(condition: WriteCondition | undefined): Preconditions {
  if (condition === undefined) return {};
  if (condition.kind === 'absent') return { noneMatch: '*' };
  return { match: condition.kind === 'exists' ? '*' : [condition.etag] };
}

/** For a committed version: it is the one that the model has made. */
function sameVersion({ seq, isNull }: ModelVersion): (committed: { readonly versionId: string }) => void {
  return ({ versionId }) => assert.equal(isNull ? versionId : seqOfVersionId(versionId), isNull ? 'null' : seq);
}
