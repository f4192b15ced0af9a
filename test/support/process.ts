import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '../../gateway/main.js');
const START_TIMEOUT_MS = 30_000;
const READY = /^\{.*"msg":"ready".*\}$/m;

/** Memory of a process in bytes: what it holds now, and the most that it held since the peak was last reset. */
export interface Memory {
  readonly residentBytes: number;
  readonly peakBytes: number;
}

/** A gateway as it is deployed: a process of its own, on free ports and a temporary folder. */
export class GatewayProcess {
  readonly accessKey = 'ROOTACCESSKEY';
  readonly secretKey = 'root-secret-key-for-tests';
  readonly region = 'us-east-1';
  /** Holds the data and the log. */
  readonly folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #addresses = { s3: '', api: '' };

  private constructor(folder: string, settings: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#settings = settings;
  }

  /** Resolves when it accepts requests. The settings are environment variables; those given win over the defaults here. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(await mkdtemp(join(tmpdir(), 'gatehouse-process-')), settings);
    await gateway.restart();
    return gateway;
  }

  get s3Url(): string {
    return this.#addresses.s3;
  }

  get apiUrl(): string {
    return this.#addresses.api;
  }

  get s3Port(): number {
    return Number(new URL(this.s3Url).port);
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('The gateway does not run.');
    return this.#child.pid;
  }

  /** Starts it again on the same data, on a new port. Resolves when it accepts requests; rejects with what it printed. */
  async restart(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.shutDown();
    const log = openSync(this.#logFile, 'w');
    this.#child = spawn(process.execPath, [MAIN, 'serve'], {
      cwd: this.folder,
      env: { ...process.env, ...this.#environment(), ...settings },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#addresses = await this.#untilReady(this.#child);
  }

  /** Ends it as an operator does. Resolves when the process is gone; its data stays. */
  async shutDown(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends it as a power cut does. Resolves when the process is gone; its data stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it and removes its data. Rejects when it answered 500 to anything, whatever the client made of that. */
  async stop(): Promise<void> {
    await this.shutDown();
    const faults = (await this.log()).split('\n').filter((line) => line.includes('"status":500'));
    await rm(this.folder, { recursive: true, force: true });
    if (faults.length > 0) throw new Error(`The gateway failed:\n${faults.join('\n')}`);
  }

  /** What it has printed since it was started last. */
  log(): Promise<string> {
    return readFile(this.#logFile, 'utf8');
  }

  /** Linux only. */
  async memory(): Promise<Memory> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    const bytes = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
    return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
  }

  /** Lets the peak begin at what is held now. Linux only. */
  async resetPeakMemory(): Promise<void> {
    // "5: reset the peak resident set size to the process's current value" (proc(5), clear_refs).
    await writeFile(`/proc/${this.pid}/clear_refs`, '5');
  }

  get #logFile(): string {
    return join(this.folder, 'gateway.log');
  }

  #environment(): Record<string, string> {
    return {
      GATEHOUSE_DATA: join(this.folder, 'data'),
      GATEHOUSE_S3_PORT: '0',
      GATEHOUSE_API_PORT: '0',
      GATEHOUSE_REGION: this.region,
      GATEHOUSE_ROOT_ACCESS_KEY: this.accessKey,
      GATEHOUSE_ROOT_SECRET_KEY: this.secretKey,
      GATEHOUSE_LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'error',
      ...this.#settings,
    };
  }

  async #untilReady(child: ChildProcess): Promise<{ s3: string; api: string }> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
      const line = READY.exec(await this.log())?.[0];
      if (line !== undefined) return JSON.parse(line) as { s3: string; api: string };
      await sleep(20);
    }
    const printed = await this.log();
    await this.kill();
    throw new Error(`The gateway did not start:\n${printed}`);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}
