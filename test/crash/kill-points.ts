import fs from 'node:fs';
import { ServerResponse } from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/**
 * Preloaded into a gateway (`node --import`), and so into its writer thread as well: kills the process, as a power
 * button would, when it comes to a named point for the n-th time. `GATEHOUSE_TEST_KILL` is `<point>:<n>`. Production
 * code knows nothing of it: the points are the calls that it makes of node:fs, of the database and of its sockets.
 */
const [target = '', times = '1'] = (process.env.GATEHOUSE_TEST_KILL ?? '').split(':');
let left = Number(times);

/** `before` and `after` a call, or `half` way through a write. */
function reach(point: string): void {
  if (point !== target) return;
  left -= 1;
  if (left > 0) return;
  fs.writeSync(2, `killed at ${target}\n`);
  process.kill(process.pid, 'SIGKILL');
}

const BLOB = /\/blobs\/[0-9a-z]{6}\/[0-9a-z]{26}$/;
const BLOB_FOLDER = /\/blobs\/[0-9a-z]{6}$/;
const blobDescriptors = new Set<number>();

type Callback = (error: Error | null, ...results: unknown[]) => void;
type CallbackFunction = (...input: unknown[]) => void;

/** Wraps a function of node:fs that takes its callback last. */
function wrap(
  name: 'open' | 'writev' | 'fdatasync' | 'fsync' | 'close',
  { concerns, after }: { concerns: (input: readonly unknown[]) => boolean; after?: (...results: unknown[]) => void },
): void {
  const original = fs[name] as unknown as CallbackFunction;
  const wrapped: CallbackFunction = (...input) => {
    const callback = input.pop() as Callback;
    if (!concerns(input)) return original(...input, callback);
    reach(`${name}-before`);
    if (name === 'writev' && target === 'writev-half') writeHalf(input);
    original(...input, (error: Error | null, ...results: unknown[]) => {
      if (error === null) {
        reach(`${name}-after`);
        after?.(...results);
      }
      callback(error, ...results);
    });
  };
  Object.assign(fs, { [name]: wrapped });
}

function writeHalf([descriptor, buffers, position]: readonly unknown[]): void {
  const whole = Buffer.concat(buffers as Uint8Array[]);
  if (left === 1) fs.writeSync(descriptor as number, whole, 0, whole.byteLength >> 1, position as number);
  reach('writev-half');
}

function wrapPromise(name: 'mkdir' | 'unlink', concerned: RegExp): void {
  const original = fs.promises[name] as (...input: unknown[]) => Promise<unknown>;
  Object.assign(fs.promises, {
    async [name](...input: unknown[]) {
      const isConcerned = concerned.test(String(input[0]));
      if (isConcerned) reach(`${name}-before`);
      const result = await original(...input);
      if (isConcerned) reach(`${name}-after`);
      return result;
    },
  });
}

interface Preparing {
  prepare(sql: string): { run(...input: unknown[]): unknown };
}

/** The writer thread commits groups; the main thread only ends snapshots. */
function wrapCommit(): void {
  const Database = createRequire(import.meta.url)('better-sqlite3') as { readonly prototype: Preparing };
  const { prepare } = Database.prototype;
  Database.prototype.prepare = function (this: Preparing, sql: string) {
    const statement = prepare.call(this, sql);
    if (sql !== 'COMMIT') return statement;
    const run = statement.run.bind(statement);
    statement.run = (...input: unknown[]) => {
      reach('commit-before');
      const result = run(...input);
      reach('commit-after');
      return result;
    };
    return statement;
  };
}

function wrapReply(): void {
  const { end } = ServerResponse.prototype as unknown as { end: (...input: unknown[]) => ServerResponse };
  Object.assign(ServerResponse.prototype, {
    end(this: ServerResponse, ...input: unknown[]) {
      reach('reply-before');
      const result = end.apply(this, input);
      reach('reply-after');
      return result;
    },
  });
}

if (isMainThread) {
  wrap('open', {
    concerns: ([path, flags]) => BLOB.test(String(path)) && typeof flags === 'number',
    after: (descriptor) => blobDescriptors.add(descriptor as number),
  });
  const ofBlob = ([descriptor]: readonly unknown[]) => blobDescriptors.has(descriptor as number);
  wrap('writev', { concerns: ofBlob });
  wrap('fdatasync', { concerns: ofBlob });
  wrap('fsync', { concerns: () => true });
  wrap('close', {
    concerns: ([descriptor]) => {
      blobDescriptors.delete(descriptor as number);
      return false;
    },
  });
  wrapPromise('mkdir', BLOB_FOLDER);
  wrapPromise('unlink', BLOB);
  wrapReply();
  syncBuiltinESMExports();
} else {
  wrapCommit();
}
