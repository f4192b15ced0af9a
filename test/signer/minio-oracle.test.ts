import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from 'minio';
import { type IncomingRequest, parseClaim, verifyRequest } from '../../signer/index.ts';
import { ODD_KEYS } from './odd-keys.ts';
import { ACCESS_KEY, REGION, SECRET_KEY } from './vectors.ts';
import { startRecorder, type WireRecorder } from './wire-recorder.ts';

// minio-js itself refuses keys with leading slashes and dot segments.
const KEYS = ODD_KEYS.filter((key) => !key.startsWith('/') && !/(?:^|\/)\.{1,2}(?:\/|$)/.test(key));

let recorder: WireRecorder;
let client: Client;

before(async () => {
  recorder = await startRecorder();
  const { port } = recorder;
  const credentials = { accessKey: ACCESS_KEY, secretKey: SECRET_KEY };
  client = new Client({ endPoint: '127.0.0.1', port, useSSL: false, region: REGION, ...credentials });
});

after(() => recorder.close());

function verify(request: IncomingRequest): void {
  const claim = parseClaim(request);
  assert.ok(claim, 'the request is anonymous');
  verifyRequest({ request, claim, secretKey: SECRET_KEY, region: REGION, now: Date.now() });
}

describe('What minio-js signs', () => {
  it('verifies for uploads with metadata under odd keys', async () => {
    for (const key of KEYS) {
      await client.putObject('bucket', key, Buffer.from('data'), 4, { 'X-Amz-Meta-Note': 'two  blanks' });
      verify(recorder.last());
      assert.equal(recorder.last().body.toString(), 'data');
    }
  });

  it('verifies for presigned URLs of odd keys', async () => {
    for (const key of KEYS) {
      const url = await client.presignedUrl('GET', 'bucket', key, 60, { 'response-content-type': 'text/plain; a+b' });
      const start = url.indexOf('/', 'http://'.length);
      verify({ method: 'GET', target: url.slice(start), headers: { host: url.slice('http://'.length, start) } });
    }
  });
});
