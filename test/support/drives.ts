import assert from 'node:assert/strict';
import type { DriveRow } from '../../metadata/index.ts';
import type { Credentials, TestGateway } from './gateway.ts';

/** The drive of an account, and a key that its owner signs with. */
export interface TestDrive {
  readonly bucket: DriveRow;
  readonly key: Credentials;
  /** Puts files over S3 that hold their own paths. */
  put(...paths: string[]): Promise<void>;
  /** Deletes a file over S3. */
  remove(path: string): Promise<void>;
}

/** Opens the drive of an account that is there. */
export async function openTestDrive(gateway: TestGateway, name: string): Promise<TestDrive> {
  const { accounts, drives, accessKeys } = gateway.services;
  const account = await accounts.get(name);
  const bucket = await drives.open(account, { accountId: account.id, address: null, userAgent: null });
  const credentials = await accessKeys.create(account);
  const send = async (method: 'PUT' | 'DELETE', path: string) => {
    const init = { method, credentials, ...(method === 'PUT' && { body: path }) };
    const reply = await gateway.fetchSigned(`/${bucket.name}/${encodeURI(path)}`, init);
    assert.ok(reply.ok, await reply.text());
  };
  return {
    bucket,
    key: credentials,
    async put(...paths) {
      for (const path of paths) await send('PUT', path);
    },
    remove: (path) => send('DELETE', path),
  };
}
