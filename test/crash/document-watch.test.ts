import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventStream } from '../support/event-stream.ts';
import { GatewayProcess } from '../support/process.ts';

const PASSWORD = 'correct horse battery staple';
const ROUNDS = 3;
const WRITERS = 8;

let gateway: GatewayProcess;
let token: string;

async function ask(path: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  return fetch(`${gateway.apiUrl}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function logIn(): Promise<void> {
  token = '';
  const reply = await ask('/sessions', { name: 'root', password: PASSWORD });
  token = ((await reply.json()) as { access_token: string }).access_token;
}

before(async () => {
  gateway = await GatewayProcess.start({ GATEHOUSE_ROOT_PASSWORD: PASSWORD });
});
after(() => gateway.stop());

test('who resumes after kill -9 is told every acknowledged write, and nothing twice', async () => {
  await logIn();
  await ask('/collections', { name: 'log' });
  const watch = () => `${gateway.apiUrl}/api/v1/collections/log/watch`;
  const [acknowledged, told] = [new Set<string>(), [] as string[]];
  let lastEventId: string | undefined;
  for (let round = 0; round < ROUNDS; round += 1) {
    const stream = await EventStream.open(watch(), { token, lastEventId });
    const reading = (async () => {
      for (let event = await stream.next(); event !== undefined; event = await stream.next()) {
        told.push(event.data.documentKey._id);
      }
    })();
    let isDead = false;
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let n = 0; !isDead; n += 1) {
        const _id = `${round}-${writer}-${n}`;
        const reply = await ask('/collections/log/insertOne', { document: { _id } }).catch(() => undefined);
        if (reply?.status === 201) acknowledged.add(_id);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await gateway.kill();
    isDead = true;
    await Promise.all([...writers, reading]);
    ({ lastEventId } = stream);
    await gateway.restart();
    await logIn();
  }
  const stream = await EventStream.open(watch(), { token, lastEventId });
  await ask('/collections/log/insertOne', { document: { _id: 'last' } });
  while (told.at(-1) !== 'last') {
    const event = await stream.next();
    told.push(event?.data.documentKey._id);
  }
  stream.close();
  assert.ok(acknowledged.size > ROUNDS * WRITERS);
  assert.equal(new Set(told).size, told.length, 'nothing is told twice');
  assert.deepEqual(
    [...acknowledged].filter((id) => !told.includes(id)),
    [],
  );
});
