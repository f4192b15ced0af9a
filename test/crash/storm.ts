import { type Client, Lost } from './client.ts';
import { keeper } from './keeper.ts';
import { type Ledger, type State, stateOf } from './ledger.ts';
import { someBytes } from './some-bytes.ts';
import type { VersionLedger } from './version-ledger.ts';

export const BUCKET = 'storm';

const KEYS_A_WRITER = 5;
const SMALL_WRITERS = 5;
const LARGE_WRITERS = 3;
const CONTESTANTS = 4;
const KEEPERS = 3;
/** The least that a part may have which is not the last. */
const PART_BYTES = 5 * 1024 * 1024;

export interface Weather {
  readonly client: Client;
  readonly ledger: Ledger;
  readonly versions: VersionLedger;
  /** Makes keys that nobody used before. */
  readonly round: number;
  readonly random: () => number;
}

/** A completion whose reply got lost: it may be asked for again. */
export interface LostCompletion {
  readonly key: string;
  readonly uploadId: string;
  readonly body: Buffer;
  readonly state: State;
}

/** Writers of every kind at once, until the server is gone. Resolves to completions whose fate is not known. */
export async function storm(weather: Weather): Promise<LostCompletion[]> {
  const lost: LostCompletion[] = [];
  const writers = [
    ...Array.from({ length: SMALL_WRITERS }, (_, i) => writer(weather, { name: `small-${i}`, sizes: [1, 30_000] })),
    ...Array.from({ length: LARGE_WRITERS }, (_, i) =>
      writer(weather, { name: `large-${i}`, sizes: [40_000, 900_000] }),
    ),
    ...Array.from({ length: CONTESTANTS }, () => contestant(weather)),
    ...Array.from({ length: KEEPERS }, (_, i) => keeper(weather, `keeper-${i}`)),
    assembler(weather, lost),
  ];
  await Promise.all(writers.map((each) => untilLost(each)));
  return lost;
}

async function untilLost(steps: AsyncGenerator<void>): Promise<void> {
  try {
    for await (const _ of steps);
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
  }
}

/** Overwrites, copies and deletes keys of its own. */
async function* writer(
  weather: Weather,
  { name, sizes: [min, max] }: { name: string; sizes: readonly [number, number] },
): AsyncGenerator<void> {
  const { random } = weather;
  const anyKey = () => `${name}/${Math.floor(random() * KEYS_A_WRITER)}`;
  for (;;) {
    const dice = random();
    if (dice < 0.65) await put(weather, anyKey(), someBytes(min + Math.floor(random() * (max - min))));
    else if (dice < 0.82) await copy(weather, anyKey(), anyKey());
    else await remove(weather, anyKey());
    yield;
  }
}

async function put({ client, ledger }: Weather, key: string, body: Buffer): Promise<void> {
  const state = stateOf(body);
  ledger.begin(key, state);
  await client.expect([200], { method: 'PUT', path: `/${BUCKET}/${key}`, body });
  ledger.acknowledge(key, state);
}

async function copy({ client, ledger }: Weather, from: string, to: string): Promise<void> {
  const state = ledger.known(from);
  if (state === 'absent' || from === to) return;
  ledger.begin(to, state);
  const headers = { 'x-amz-copy-source': `/${BUCKET}/${from}` };
  await client.expect([200], { method: 'PUT', path: `/${BUCKET}/${to}`, headers });
  ledger.acknowledge(to, state);
}

async function remove({ client, ledger }: Weather, key: string): Promise<void> {
  ledger.begin(key, 'absent');
  await client.expect([204], { method: 'DELETE', path: `/${BUCKET}/${key}` });
  ledger.acknowledge(key, 'absent');
}

/** Races others for keys that nobody has yet. */
async function* contestant({ client, ledger, round }: Weather): AsyncGenerator<void> {
  for (let turn = 0; ; turn += 1) {
    const key = `contested/${round}-${Math.floor(turn / 2)}`;
    const body = someBytes(200);
    const state = stateOf(body);
    ledger.begin(key, state);
    const headers = { 'if-none-match': '*' };
    const { status } = await client.expect([200, 412], { method: 'PUT', path: `/${BUCKET}/${key}`, headers, body });
    if (status === 200) ledger.win(key, state);
    else ledger.refuse(key, state);
    yield;
  }
}

/** Uploads in parts and completes, over its own objects. */
async function* assembler({ client, ledger, random }: Weather, lost: LostCompletion[]): AsyncGenerator<void> {
  for (;;) {
    const key = `parts/${Math.floor(random() * 3)}`;
    const path = `/${BUCKET}/${key}`;
    const begun = await client.expect([200], { method: 'POST', path: `${path}?uploads=` });
    const uploadId = /<UploadId>(.+?)<\/UploadId>/.exec(begun.body.toString())?.[1] ?? '';
    const parts = [someBytes(PART_BYTES), someBytes(100_000)];
    const listed: string[] = [];
    for (const [index, body] of parts.entries()) {
      const query = `?partNumber=${index + 1}&uploadId=${uploadId}`;
      const { headers } = await client.expect([200], { method: 'PUT', path: path + query, body });
      listed.push(`<Part><PartNumber>${index + 1}</PartNumber><ETag>${headers.etag}</ETag></Part>`);
    }
    const body = Buffer.from(`<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`);
    const state = stateOf(Buffer.concat(parts));
    ledger.begin(key, state);
    lost.push({ key, uploadId, body, state });
    await complete(client, { key, uploadId, body });
    lost.pop();
    ledger.acknowledge(key, state);
    yield;
  }
}

export async function complete(
  client: Client,
  { key, uploadId, body }: Pick<LostCompletion, 'key' | 'uploadId' | 'body'>,
): Promise<void> {
  const path = `/${BUCKET}/${key}?uploadId=${uploadId}`;
  const answer = await client.expect([200], { method: 'POST', path, body });
  if (!answer.body.includes('<CompleteMultipartUploadResult')) throw new Error(answer.body.toString());
}
