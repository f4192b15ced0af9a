import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type Credentials, type SignedInit, startGateway, type TestGateway } from '../../support/gateway.ts';
import { KEY, rowsFor } from './s3-requests.ts';

const BUCKET = 'kept';
const OWN = 'own';
const here = `arn:aws:s3:::${BUCKET}`;
const MISSING = 'm';
const NO_VERSION = 'null';

/** A reply without what differs between any two of them. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let gateway: TestGateway;
let owner: Credentials;
let stranger: Credentials;
let writer: Credentials;
let reader: Credentials;
let versionId: string;
let markerId: string;
let etag: string;

before(async () => {
  gateway = await startGateway({ GATEHOUSE_BLOCK_PUBLIC_ACCESS: 'off' });
  owner = await gateway.addUser('owner');
  stranger = await gateway.addUser('stranger');
  writer = await gateway.addUser('writer');
  reader = await gateway.addUser('reader');
  for (const name of [BUCKET, 'empty']) await send(`/${name}`, { method: 'PUT', credentials: owner });
  await send(`/${OWN}`, { method: 'PUT', credentials: stranger });
  const versions =
    '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>';
  await send(`/${BUCKET}?versioning`, { method: 'PUT', body: versions, credentials: owner });
  const headers = { 'x-amz-tagging': 'level=secret' };
  const stored = await send(`/${BUCKET}/${KEY}`, { method: 'PUT', body: 'x', headers, credentials: owner });
  versionId = stored.headers.get('x-amz-version-id') ?? '';
  etag = stored.headers.get('etag') ?? '';
  await send(`/${BUCKET}/gone`, { method: 'PUT', body: 'x', credentials: owner });
  const marker = await send(`/${BUCKET}/gone`, { method: 'DELETE', credentials: owner });
  markerId = marker.headers.get('x-amz-version-id') ?? '';
  assert.ok(versionId !== '' && markerId !== '' && etag !== '');
});
after(() => gateway.stop());

/** Unsigned where the credentials are left out. */
async function send(path: string, init: SignedInit = {}): Promise<Response> {
  if (init.credentials !== undefined) return gateway.fetchSigned(path, init);
  const { method = 'GET', headers = {}, body } = init;
  return fetch(`${gateway.s3Url}${path}`, { method, headers, ...(body !== undefined && { body }) });
}

async function answer(path: string, init: SignedInit = {}): Promise<Answer> {
  const reply = await send(path, init);
  const { date, 'x-amz-request-id': id, 'x-amz-id-2': host, ...headers } = Object.fromEntries(reply.headers);
  assert.ok(date && id && host);
  const text = (await reply.text()).replace(/<(RequestId|HostId|Resource)>.*?<\/\1>/g, '');
  return { status: reply.status, headers: { ...headers, 'content-length': '' }, body: text };
}

async function putPolicy(...Statement: readonly object[]): Promise<void> {
  const body = JSON.stringify({ Version: '2012-10-17', Statement });
  assert.equal((await send(`/${BUCKET}?policy`, { method: 'PUT', body, credentials: owner })).status, 204);
}

const to = (name: string, ...Action: readonly string[]) => ({
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::000000000000:user/${name}` },
  Action,
  Resource: `${here}/*`,
});

/** Asserts that the same is answered whatever is there, and answers that. */
async function assertAlike(answers: readonly Answer[], status: number, words: string): Promise<void> {
  const [first, ...others] = answers;
  assert.equal(first?.status, status, words);
  for (const other of others) assert.deepEqual(other, first, words);
}

describe('who may not do it is told the same', () => {
  before(() => putPolicy({ ...to('nobody-yet', 's3:GetObject'), Principal: '*', Condition: PUBLIC_TAG }));

  const PUBLIC_TAG = { StringEquals: { 's3:ExistingObjectTag/level': 'public' } };

  test('whether or not the object is there', async () => {
    for (const credentials of [stranger, undefined]) {
      for (const { operation, on, method, query = '', headers, body } of rowsFor(BUCKET)) {
        if (on !== 'object' || query.includes('versionId')) continue;
        const init = {
          method,
          ...(headers && { headers }),
          ...(body && { body }),
          ...(credentials && { credentials }),
        };
        const answers = [KEY, MISSING, 'gone'].map((key) => answer(`/${BUCKET}/${key}?${query}`, init));
        await assertAlike(await Promise.all(answers), 403, operation);
      }
    }
  });

  test('whether or not the version is there', async () => {
    const names = [`${KEY}?versionId=${versionId}`, `${KEY}?versionId=${NO_VERSION}`, `gone?versionId=${markerId}`];
    for (const credentials of [stranger, undefined]) {
      for (const method of ['GET', 'HEAD', 'DELETE']) {
        const init = { method, ...(credentials && { credentials }) };
        const answers = names.map((name) => answer(`/${BUCKET}/${name}`, init));
        await assertAlike(await Promise.all(answers), 403, method);
      }
    }
  });

  test('whatever is in the bucket and however it is configured', async () => {
    for (const credentials of [stranger, undefined]) {
      for (const { operation, on, method, query = '', headers, body } of rowsFor(BUCKET)) {
        if (on !== 'bucket' || operation === 'DeleteObjects') continue;
        const init = {
          method,
          ...(headers && { headers }),
          ...(body && { body }),
          ...(credentials && { credentials }),
        };
        const answers = [BUCKET, 'empty'].map((bucket) => answer(`/${bucket}?${query}`, init));
        const bodies = (await Promise.all(answers)).map((each) => ({
          ...each,
          body: each.body.replace(/<BucketName>.*?<\/BucketName>/, ''),
        }));
        await assertAlike(bodies, 403, operation);
      }
    }
  });

  test('whether or not the source of a copy is there', async () => {
    const sources = [KEY, MISSING, 'gone', `${KEY}?versionId=${versionId}`, `${KEY}?versionId=${NO_VERSION}`];
    const begun = await answer(`/${OWN}/copy?uploads`, { method: 'POST', credentials: stranger });
    const uploadId = /<UploadId>(.*?)<\/UploadId>/.exec(begun.body)?.[1];
    for (const query of ['', `?partNumber=1&uploadId=${uploadId}`]) {
      const answers = sources.map((source) => {
        const headers = { 'x-amz-copy-source': `/${BUCKET}/${source}` };
        return answer(`/${OWN}/copy${query}`, { method: 'PUT', headers, credentials: stranger });
      });
      await assertAlike(await Promise.all(answers), 403, query);
    }
  });

  test('in about the same time', async () => {
    const times: Record<string, number[]> = { [KEY]: [], [MISSING]: [] };
    for (let round = 0; round < 150; round++) {
      for (const [key, taken] of Object.entries(times)) {
        const start = performance.now();
        await (await send(`/${BUCKET}/${key}`)).arrayBuffer();
        taken.push(performance.now() - start);
      }
    }
    const [there = 0, missing = 0] = Object.values(times).map((taken) => taken.sort((a, b) => a - b)[75]);
    assert.ok(Math.max(there, missing) < 2 * Math.min(there, missing), `${there} ms, ${missing} ms`);
  });
});

describe('who may read and not list', () => {
  before(() => putPolicy(to('reader', 's3:GetObject', 's3:GetObjectVersion', 's3:GetObjectTagging')));

  test('is told of nothing that is not there, as if it might not read it', async () => {
    const paths = [MISSING, 'gone', `gone?versionId=${markerId}`, `${KEY}?versionId=${NO_VERSION}`];
    for (const method of ['GET', 'HEAD']) {
      const denied = await answer(`/${BUCKET}/${KEY}`, { method, credentials: stranger });
      const answers = paths.map((path) => answer(`/${BUCKET}/${path}`, { method, credentials: reader }));
      await assertAlike([denied, ...(await Promise.all(answers))], 403, method);
    }
    const tagging = [MISSING, 'gone'].map((key) => answer(`/${BUCKET}/${key}?tagging`, { credentials: reader }));
    await assertAlike(await Promise.all(tagging), 403, 'tagging');
    assert.equal((await answer(`/${BUCKET}/${KEY}`, { credentials: reader })).status, 200);
  });

  test('is told what is not there once it may list', async () => {
    const list = { ...to('reader', 's3:ListBucket'), Resource: here };
    await putPolicy(to('reader', 's3:GetObject', 's3:GetObjectVersion'), list);
    assert.equal((await answer(`/${BUCKET}/${MISSING}`, { credentials: reader })).status, 404);
    assert.equal((await answer(`/${BUCKET}/gone?versionId=${markerId}`, { credentials: reader })).status, 405);
  });
});

describe('who may write and not read', () => {
  const drop = () => to('writer', 's3:PutObject', 's3:DeleteObject');
  before(() => putPolicy(drop()));

  function conditional(key: string, method: string, credentials = writer): Promise<Answer> {
    const body = method === 'PUT' ? { body: 'x' } : {};
    return answer(`/${BUCKET}/${key}`, { method, headers: { 'if-match': '"another"' }, credentials, ...body });
  }

  /** The entry of DeleteObjects, with an ETag. */
  async function deleteOne(key: string): Promise<string> {
    const body = `<Delete><Object><Key>${key}</Key><ETag>another</ETag></Object></Delete>`;
    const headers = { 'content-md5': hash('md5', body, 'base64') };
    const reply = await answer(`/${BUCKET}?delete`, { method: 'POST', headers, body, credentials: writer });
    return reply.body.replace(`<Key>${key}</Key>`, '');
  }

  test('learns no ETag, and not whether there is one', async () => {
    for (const method of ['PUT', 'DELETE']) {
      const answers = await Promise.all([KEY, MISSING].map((key) => conditional(key, method)));
      await assertAlike(answers, 403, method);
    }
    assert.match(await deleteOne(KEY), /<Code>AccessDenied<\/Code>/);
    assert.equal(await deleteOne(KEY), await deleteOne(MISSING));
  });

  test('is told of conditions once it may read', async () => {
    await putPolicy(drop(), to('writer', 's3:GetObject'));
    for (const method of ['PUT', 'DELETE']) {
      assert.equal((await conditional(KEY, method)).status, 412);
      assert.equal((await conditional(MISSING, method)).status, 404);
    }
    assert.match(await deleteOne(KEY), /<Code>PreconditionFailed<\/Code>/);
  });

  test('renames nothing, and does not learn what is there', async () => {
    await putPolicy(drop());
    const answers = [KEY, MISSING].map((key) => {
      const headers = { 'x-amz-rename-source': `/${BUCKET}/${key}` };
      return answer(`/${BUCKET}/new?renameObject`, { method: 'PUT', headers, credentials: writer });
    });
    await assertAlike(await Promise.all(answers), 403, 'RenameObject');
  });
});

test('the entries of DeleteObjects are refused alike, policy or not', async () => {
  await send(`/${BUCKET}?policy`, { method: 'DELETE', credentials: owner });
  const body = `<Delete>${[KEY, MISSING].map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`;
  const headers = { 'content-md5': hash('md5', body, 'base64') };
  const { status, body: text } = await answer(`/${BUCKET}?delete`, {
    method: 'POST',
    headers,
    body,
    credentials: stranger,
  });
  assert.equal(status, 200);
  const errors = [KEY, MISSING].map(
    (key) => `<Error><Key>${key}</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`,
  );
  assert.ok(text.includes(errors.join('')), text);
});
