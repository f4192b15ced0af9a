import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server of our own that runs as long as the benchmark. */
export interface ChildServer {
  readonly url: URL;
  /** Of the gateway's API listener, where it is one. */
  readonly apiUrl: URL | undefined;
  readonly pid: number;
  /** Resolves when the process has ended. */
  readonly stop: () => Promise<void>;
}

/** How to start one. */
export interface ChildServerInput {
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes what the server prints: a pipe would cost this process time under load. */
  readonly logFile: string;
}

const START_TIMEOUT_MS = 30_000;

/** Starts a node program and waits for its line of JSON with `"msg":"ready"` and its addresses in `s3` and `api`. */
export async function startServer({ args, environment, logFile }: ChildServerInput): Promise<ChildServer> {
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, args, { env: { ...process.env, ...environment }, stdio: ['ignore', log, log] });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  try {
    const { s3, api } = await readyAddresses(child, logFile);
    return { url: new URL(s3), apiUrl: api === undefined ? undefined : new URL(api), pid: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Addresses {
  readonly s3: string;
  readonly api?: string;
}

async function readyAddresses(child: ChildProcess, logFile: string): Promise<Addresses> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const ready = readFileSync(logFile, 'utf8')
      .split('\n')
      .find((line) => line.startsWith('{') && line.endsWith('}') && line.includes('"msg":"ready"'));
    if (ready !== undefined) return JSON.parse(ready) as Addresses;
    await sleep(50);
  }
  throw new Error(`The server did not start:\n${readFileSync(logFile, 'utf8')}`);
}
