import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { after, before, test } from 'node:test';
import { signRequest } from '../../../signer/index.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const SIZE = 20 * 1024 * 1024;

let gateway: TestGateway;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

before(async () => {
  gateway = await startGateway();
  await gateway.fetchSigned('/refusals', { method: 'PUT' });
});
after(async () => {
  agent.destroy();
  await gateway.stop();
});

/** Sends a whole body whatever the server says meanwhile, as many clients do, and only then reads the reply. */
async function send(input: { method: string; path: string; headers: Record<string, string | number>; body: Buffer }) {
  const { method, path, headers, body } = input;
  const sending = request(gateway.s3Url + path, { method, headers, agent });
  const replied = once(sending, 'response');
  sending.end(body);
  await once(sending, 'finish');
  const [response] = (await replied) as [IncomingMessage];
  const port = response.socket.localPort;
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return { status: response.statusCode, body: Buffer.concat(pieces).toString(), port };
}

/** An upload whose first chunk is not signed: it is refused long before it has been sent. */
function forgedUpload() {
  const url = new URL(`${gateway.s3Url}/refusals/forged`);
  const plain = { 'x-amz-decoded-content-length': String(SIZE) };
  const { accessKey, secretKey } = gateway;
  const signed = signRequest({
    method: 'PUT',
    url,
    headers: plain,
    credentials: { accessKey, secretKey },
    region: 'us-east-1',
    payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    now: Date.now(),
  });
  const chunk = Buffer.concat([Buffer.from(`10000;chunk-signature=${'0'.repeat(64)}\r\n`), Buffer.alloc(SIZE)]);
  const headers = { ...plain, ...signed, 'content-length': chunk.byteLength };
  return { method: 'PUT', path: url.pathname, headers, body: chunk };
}

/** A form without a policy, which nobody may send. */
function anonymousForm() {
  const field = '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nanonymous\r\n';
  const file = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n';
  const body = Buffer.concat([Buffer.from(field + file), Buffer.alloc(SIZE), Buffer.from('\r\n--b--\r\n')]);
  const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': body.byteLength };
  return { method: 'POST', path: '/refusals', headers, body };
}

for (const [what, make, code] of [
  ['an upload with a forged chunk', forgedUpload, 'SignatureDoesNotMatch'],
  ['a form that is not allowed', anonymousForm, 'AccessDenied'],
] as const) {
  test(`a client that goes on sending ${what} gets its reply and keeps its connection`, async () => {
    const refused = await send(make());
    assert.equal(refused.status, 403);
    assert.match(refused.body, new RegExp(`<Code>${code}</Code>`));
    const next = await send({ method: 'GET', path: '/refusals', headers: {}, body: Buffer.alloc(0) });
    assert.equal(next.status, 403);
    assert.equal(next.port, refused.port);
  });
}
