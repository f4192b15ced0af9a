import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../gateway/main.js', import.meta.url));
const CALLS = 'mkdir,mkdirat,openat,fsync,fdatasync,pwrite64,pwritev,write,writev,sendto,sendmsg';

/** A system call: what it was, and its place among the beginnings and ends of all. */
export interface TracedCall {
  readonly text: string;
  readonly begin: number;
  readonly end: number;
}

/** Why system calls cannot be traced here; undefined where they can. */
export const noTrace: string | undefined = reasonAgainst();

function reasonAgainst(): string | undefined {
  if (process.platform !== 'linux') return 'strace is of Linux';
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'strace is not installed';
    return `strace may not trace here: ${(error as Error).message.trim().split('\n').at(-1)}`;
  }
}

/** A gateway whose system calls are written down, on a folder of its own that is made on its first start. */
export class TracedGateway {
  readonly accessKey = 'ROOTACCESSKEY';
  readonly secretKey = 'root-secret-key-for-tests';
  readonly dataFolder: string;
  s3Url = '';
  readonly #folder: string;
  readonly #strace: ChildProcess;

  static async start(): Promise<TracedGateway> {
    const gateway = new TracedGateway();
    await gateway.#untilReady();
    return gateway;
  }

  private constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'gatehouse-trace-'));
    this.dataFolder = join(this.#folder, 'new', 'data');
    const options = ['-f', '-y', '-s', '80', '-e', `trace=${CALLS}`, '-o', this.#file];
    this.#strace = spawn('strace', [...options, process.execPath, MAIN, 'serve'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        GATEHOUSE_DATA: this.dataFolder,
        GATEHOUSE_S3_PORT: '0',
        GATEHOUSE_API_PORT: '0',
        GATEHOUSE_ROOT_ACCESS_KEY: this.accessKey,
        GATEHOUSE_ROOT_SECRET_KEY: this.secretKey,
        GATEHOUSE_LOG_LEVEL: 'silent',
      },
    });
  }

  /** All calls so far that have ended, by their ends. */
  calls(): TracedCall[] {
    return parseTrace(readFileSync(this.#file, 'utf8'));
  }

  async stop(): Promise<void> {
    const pid = Number(/^\d+/.exec(readFileSync(this.#file, 'utf8'))?.[0]);
    const exited = once(this.#strace, 'exit');
    process.kill(pid, 'SIGTERM');
    await exited;
    rmSync(this.#folder, { recursive: true });
  }

  get #file(): string {
    return join(this.#folder, 'trace');
  }

  async #untilReady(): Promise<void> {
    if (this.#strace.stdout === null) throw new Error('Its output is piped.');
    for await (const line of createInterface(this.#strace.stdout)) {
      if (!line.startsWith('{"msg":"ready"')) continue;
      this.s3Url = (JSON.parse(line) as { s3: string }).s3;
      return;
    }
    throw new Error('The traced gateway did not start.');
  }
}

/** One line a call, or two where another thread's came in between: `<unfinished ...>` and `<... resumed>`. */
function parseTrace(trace: string): TracedCall[] {
  const calls: TracedCall[] = [];
  const unfinished = new Map<string, { readonly text: string; readonly begin: number }>();
  const lines = trace.split('\n');
  // What follows the last end of a line is not written to its end yet.
  lines.pop();
  for (const [place, line] of lines.entries()) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (text.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { text, begin: place });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text);
    const first = resumed === null ? { text: '', begin: place } : unfinished.get(thread);
    if (first !== undefined) calls.push({ text: first.text + (resumed?.[1] ?? text), begin: first.begin, end: place });
  }
  return calls;
}
