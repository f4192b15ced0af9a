import { Failure } from '../../metadata/index.ts';

const MAX_BYTES = 8192;

/** The first line of standard input, without its end: what must not be seen in the list of processes. */
export async function readLine(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (chunk.includes('\n') || size > MAX_BYTES) break;
  }
  const [line = ''] = Buffer.concat(chunks).toString().split(/\r?\n/, 1);
  if (line === '') throw new Failure('InvalidArgument', 'There is no password on standard input.');
  return line;
}
