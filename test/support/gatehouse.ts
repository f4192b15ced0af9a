import { join } from 'node:path';
import { type Finished, tryCommand } from './command.ts';

const MAIN = join(import.meta.dirname, '../../gateway/main.js');

/** The command line of one data folder, each command a process of its own. */
export class Gatehouse {
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;

  /** The folder is the working folder, too; the data is in `data` below it. */
  constructor(folder: string, environment: Readonly<Record<string, string>> = {}) {
    this.#folder = folder;
    this.#environment = { GATEHOUSE_DATA: join(folder, 'data'), ...environment };
  }

  /** Runs a command to its end, however that is. */
  run(...words: readonly string[]): Promise<Finished> {
    return this.feed('', ...words);
  }

  /** As `run`, with something on its standard input. */
  feed(input: string, ...words: readonly string[]): Promise<Finished> {
    return tryCommand(process.execPath, [MAIN, ...words], {
      folder: this.#folder,
      environment: this.#environment,
      input,
      timeoutMs: 30_000,
    });
  }

  /** What a command that must succeed prints as JSON. */
  async json<Value>(...words: readonly string[]): Promise<Value> {
    const { status, text, complaint } = await this.run(...words, '--json');
    if (status !== 0) throw new Error(`gatehouse ${words.join(' ')} ended with ${status}: ${complaint}`);
    // The caller says what the documentation promises; the assertions behind it check.
    return JSON.parse(text) as Value;
  }
}
