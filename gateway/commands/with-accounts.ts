import { loadConfig, readEnvironment } from '../config.ts';
import { requireMasterKey } from '../first-start.ts';
import { openAccounts } from '../gateway.ts';
import type { Accounts } from '../services/accounts.ts';

/** Opens the accounts of the configured gateway, which may be running, and closes them again. */
export async function withAccounts<Result>(act: (accounts: Accounts) => Promise<Result>): Promise<Result> {
  const { metadata, accounts } = openAccounts(loadConfig(readEnvironment()), 'here');
  try {
    await requireMasterKey(accounts);
    return await act(accounts);
  } finally {
    await metadata.close();
  }
}
