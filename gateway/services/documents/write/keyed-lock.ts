import { deferred } from '../../hashing/deferred.ts';

/** Lets work that is about the same keys go one after the other; all other work goes beside it. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs when all who asked for one of the keys before are done. All keys are asked for at once: nobody waits in a circle. */
  async run<Result>(keys: Iterable<string>, work: () => Promise<Result>): Promise<Result> {
    const own = new Set(keys);
    const earlier = [...own].map((key) => this.#tails.get(key));
    const { promise, resolve } = deferred();
    for (const key of own) this.#tails.set(key, promise);
    try {
      await Promise.all(earlier);
      return await work();
    } finally {
      resolve();
      for (const key of own) if (this.#tails.get(key) === promise) this.#tails.delete(key);
    }
  }
}
