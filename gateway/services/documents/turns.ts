import { setImmediate } from 'node:timers/promises';

/** How long others wait at most. */
const TURN_MS = 8;

/** Long work on the main thread lets others have their turn from time to time. */
export class Turns {
  #since = performance.now();

  /** Whether it is somebody else's turn: then `give` it. Asked often, so that it is no promise. */
  get isDue(): boolean {
    return performance.now() - this.#since > TURN_MS;
  }

  async give(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
