import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../metadata/index.ts';
import { dialects, type TestDatabase } from './support/dialects.ts';
import { type DriveBench, openDriveBench } from './support/drive-bench.ts';
import { staged } from './support/fixture.ts';
import {
  copy,
  forgetShares,
  hide,
  keysIn,
  type ModelDrive,
  type ModelTrash,
  move,
  put,
  Refused,
  restore,
  trash,
} from './support/tree-model.ts';

const FILES = ['x', 'a/x', 'a/y', 'a/a/x', 'b/x', 'special/x', 'special/a/x', 'special/a/a/x', 'temporary/x'];
const FOLDERS = ['a/', 'a/a/', 'b/', 'special/', 'special/a/', 'special/a/a/', 'special/b/', 'temporary/'];

const drive = fc.constantFrom(0, 1);
const file = fc.constantFrom(...FILES);
const path = fc.oneof(file, fc.constantFrom(...FOLDERS));

type Step = typeof step extends fc.Arbitrary<infer Made> ? Made : never;

const ends = fc.record({ drive, other: drive, from: path, to: path, overwrite: fc.boolean() });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('put' as const), drive, file, size: fc.nat({ max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), drive, file }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('share' as const), drive, path }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('move' as const), ends }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('copy' as const), ends }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('trash' as const), drive, path }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('restore' as const), which: fc.nat({ max: 5 }), overwrite: fc.boolean() }),
  },
);

interface Trashed {
  readonly drive: number;
  readonly id: string;
  readonly item: ModelTrash;
}

/** Does the same to drives and to their model. */
class World {
  readonly #database: TestDatabase;
  readonly #drives: readonly DriveBench[];
  readonly #friend: DriveBench;
  readonly #models: readonly ModelDrive[] = [0, 1].map(() => ({ files: new Map(), shares: new Set() }));
  readonly #trash: Trashed[] = [];
  #made = 0;

  constructor(database: TestDatabase, [friend, ...drives]: readonly [DriveBench, ...DriveBench[]]) {
    this.#database = database;
    this.#drives = drives;
    this.#friend = friend;
  }

  async play(step: Step): Promise<void> {
    const expectation = step.do === 'trash' ? this.#expectTrash(step) : undefined;
    const outcome = await this.#do(step).then(
      () => 'done',
      (error: unknown) => (error instanceof Failure ? error.code : Promise.reject(error)),
    );
    const expected = expectation ?? this.#expect(step);
    for (const model of this.#models) forgetShares(model);
    assert.equal(outcome, expected, JSON.stringify(step));
  }

  async #do(step: Step): Promise<unknown> {
    if (step.do === 'move' || step.do === 'copy') {
      const { drive, other, from, to, overwrite } = step.ends;
      const leads = drive === other ? 'move' : 'forget';
      const how = { overwrite, to: this.#bench(other) };
      if (step.do === 'copy') return this.#bench(drive).copy(from, to, how);
      return this.#bench(drive).move(from, to, { ...how, leads });
    }
    if (step.do === 'restore') {
      const trashed = this.#trash[step.which];
      if (trashed === undefined) return undefined;
      return this.#bench(trashed.drive).restore(trashed.id, { overwrite: step.overwrite });
    }
    const bench = this.#bench(step.drive);
    if (step.do === 'put') return bench.put(step.file, { payload: this.#payload(step.size), etag: `e${this.#made}` });
    if (step.do === 'delete') return bench.remove(step.file);
    if (step.do === 'trash') return this.#putIntoTrash(step, bench);
    if (!this.#mayShare(step)) return undefined;
    return bench.share(step.path, this.#friend);
  }

  async #putIntoTrash({ drive, path }: Step & { do: 'trash' }, bench: DriveBench): Promise<void> {
    const { id } = await bench.trash(path);
    this.#trash.push({ drive, id, item: trash(this.#model(drive), { path, id }) });
  }

  /** What is put there is put there in the model, too, once its id is known. */
  #expectTrash({ drive, path }: Step & { do: 'trash' }): string {
    return keysIn(this.#model(drive), path).length > 0 ? 'done' : 'NoSuchKey';
  }

  #payload(size: number) {
    this.#made += 1;
    return { ...staged(size), location: `e${this.#made}` };
  }

  #mayShare({ drive, path }: Step & { do: 'share' }): boolean {
    const model = this.#model(drive);
    return keysIn(model, path).length > 0 && !model.shares.has(path);
  }

  #expect(step: Step): string {
    try {
      this.#change(step);
      return 'done';
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return error.message;
    }
  }

  #change(step: Step): void {
    if (step.do === 'move' || step.do === 'copy') {
      const { drive, other, from: source, to: target, overwrite } = step.ends;
      const each = { from: this.#model(drive), to: this.#model(other), source, target, overwrite };
      if (step.do === 'move') move(each);
      else copy(each);
      return;
    }
    if (step.do === 'restore') {
      const trashed = this.#trash[step.which];
      if (trashed === undefined) return;
      restore(this.#model(trashed.drive), trashed.item, step.overwrite);
      this.#trash.splice(step.which, 1);
      return;
    }
    const model = this.#model(step.drive);
    if (step.do === 'put') {
      put(model, step.file, { etag: `e${this.#made}`, sizeBytes: step.size, isDeleteMarker: false });
    } else if (step.do === 'delete') hide(model, step.file);
    else if (step.do === 'share' && this.#mayShare(step)) model.shares.add(step.path);
  }

  async compare(): Promise<void> {
    const refs = new Map<string, number>();
    for (const [index, model] of this.#models.entries()) {
      const bench = this.#bench(index);
      const keys = [...model.files.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const all = keys.flatMap((key) => (model.files.get(key) ?? []).map((version) => ({ key, version })));
      assert.deepEqual(
        await bench.versions(),
        all.map(({ key, version }) => `${key} ${version.isDeleteMarker ? 'marker' : version.etag}`),
      );
      const living = all.filter(({ version }) => !version.isDeleteMarker);
      assert.deepEqual(await bench.usage(), [
        living.length,
        living.reduce((sum, { version }) => sum + version.sizeBytes, 0),
      ]);
      for (const { version } of living) refs.set(version.etag, (refs.get(version.etag) ?? 0) + 1);
      assert.deepEqual(await bench.sharedPaths(), [...model.shares].sort());
    }
    const blobs = await this.#database.rows<{ location: string; refs: number }>('SELECT location, refs FROM blobs');
    for (const { location, refs: count } of blobs) assert.equal(count, refs.get(location) ?? 0, location);
  }

  #bench(index: number): DriveBench {
    return this.#drives[index] as DriveBench; // there are two
  }

  #model(index: number): ModelDrive {
    return this.#models[index] as ModelDrive; // as above
  }
}

for (const dialect of dialects) {
  describe(`any history of moves in ${dialect.name}`, () => {
    test('leaves files, versions, usage, blobs and shares as they must be', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
          const database = await dialect.open();
          try {
            const friend = await openDriveBench(database, 'friend');
            const world = new World(database, [
              friend,
              await openDriveBench(database, 'ann'),
              await openDriveBench(database, 'bob'),
            ]);
            for (const each of steps) {
              await world.play(each);
              await world.compare();
            }
          } finally {
            await database.remove();
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}
