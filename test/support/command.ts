import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a program is given besides its arguments. */
export interface CommandOptions {
  /** Added to the environment of the tests. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Its standard input; empty when left out. */
  readonly input?: string | Buffer;
  readonly timeoutMs?: number;
}

/** How a program ended. */
export interface Finished {
  readonly status: number | null;
  readonly output: Buffer;
  /** The output as text without white space at its ends. */
  readonly text: string;
  /** What it said on standard error. */
  readonly complaint: string;
}

/** Runs a program to its end, however that is. */
export function tryCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...options.environment },
      cwd: options.folder,
      timeout: options.timeoutMs ?? 300_000,
    });
    const output: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => complaints.push(bytes));
    child.once('error', reject);
    child.once('close', (status) => {
      const bytes = Buffer.concat(output);
      resolve({
        status,
        output: bytes,
        text: bytes.toString().trim(),
        complaint: Buffer.concat(complaints).toString(),
      });
    });
    // A program that does not read its input to the end is no failure of the test.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** Runs a program that must succeed. Rejects with everything that it said otherwise. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<Finished> {
  const finished = await tryCommand(command, args, options);
  if (finished.status === 0) return finished;
  const how = `${command} ${args.join(' ')} ended with ${finished.status}`;
  throw new Error(`${how}:\n${finished.complaint}\n${finished.text.slice(0, 4000)}`);
}

/** A reason to skip the tests of a program, or false when it is here. */
export function missing(command: string): string | false {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder !== '' && isExecutable(join(folder, command))) return false;
  }
  return `${command} is not installed (test/clients/install.sh installs it on Debian as root)`;
}

/** The python that has a module, or undefined. */
export function findPython(module: string): string | undefined {
  return ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0,
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
