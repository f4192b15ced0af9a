import assert from 'node:assert/strict';
import { hash } from 'node:crypto';

/** What a key may hold: the MD5 and size of its bytes, or nothing. */
export type State = { readonly md5: string; readonly sizeBytes: number } | 'absent';

export function stateOf(bytes: Buffer): Exclude<State, 'absent'> {
  return { md5: hash('md5', bytes), sizeBytes: bytes.byteLength };
}

function isSame(a: State, b: State): boolean {
  if (a === 'absent' || b === 'absent') return a === b;
  return a.md5 === b.md5 && a.sizeBytes === b.sizeBytes;
}

/**
 * What the clients know: for every key, which states it may be in. One state after an acknowledgement; the old one and
 * the new one while a write is under way, and for as long as its fate is not known.
 */
export class Ledger {
  readonly #possible = new Map<string, readonly State[]>();
  readonly #won = new Set<string>();
  acknowledged = 0;

  keys(): string[] {
    return [...this.#possible.keys()];
  }

  /** The only state that the key can be in. */
  known(key: string): State {
    const states = this.#possible.get(key) ?? ['absent'];
    assert.equal(states.length, 1, `the fate of ${key} is not known`);
    return states[0] ?? 'absent';
  }

  begin(key: string, state: State): void {
    if (this.#won.has(key)) return;
    this.#possible.set(key, [...(this.#possible.get(key) ?? ['absent']), state]);
  }

  acknowledge(key: string, state: State): void {
    this.acknowledged += 1;
    this.#possible.set(key, [state]);
  }

  /** As `acknowledge`, of a write that at most one may do: whoever comes later cannot have done it. */
  win(key: string, state: State): void {
    assert.ok(!this.#won.has(key), `${key} was won twice`);
    this.#won.add(key);
    this.acknowledge(key, state);
  }

  /** The server said that it did not do it. */
  refuse(key: string, state: State): void {
    const states = this.#possible.get(key) ?? ['absent'];
    const kept = states.filter((each) => !isSame(each, state));
    this.#possible.set(key, kept);
  }

  /** What is really there must be possible, and is known from now on. */
  settle(key: string, actual: State): void {
    const states = this.#possible.get(key) ?? ['absent'];
    const isPossible = states.some((each) => isSame(each, actual));
    assert.ok(isPossible, `${key} holds ${JSON.stringify(actual)} and may hold ${JSON.stringify(states)}`);
    this.#possible.set(key, [actual]);
  }
}
