import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type ChildServer, startServer } from './child-server.ts';
import type { Measurement } from './measure.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, 'main.js');

describe('the benchmark', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  let server: ChildServer;

  before(async () => {
    server = await startServer({ args: [join(import.meta.dirname, 'floor-server.js')], logFile: join(folder, 'log') });
  });

  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  function bench(...options: string[]) {
    const endpoint = `mine=${server.url.origin},access,se,cret`;
    return run(process.execPath, [main, '--endpoint', endpoint, '--seconds', '0.2', '--rounds', '1', ...options]);
  }

  test('measures every endpoint in every case and relates it to the first', async () => {
    const { stdout } = await bench('--floor', '--json', '--only', 'put-1k,get-1k,list-1000,delete,get-64k');
    const { measurements } = JSON.parse(stdout) as { readonly measurements: readonly Measurement[] };
    const operations = ['PUT 1 KiB', 'GET 1 KiB', 'LIST 1000', 'DELETE', 'GET 64 KiB'];
    assert.deepEqual(
      measurements.map(({ operation, endpoint }) => [operation, endpoint]),
      operations.flatMap((operation) => [
        [operation, 'node:http'],
        [operation, 'mine'],
      ]),
    );
    for (const [index, { ratio, operations, failed, p50Ms, p99Ms }] of measurements.entries()) {
      assert.ok(operations > 0 && failed === 0 && p50Ms > 0 && p99Ms >= p50Ms);
      const first = measurements[index - (index % 2)]?.operationsPerSecond ?? 0;
      assert.equal(ratio, (measurements[index]?.operationsPerSecond ?? 0) / first);
    }
  });

  test('counts the bytes of the bodies', async () => {
    const { stdout } = await bench('--json', '--only', 'put-64k,get-1k');
    const { measurements } = JSON.parse(stdout) as { readonly measurements: readonly Measurement[] };
    const sizes = measurements.map((each) => Math.round((each.megabytesPerSecond * 1e6) / each.operationsPerSecond));
    assert.deepEqual(sizes, [1024, 65_536]);
  });

  test('prints a Markdown table', async () => {
    const { stdout } = await bench('--only', 'head');
    assert.match(
      stdout,
      /^\| operation \| endpoint \| operations\/s \|.*\n\|---.*\n\| HEAD \| mine \| [\d.]+ \| 0 \| .* \| 0 \| 1\.00 \|$/m,
    );
  });

  test('says what an endpoint answered when it does not let the run begin', async () => {
    const options = ['--endpoint', 'closed=http://127.0.0.1:1,access,secret', '--only', 'head'];
    await assert.rejects(bench(...options), /closed answered 0 .*ECONNREFUSED/);
  });

  test('refuses an operation that it does not know', async () => {
    await assert.rejects(bench('--only', 'put-2k'), /--only knows put-1k, .*; not "put-2k"\./);
  });
});
