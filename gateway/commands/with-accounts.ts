import { loadConfig, readEnvironment } from '../config.ts';
import { requireMasterKey } from '../first-start.ts';
import { type OpenedAccounts, openAccounts } from '../gateway.ts';

/** Opens the accounts of the configured gateway, which may be running, and closes them again. */
export async function withAccounts<Result>(act: (opened: OpenedAccounts) => Promise<Result>): Promise<Result> {
  const opened = openAccounts(loadConfig(readEnvironment()), 'here');
  try {
    await requireMasterKey(opened.accessKeys);
    return await act(opened);
  } finally {
    await opened.metadata.close();
  }
}
