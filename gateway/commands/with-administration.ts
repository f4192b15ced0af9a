import { loadConfig, readEnvironment } from '../config.ts';
import type { OpenedAccounts } from '../gateway.ts';
import { AccountAdministration } from '../services/account-administration.ts';
import { Passwords } from '../services/passwords/passwords.ts';
import { withAccounts } from './with-accounts.ts';

export interface OpenedAdministration extends OpenedAccounts {
  readonly administration: AccountAdministration;
}

/** As `withAccounts`, with what admins do to them. */
export async function withAdministration<Result>(
  act: (opened: OpenedAdministration) => Promise<Result>,
): Promise<Result> {
  return withAccounts(async (opened) => {
    const passwords = new Passwords({ policy: loadConfig(readEnvironment()).identity.passwordPolicy });
    const { metadata, accounts } = opened;
    try {
      return await act({ ...opened, administration: new AccountAdministration({ metadata, accounts, passwords }) });
    } finally {
      await passwords.close();
    }
  });
}
