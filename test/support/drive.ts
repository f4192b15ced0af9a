import assert from 'node:assert/strict';
import type { S3Client } from '@aws-sdk/client-s3';
import type { BucketRow } from '../../metadata/index.ts';
import { type ApiInit, type ApiReply, type ApiUser, addApiUser, askApi } from './api.ts';
import type { TestGateway } from './gateway.ts';

/** An account with a drive: what it does over the JSON API, and the same drive over S3. */
export interface DriveUser extends ApiUser {
  readonly bucket: BucketRow;
  readonly s3: S3Client;
  ask(path: string, init?: ApiInit): Promise<ApiReply>;
  /** Posts JSON. */
  post(path: string, body: unknown): Promise<ApiReply>;
  put(path: string, text: string): Promise<ApiReply>;
  /** The text of a file; undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  /** The keys of all current versions, in order. */
  keys(prefix?: string): Promise<string[]>;
}

export async function addDriveUser(gateway: TestGateway, name: string): Promise<DriveUser> {
  const user = await addApiUser(gateway, name);
  const account = await gateway.services.accounts.get(name);
  const actor = { accountId: user.id, address: '127.0.0.1', userAgent: 'test' };
  const bucket = await gateway.services.drives.open(account, actor);
  const ask = (path: string, init: ApiInit = {}) => askApi(gateway, path, { token: user.token, ...init });
  return {
    ...user,
    bucket,
    s3: gateway.client(await gateway.services.accessKeys.create(account)),
    ask,
    post: (path, body) => ask(path, { method: 'POST', body }),
    put: (path, text) => putText(gateway, { user, path, text }),
    read: async (path) => {
      const reply = await ask(`/files/${encode(path)}`);
      if (reply.status === 404) return undefined;
      assert.equal(reply.status, 200, reply.text);
      return reply.text;
    },
    async keys(prefix = '') {
      const page = await gateway.services.objects.list({ bucket, prefix, delimiter: '', limit: 1000 });
      return page.rows.map(([key]) => key);
    },
  };
}

function encode(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

async function putText(
  { apiUrl }: TestGateway,
  { user, path, text }: { user: ApiUser; path: string; text: string },
): Promise<ApiReply> {
  const reply = await fetch(`${apiUrl}/api/v1/files/${encode(path)}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${user.token}`, 'Content-Type': 'text/plain' },
    body: text,
  });
  const answer = await reply.text();
  assert.ok(reply.ok, answer);
  return { status: reply.status, headers: reply.headers, body: JSON.parse(answer), text: answer };
}
