import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { countedKey } from './counted-key.ts';

/** So many in so many seconds. */
export interface Rate {
  readonly points: number;
  readonly seconds: number;
}

/** New keys that are counted each on its own within the time of one rate: some 20 MiB. */
const MAX_NEW_KEYS = 32_768;
/** What all further ones share. */
const SHARED_KEYS = 4096;

/** Counts one kind of thing by keys, in this process and in bounded memory. */
export class Counter {
  readonly #limiter: RateLimiterMemory;
  readonly #rate: Rate;
  #newKeys = 0;
  #countedSince = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#limiter = new RateLimiterMemory({ points: rate.points, duration: rate.seconds });
  }

  /** Milliseconds until there is something left for the key; 0: there is now. */
  async waitMs(key: string): Promise<number> {
    const found = await this.#limiter.get(await this.#slotOf(key));
    return found !== null && found.consumedPoints >= this.#rate.points ? Math.max(0, found.msBeforeNext) : 0;
  }

  /** Takes one. Milliseconds until there is something left, where nothing was; else 0. */
  async take(key: string): Promise<number> {
    const taken = await this.#limiter.consume(await this.#slotOf(key)).catch((refusal: unknown) => {
      if (refusal instanceof RateLimiterRes) return refusal;
      throw refusal;
    });
    if (taken.isFirstInDuration) this.#newKeys += 1;
    return taken.consumedPoints > this.#rate.points ? Math.max(1, taken.msBeforeNext) : 0;
  }

  /** Forgets what was taken for a key, where that is counted on its own. */
  async reset(key: string): Promise<void> {
    await this.#limiter.delete(countedKey(key));
  }

  /** Under a flood of keys that nobody has seen before, new ones share: some wait for others, and the memory lasts. */
  async #slotOf(key: string): Promise<string> {
    const own = countedKey(key);
    if (!this.#isFlooded() || (await this.#limiter.get(own)) !== null) return own;
    return `shared ${Buffer.from(own, 'base64url').readUInt16BE() % SHARED_KEYS}`;
  }

  #isFlooded(): boolean {
    const now = performance.now();
    if (now - this.#countedSince > this.#rate.seconds * 1000) {
      this.#countedSince = now;
      this.#newKeys = 0;
    }
    return this.#newKeys >= MAX_NEW_KEYS;
  }
}
