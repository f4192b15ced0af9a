import assert from 'node:assert/strict';
import type { State } from './ledger.ts';

/** What a version is: bytes, or a delete marker. */
export type Contents = Exclude<State, 'absent'> | 'marker';

interface Entry {
  readonly key: string;
  readonly contents: Contents;
  /** In doubt while its deletion is under way, and for as long as the fate of that is not known. */
  fate: 'kept' | 'in doubt' | 'gone';
  wasRead: boolean;
}

/** An entry of ListObjectVersions. */
export interface Listed {
  readonly key: string;
  readonly versionId: string;
  readonly isMarker: boolean;
  readonly isLatest: boolean;
}

/**
 * What the clients know of versions: those that were acknowledged are there until somebody deletes them, in the order in
 * which their one writer was told of them. A write whose reply got lost may have left one more.
 */
export class VersionLedger {
  readonly #entries = new Map<string, Entry>();

  add(key: string, versionId: string, contents: Contents): void {
    assert.ok(!this.#entries.has(versionId), `${versionId} was given out twice`);
    this.#entries.set(versionId, { key, contents, fate: 'kept', wasRead: false });
  }

  /** The versions of a key that are there for certain, the oldest first. */
  kept(key: string): { readonly versionId: string; readonly contents: Contents }[] {
    const entries = [...this.#entries].filter(([, entry]) => entry.key === key && entry.fate === 'kept');
    return entries.map(([versionId, { contents }]) => ({ versionId, contents }));
  }

  beginDelete(versionId: string): void {
    this.#of(versionId).fate = 'in doubt';
  }

  acknowledgeDelete(versionId: string): void {
    this.#of(versionId).fate = 'gone';
  }

  /** What is listed must be possible and in order, and is known from now on. Reads what nobody has read yet. */
  async settle(listed: readonly Listed[], read: (version: Listed) => Promise<State>): Promise<void> {
    const here = new Set(listed.map(({ versionId }) => versionId));
    assert.equal(here.size, listed.length, 'every version is listed once');
    for (const [versionId, entry] of this.#entries) {
      if (entry.fate === 'in doubt') entry.fate = here.has(versionId) ? 'kept' : 'gone';
      assert.equal(here.has(versionId), entry.fate === 'kept', `${versionId} of ${entry.key} is ${entry.fate}`);
    }
    listed.forEach((version, index) => {
      assert.equal(
        version.isLatest,
        listed[index - 1]?.key !== version.key,
        `the first of ${version.key} is the latest`,
      );
    });
    this.#requireOrder(listed);
    for (const version of listed) await this.#settleOne(version, read);
  }

  #requireOrder(listed: readonly Listed[]): void {
    const known = listed.map(({ versionId }) => versionId).filter((versionId) => this.#entries.has(versionId));
    const place = new Map([...this.#entries.keys()].map((versionId, index) => [versionId, index]));
    known.forEach((versionId, index) => {
      const before = known[index - 1];
      if (before === undefined || this.#of(before).key !== this.#of(versionId).key) return;
      assert.ok((place.get(before) ?? 0) > (place.get(versionId) ?? 0), `${before} is newer than ${versionId}`);
    });
  }

  async #settleOne(version: Listed, read: (version: Listed) => Promise<State>): Promise<void> {
    const entry = this.#entries.get(version.versionId);
    if (entry !== undefined) assert.equal(version.isMarker, entry.contents === 'marker');
    if (version.isMarker || entry?.wasRead) {
      if (entry === undefined) this.add(version.key, version.versionId, 'marker');
      return;
    }
    const actual = await read(version);
    assert.ok(actual !== 'absent', `${version.versionId} of ${version.key} is listed and cannot be read`);
    if (entry === undefined) this.add(version.key, version.versionId, actual);
    else assert.deepEqual(actual, entry.contents);
    this.#of(version.versionId).wasRead = true;
  }

  #of(versionId: string): Entry {
    const entry = this.#entries.get(versionId);
    assert.ok(entry !== undefined);
    return entry;
  }
}
