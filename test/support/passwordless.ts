import { join } from 'node:path';
import { openDatabase } from '../../metadata/sqlite/driver.ts';
import type { TestGateway } from './gateway.ts';

/** An account that logs in elsewhere and has no password, with a session that has just begun. */
export async function passwordless(
  { services }: TestGateway,
  name: string,
  { email }: { readonly email?: string } = {},
): Promise<{ readonly token: string; readonly sessionId: string; readonly id: string }> {
  const account = await services.accounts.create({ name, ...(email === undefined ? {} : { email }) });
  const actor = { accountId: account.id, address: '127.0.0.1', userAgent: 'test' };
  const { accessToken: token, sessionId } = await services.sessions.open(account, { methods: 'oauth', actor });
  return { token, sessionId, id: account.id };
}

/** Lets a session have begun eleven minutes ago. */
export function makeSessionOld(gateway: TestGateway, sessionId: string): void {
  const before = new Date(Date.now() - 11 * 60_000).toISOString();
  changeRows(gateway, 'UPDATE sessions SET created_at = ? WHERE id = ?', before, sessionId);
}

/** Changes the database beside the gateway: for what only time would do. */
export function changeRows({ dataFolder }: TestGateway, sql: string, ...values: readonly string[]): void {
  const database = openDatabase(join(dataFolder, 'metadata.db'), { timeout: 10_000 });
  try {
    database.prepare(sql).run(...values);
  } finally {
    database.close();
  }
}
